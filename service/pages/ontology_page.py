"""What the document about the ontology says around its terms: header, modules, rules, files.

Terms of the ontology -> HTML: each with labels, definitions, axioms; their hierarchies.

The ontology as a document: about it, its modules, hierarchies, terms, rules and alignments.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.glossary import EXPRESSIONS, Glossary
from kg.namespaces import (
    BASE,
    DCTERMS,
    GLOCAL,
    GRAPH,
    ONTOLOGY,
    OWL,
    PREFIXES,
    RDF,
    RDFS,
    RULE,
    SKOS,
    expand,
    shorten,
)
from kg.store.quad_store import Store
from service.answers.formats import HTML
from service.http.documents import Documents
from service.http.negotiation import Language
from service.pages.layout import breadcrumb, framed, section, table
from service.pages.ontology_files import OntologyFile
from service.pages.statements import listed_terms
from service.pages.terms import Writer

_TITLES: Final = (DCTERMS["title"], DCTERMS["description"])
_ALIGNMENTS: Final = "alignments/"

Files = Mapping[str, OntologyFile]


class OntologyParts:
    """Writes the parts of the document that are about more than one term."""

    def __init__(self, store: Store, glossary: Glossary, files: Files, writer: Writer) -> None:
        self._store, self._glossary, self._files, self._writer = store, glossary, files, writer

    def metadata(self) -> str:
        """What the header says: each of its properties with its values."""
        values: defaultdict[NamedNode, list[Triple]] = defaultdict(list)
        for triple in self._store.matching(ONTOLOGY, graph=GRAPH["ontology"]):
            if triple.predicate not in (RDF["type"], OWL["imports"]):
                values[triple.predicate].append(triple)
        rows = []
        for predicate in sorted(values, key=_by_weight):
            texts = [one.object for one in values[predicate] if isinstance(one.object, Literal)]
            names = [one.object for one in values[predicate] if isinstance(one.object, NamedNode)]
            said = [self._writer.text(one) for one in self._writer.sorted_texts(texts)]
            said += [self._writer.link(one, escape(one.value)) for one in sorted(names, key=str)]
            rows.append((self._writer.word(shorten(predicate.value)), said))
        return listed_terms([("IRI", [f"<code>{ONTOLOGY.value}</code>"]), *rows])

    def terms_by_module(self) -> Mapping[str, list[NamedNode]]:
        """The terms by the module whose file declares them; under no name what none declares."""
        modules = self._modules()
        declared = {
            triple.subject: name
            for name, file in modules.items()
            for triple in file.triples
            if triple.predicate == RDF["type"]
        }
        found: dict[str, list[NamedNode]] = {name: [] for name in modules}
        for term in self._glossary.terms:
            found.setdefault(declared.get(term, ""), []).append(term)
        return {name: terms for name, terms in found.items() if terms}

    def module_title(self, name: str) -> str:
        """The title of a module, in HTML."""
        file = self._files.get(name)
        return self._writer.name(file.iri) if file else self._writer.say("terms")

    def modules(self, terms: Mapping[str, Sequence[NamedNode]]) -> str:
        """A table of the modules, with what each is about and where its own file is."""
        say = self._writer.say
        rows = [
            [
                f'<a href="#part-module-{escape(name)}">{self._writer.name(file.iri)}</a>',
                self._description(file.iri),
                f"{len(terms.get(name, ())):,}",
                self._writer.link(file.iri, f"<code>{escape(name)}</code>"),
            ]
            for name, file in self._modules().items()
        ]
        heads = [say(one) for one in ("module", "description", "terms", "document")]
        return table("modules", say("modules"), heads, rows) if rows else ""

    def rules(self) -> str:
        """The rules that stand in rule files, each by its sentence."""
        rows = []
        for triple in self._store.matching(predicate=GLOCAL["definedAt"]):
            place = getattr(triple.object, "value", "")
            if place.startswith("rules/") and isinstance(triple.subject, NamedNode):
                rows.append((triple.subject, place))
        items = [
            f"<li>{self._sentence(rule)} <small>{self._writer.link(rule)} · "
            f'<a href="/ontology/{escape(place)}"><code>{escape(place)}</code></a></small></li>'
            for rule, place in sorted(rows, key=lambda row: row[1])
        ]
        intro = f"<p>{self._writer.say('rules-intro', all=self._all_rules())}</p>\n"
        return f"{intro}<ul>{''.join(items)}</ul>\n" if items else ""

    def alignments(self) -> str:
        """The files by which terms meet other vocabularies."""
        items = [
            f"<li>{self._writer.link(file.iri, escape(title))}</li>"
            for name, file in self._files.items()
            if name.startswith(_ALIGNMENTS)
            for title in [self._title_in(file)]
        ]
        return f"<ul>{''.join(items)}</ul>\n" if items else ""

    def aligned(self) -> Mapping[NamedNode, list[str]]:
        """For each term what the alignments say of it, in HTML."""
        found: defaultdict[NamedNode, list[str]] = defaultdict(list)
        for name, file in self._files.items():
            for triple in file.triples if name.startswith(_ALIGNMENTS) else ():
                term, other = triple.subject, triple.object
                if not isinstance(term, NamedNode) or not isinstance(other, NamedNode):
                    continue
                if term in self._glossary.terms:
                    relation = self._writer.word(shorten(triple.predicate.value))
                    link = self._writer.link(other, f"<code>{escape(shorten(other.value))}</code>")
                    found[term].append(f"{relation}{self._writer.say('colon')}{link}")
        return found

    def outside(self) -> str:
        """The terms of other vocabularies that the ontology uses."""
        links = [
            self._writer.link(term, f"<code>{escape(shorten(term.value))}</code>")
            for term in self._glossary.outside_terms
            if not term.value.startswith(BASE)
        ]
        items = "".join(f"<li>{link}</li>" for link in links)
        return f'<ul class="columns">{items}</ul>\n' if items else ""

    def _modules(self) -> Files:
        """The files of what the ontology imports, in order of name."""
        imports = self._store.matching(ONTOLOGY, OWL["imports"], graph=GRAPH["ontology"])
        imported = {one.object for one in imports}
        return {name: file for name, file in self._files.items() if file.iri in imported}

    def _description(self, iri: NamedNode) -> str:
        found = self._store.matching(iri, DCTERMS["description"], graph=GRAPH["ontology"])
        texts = [one.object for one in found if isinstance(one.object, Literal)]
        return "".join(self._writer.text(one) for one in self._writer.sorted_texts(texts)[:1])

    def _sentence(self, rule: NamedNode) -> str:
        found = self._store.matching(rule, GLOCAL["ruleSentence"])
        texts = [one.object for one in found if isinstance(one.object, Literal)]
        return "".join(self._writer.text(one) for one in self._writer.sorted_texts(texts)[:1])

    def _title_in(self, file: OntologyFile) -> str:
        titles = [
            one.object
            for one in file.triples
            if one.subject == file.iri
            and one.predicate == DCTERMS["title"]
            and isinstance(one.object, Literal)
        ]
        ordered = self._writer.sorted_texts(titles)
        return ordered[0].value if ordered else file.iri.value

    def _all_rules(self) -> str:
        return (
            f'<a href="{escape(self._writer.local("/rules"))}">{self._writer.say("rules-all")}</a>'
        )


def _by_weight(predicate: NamedNode) -> tuple[bool, str]:
    """Title and description come first."""
    is_title = predicate in _TITLES
    return not is_title, "" if predicate == _TITLES[0] else predicate.value


_NOTES: Final = tuple(SKOS[name] for name in ("scopeNote", "example", "note", "editorialNote"))
_CURIE: Final = re.compile(rf"\b(?:{'|'.join(PREFIXES)}):[A-Za-z][\w-]*")
_DEFINITIONS: Final = (SKOS["definition"], RDFS["comment"])


class TermWriter:
    """Writes the terms of an ontology, of which each is an anchor of its page."""

    def __init__(
        self, writer: Writer, glossary: Glossary, aligned: Mapping[NamedNode, Sequence[str]]
    ) -> None:
        self._writer, self._glossary, self._aligned = writer, glossary, aligned

    def term(self, term: NamedNode, kind: NamedNode) -> str:
        """One term with all that is said of it."""
        writer, name = self._writer, escape(anchor(term))
        named = writer.sorted_texts(self._texts(term, RDFS["label"]))
        labels = " ".join(map(writer.text, named or [Literal(anchor(term))]))
        told = listed_terms((name, values) for name, values in self._rows(term) if values)
        return (
            f'<article id="{name}"><h3>{labels}</h3>\n<p><a href="#{name}">'
            f"<code>{escape(shorten(term.value))}</code></a> · {self._kind(kind)}"
            f"{self._deprecated(term)}</p>\n{self._definitions(term)}{told}</article>\n"
        )

    def hierarchy(self, tops: Iterable[NamedNode], above: Sequence[NamedNode] = ()) -> str:
        """The terms below these as nested lists; one with several above it stands under each.

        Where terms stand below each other in a circle, the list ends before the first is met again.
        """
        items = []
        for term in sorted(set(tops) - {*above}, key=lambda one: self._writer.label(one).value):
            below = self.hierarchy(self._glossary.nearest(term), (*above, term))
            items.append(f"<li>{self.link(term)}{below}</li>")
        return f"<ul>{''.join(items)}</ul>" if items else ""

    def link(self, term: NamedNode) -> str:
        """A link to a term: within the page, if it stands there."""
        if term not in self._glossary.terms:
            return self._writer.link(term)
        return f'<a href="#{escape(anchor(term))}">{self._writer.name(term)}</a>'

    def _rows(self, term: NamedNode) -> Iterator[tuple[str, list[str]]]:
        say, glossary = self._writer.say, self._glossary
        yield say("super"), [self._above(term, one) for one in glossary.broader(term)]
        below = glossary.narrower(term)
        yield say("sub"), [self._line(below)] if below else []
        characteristics = [shorten(one.value) for one in glossary.characteristics(term)]
        yield say("characteristics"), [*map(self._writer.word, characteristics)]
        expressions = list(glossary.expressions(term))
        for relation in EXPRESSIONS:
            said = [one for one in expressions if one.relation == relation]
            texts = [f"{self._expression(one.text)}{self._mark(one.is_decision)}" for one in said]
            yield self._writer.word(shorten(relation.value)), texts
        yield say("in-words"), [self._rule(one) for one in glossary.rules_of(term)]
        for note in _NOTES:
            notes = self._writer.sorted_texts(self._texts(term, note))
            yield self._writer.word(shorten(note.value)), [*map(self._writer.text, notes)]
        yield say("alignments"), list(self._aligned.get(term, ()))

    def _line(self, terms: Sequence[NamedNode]) -> str:
        return self._writer.say("comma").join(map(self.link, terms))

    def _above(self, term: NamedNode, above: NamedNode) -> str:
        relations = (RDFS["subClassOf"], RDFS["subPropertyOf"])
        is_decision = any(self._glossary.is_decision(term, one, above) for one in relations)
        return f"{self.link(above)}{self._mark(is_decision)}"

    def _mark(self, is_decision: bool) -> str:
        mark = self._writer.say("modelling")
        return f' <small class="status">{mark}</small>' if is_decision else ""

    def _rule(self, rule: Any) -> str:
        sentence = rule.sentence.get(self._writer.language) or next(iter(rule.sentence.values()))
        address = escape(self._writer.address(RULE[rule.name]))
        return (
            f'{escape(sentence)} <small><a href="{address}">{self._writer.say("rule")}</a></small>'
        )

    def _expression(self, text: str) -> str:
        """An expression in which every CURIE is a link."""
        parts = []
        end = 0
        for found in _CURIE.finditer(text):
            parts += [escape(text[end : found.start()]), self.link(expand(found[0]))]
            end = found.end()
        return "".join([*parts, escape(text[end:])])

    def _kind(self, kind: NamedNode) -> str:
        return self._writer.word(shorten(kind.value))

    def _definitions(self, term: NamedNode) -> str:
        texts = [text for one in _DEFINITIONS for text in self._texts(term, one)]
        return "".join(
            f"<p>{self._writer.text(one)}</p>\n" for one in self._writer.sorted_texts(texts)
        )

    def _deprecated(self, term: NamedNode) -> str:
        successors = self._glossary.successors(term)
        if successors is None:
            return ""
        instead = f" → {self._line(successors)}" if successors else ""
        return f' · <strong class="status">{self._writer.say("deprecated-term")}</strong>{instead}'

    def _texts(self, term: NamedNode, predicate: NamedNode) -> list[Literal]:
        ends = self._glossary.graph.objects(term, predicate)
        return [one for one in ends if isinstance(one, Literal)]


def anchor(term: NamedNode) -> str:
    """The fragment by which a term is found in the page: that of its IRI."""
    return term.value.rpartition("#")[2]


_CLASSES: Final = (OWL["Class"],)
_PROPERTIES: Final = (OWL["ObjectProperty"], OWL["DatatypeProperty"], OWL["AnnotationProperty"])
# No term has a hyphen in its name, so that parts of the page cannot be taken for terms.
_PART: Final = "part-"

Parts = list[tuple[str, str, str]]


class OntologyPages:
    """The pages about the ontology of one release, and what they are read from.

    `files` are by what follows `/ontology/` in their addresses, some under several.
    """

    def __init__(self, store: Store, files: Mapping[str, OntologyFile]) -> None:
        self._store = store
        self._glossary = Glossary(store.graph(GRAPH["ontology"]), GLOCAL)
        names: dict[NamedNode, str] = {}
        for name, file in files.items():
            names[file.iri] = min(name, names.get(file.iri, name), key=len)
        self._files = {name: files[name] for name in sorted(names.values())}

    def page(self, about: Documents, language: Language) -> bytes:
        """The whole ontology in this language."""
        writer = Writer(self._store, language)
        return framed(
            writer,
            escape(writer.label(ONTOLOGY).value),
            "".join(self._written(writer, about)),
            path=about.path(HTML),
            links=about.links_at(HTML),
        )

    def _written(self, writer: Writer, about: Documents) -> Iterator[str]:
        parts = [part for part in self._parts(writer) if part[2]]
        home = f'<a href="{escape(writer.local("/"))}">Glocal</a>'
        yield breadcrumb(writer, [home, writer.say("ontology")])
        yield f"<h1>{writer.name(ONTOLOGY)}</h1>\n"
        yield f"<p>{writer.say('documents')}{writer.say('colon')}{_forms(about)}</p>\n"
        contents = "".join(
            f'<li><a href="#{_PART}{escape(name)}">{title}</a></li>' for title, name, _ in parts
        )
        label = writer.say("contents")
        yield f'<nav aria-label="{label}"><ul class="columns">{contents}</ul></nav>\n'
        yield from (section(title, text, name=f"{_PART}{name}") for title, name, text in parts)

    def _parts(self, writer: Writer) -> Parts:
        """Title, name and content of each part."""
        say = writer.say
        around = OntologyParts(self._store, self._glossary, self._files, writer)
        terms = TermWriter(writer, self._glossary, around.aligned())
        by_module = around.terms_by_module()
        return [
            (say("metadata"), "about", around.metadata()),
            (say("modules"), "modules", around.modules(by_module)),
            (say("hierarchy-classes"), "classes", self._hierarchy(terms, _CLASSES)),
            (say("hierarchy-properties"), "properties", self._hierarchy(terms, _PROPERTIES)),
            *(
                (around.module_title(name), f"module-{name}", self._terms(terms, several))
                for name, several in by_module.items()
            ),
            (say("rules"), "rules", around.rules()),
            (say("alignments"), "alignments", around.alignments()),
            (say("outside-terms"), "outside", around.outside()),
            (say("deprecated"), "deprecated", self._deprecated(terms, say("deprecated-none"))),
        ]

    def _hierarchy(self, terms: TermWriter, kinds: Sequence[NamedNode]) -> str:
        return terms.hierarchy(self._glossary.tops(kinds))

    def _terms(self, terms: TermWriter, several: Iterable[NamedNode]) -> str:
        return "".join(terms.term(one, self._glossary.terms[one]) for one in several)

    def _deprecated(self, terms: TermWriter, none: str) -> str:
        found = [one for one in self._glossary.terms if self._glossary.successors(one) is not None]
        items = "".join(f"<li>{terms.link(one)}</li>" for one in found)
        return f"<ul>{items}</ul>\n" if items else f"<p>{none}</p>\n"


def _forms(about: Documents) -> str:
    return " · ".join(
        f'<a href="{escape(about.path(form))}">.{form.name}</a>'
        for form in about.formats
        if form != HTML
    )
