"""The sections of the ontology page around its terms: metadata, modules, rules, alignments.

Write the terms of the ontology as HTML: labels, definitions, axioms and hierarchies.

The ontology as one page: metadata, modules, hierarchies, terms, rules and alignments.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.glossary import AXIOM_PROPERTIES, Glossary
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
from service.pages.layout import write_breadcrumb, write_page, write_section, write_table
from service.pages.ontology_files import OntologyFile
from service.pages.statements import definition_list
from service.pages.terms import TermWriter

_TITLES: Final = (DCTERMS["title"], DCTERMS["description"])
_ALIGNMENTS: Final = "alignments/"

Files = Mapping[str, OntologyFile]


class OntologySections:
    """Writes the sections that are about more than one term."""

    def __init__(self, store: Store, glossary: Glossary, files: Files, writer: TermWriter) -> None:
        self._store, self._glossary, self._files, self._writer = store, glossary, files, writer

    def metadata(self) -> str:
        """Write the properties of the ontology's header with their values."""
        values: defaultdict[NamedNode, list[Triple]] = defaultdict(list)
        for triple in self._store.triples(ONTOLOGY, graph=GRAPH["ontology"]):
            if triple.predicate not in (RDF["type"], OWL["imports"]):
                values[triple.predicate].append(triple)
        rows = []
        for predicate in sorted(values, key=_header_order):
            objects = [triple.object for triple in values[predicate]]
            texts = [term for term in objects if isinstance(term, Literal)]
            iris = [term for term in objects if isinstance(term, NamedNode)]
            items = [self._writer.text(text) for text in self._writer.sorted_texts(texts)]
            items += [self._writer.link(iri, escape(iri.value)) for iri in sorted(iris, key=str)]
            rows.append((self._writer.word(shorten(predicate.value)), items))
        return definition_list([("IRI", [f"<code>{ONTOLOGY.value}</code>"]), *rows])

    def terms_by_module(self) -> Mapping[str, list[NamedNode]]:
        """Return the terms by the name of the module that declares them; empty if none does."""
        modules = self._modules()
        declared = {
            triple.subject: name
            for name, file in modules.items()
            for triple in file.triples
            if triple.predicate == RDF["type"]
        }
        by_module: dict[str, list[NamedNode]] = {name: [] for name in modules}
        for term in self._glossary.terms:
            by_module.setdefault(declared.get(term, ""), []).append(term)
        return {name: terms for name, terms in by_module.items() if terms}

    def module_title(self, name: str) -> str:
        """Return the title of a module, in HTML."""
        file = self._files.get(name)
        return self._writer.name(file.iri) if file else self._writer.say("terms")

    def modules(self, terms: Mapping[str, Sequence[NamedNode]]) -> str:
        """Write a table of the modules, with the description of each and a link to its file."""
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
        heads = [say(key) for key in ("module", "description", "terms", "document")]
        return write_table("modules", say("modules"), heads, rows) if rows else ""

    def rules(self) -> str:
        """Write the list of rules that have a rule file, each by its sentence."""
        rows = []
        for triple in self._store.triples(predicate=GLOCAL["definedAt"]):
            place = getattr(triple.object, "value", "")
            if place.startswith("rules/") and isinstance(triple.subject, NamedNode):
                rows.append((triple.subject, place))
        items = [
            f"<li>{self._sentence(rule)} <small>{self._writer.link(rule)} · "
            f'<a href="/ontology/{escape(place)}"><code>{escape(place)}</code></a></small></li>'
            for rule, place in sorted(rows, key=lambda row: row[1])
        ]
        intro = f"<p>{self._writer.say('rules-intro', all=self._all_rules_link())}</p>\n"
        return f"{intro}<ul>{''.join(items)}</ul>\n" if items else ""

    def alignments(self) -> str:
        """Write the list of files that align terms with other vocabularies."""
        items = [
            f"<li>{self._writer.link(file.iri, escape(title))}</li>"
            for name, file in self._files.items()
            if name.startswith(_ALIGNMENTS)
            for title in [self._title_of(file)]
        ]
        return f"<ul>{''.join(items)}</ul>\n" if items else ""

    def aligned(self) -> Mapping[NamedNode, list[str]]:
        """Return the alignments of each term, in HTML."""
        alignments: defaultdict[NamedNode, list[str]] = defaultdict(list)
        for name, file in self._files.items():
            for triple in file.triples if name.startswith(_ALIGNMENTS) else ():
                term, other = triple.subject, triple.object
                if not isinstance(term, NamedNode) or not isinstance(other, NamedNode):
                    continue
                if term in self._glossary.terms:
                    relation = self._writer.word(shorten(triple.predicate.value))
                    link = self._writer.link(other, f"<code>{escape(shorten(other.value))}</code>")
                    alignments[term].append(f"{relation}{self._writer.say('colon')}{link}")
        return alignments

    def outside(self) -> str:
        """Write the list of terms of other vocabularies that the ontology uses."""
        links = [
            self._writer.link(term, f"<code>{escape(shorten(term.value))}</code>")
            for term in self._glossary.outside_terms
            if not term.value.startswith(BASE)
        ]
        items = "".join(f"<li>{link}</li>" for link in links)
        return f'<ul class="columns">{items}</ul>\n' if items else ""

    def _modules(self) -> Files:
        """Return the files of the modules that the ontology imports, in order of name."""
        imports = self._store.triples(ONTOLOGY, OWL["imports"], graph=GRAPH["ontology"])
        imported = {triple.object for triple in imports}
        return {name: file for name, file in self._files.items() if file.iri in imported}

    def _description(self, iri: NamedNode) -> str:
        triples = self._store.triples(iri, DCTERMS["description"], graph=GRAPH["ontology"])
        texts = [triple.object for triple in triples if isinstance(triple.object, Literal)]
        return "".join(self._writer.text(text) for text in self._writer.sorted_texts(texts)[:1])

    def _sentence(self, rule: NamedNode) -> str:
        triples = self._store.triples(rule, GLOCAL["ruleSentence"])
        texts = [triple.object for triple in triples if isinstance(triple.object, Literal)]
        return "".join(self._writer.text(text) for text in self._writer.sorted_texts(texts)[:1])

    def _title_of(self, file: OntologyFile) -> str:
        titles = [
            triple.object
            for triple in file.triples
            if triple.subject == file.iri
            and triple.predicate == DCTERMS["title"]
            and isinstance(triple.object, Literal)
        ]
        ordered = self._writer.sorted_texts(titles)
        return ordered[0].value if ordered else file.iri.value

    def _all_rules_link(self) -> str:
        return (
            f'<a href="{escape(self._writer.local("/rules"))}">{self._writer.say("rules-all")}</a>'
        )


def _header_order(predicate: NamedNode) -> tuple[bool, str]:
    """Sort the title and the description before other properties."""
    is_title = predicate in _TITLES
    return not is_title, "" if predicate == _TITLES[0] else predicate.value


_NOTES: Final = tuple(SKOS[name] for name in ("scopeNote", "example", "note", "editorialNote"))
_CURIE: Final = re.compile(rf"\b(?:{'|'.join(PREFIXES)}):[A-Za-z][\w-]*")
_DEFINITIONS: Final = (SKOS["definition"], RDFS["comment"])


class OntologyTermWriter:
    """Writes the terms of an ontology, each as an article with an anchor."""

    def __init__(
        self, writer: TermWriter, glossary: Glossary, aligned: Mapping[NamedNode, Sequence[str]]
    ) -> None:
        self._writer, self._glossary, self._aligned = writer, glossary, aligned

    def term(self, term: NamedNode, kind: NamedNode) -> str:
        """Write a term with its labels, definitions, axioms, rules and notes."""
        writer, name = self._writer, escape(anchor(term))
        texts = writer.sorted_texts(self._texts(term, RDFS["label"]))
        labels = " ".join(map(writer.text, texts or [Literal(anchor(term))]))
        properties = definition_list((name, values) for name, values in self._rows(term) if values)
        return (
            f'<article id="{name}"><h3>{labels}</h3>\n<p><a href="#{name}">'
            f"<code>{escape(shorten(term.value))}</code></a> · {self._kind(kind)}"
            f"{self._deprecated(term)}</p>\n{self._definitions(term)}{properties}</article>\n"
        )

    def hierarchy(self, tops: Iterable[NamedNode], above: Sequence[NamedNode] = ()) -> str:
        """Write these terms and all below them as nested lists; a term is under each broader one.

        If the hierarchy has a cycle, the list ends where a term would appear below itself.
        """
        items = []
        for term in sorted(set(tops) - {*above}, key=lambda term: self._writer.label(term).value):
            below = self.hierarchy(self._glossary.direct_narrower(term), (*above, term))
            items.append(f"<li>{self.link(term)}{below}</li>")
        return f"<ul>{''.join(items)}</ul>" if items else ""

    def link(self, term: NamedNode) -> str:
        """Write a link to a term, within the page if the page contains it."""
        if term not in self._glossary.terms:
            return self._writer.link(term)
        return f'<a href="#{escape(anchor(term))}">{self._writer.name(term)}</a>'

    def _rows(self, term: NamedNode) -> Iterator[tuple[str, list[str]]]:
        say, glossary = self._writer.say, self._glossary
        yield say("super"), [self._broader(term, iri) for iri in glossary.broader(term)]
        narrower = glossary.narrower(term)
        yield say("sub"), [self._line(narrower)] if narrower else []
        characteristics = [shorten(iri.value) for iri in glossary.characteristics(term)]
        yield say("characteristics"), [*map(self._writer.word, characteristics)]
        expressions = list(glossary.axioms(term))
        for relation in AXIOM_PROPERTIES:
            texts = [
                f"{self._expression(expression.text)}{self._mark(expression.is_decision)}"
                for expression in expressions
                if expression.relation == relation
            ]
            yield self._writer.word(shorten(relation.value)), texts
        yield say("in-words"), [self._rule(rule) for rule in glossary.rules_for(term)]
        for note in _NOTES:
            notes = self._writer.sorted_texts(self._texts(term, note))
            yield self._writer.word(shorten(note.value)), [*map(self._writer.text, notes)]
        yield say("alignments"), list(self._aligned.get(term, ()))

    def _line(self, terms: Sequence[NamedNode]) -> str:
        return self._writer.say("comma").join(map(self.link, terms))

    def _broader(self, term: NamedNode, broader: NamedNode) -> str:
        relations = (RDFS["subClassOf"], RDFS["subPropertyOf"])
        is_decision = any(
            self._glossary.is_modelling_decision(term, relation, broader) for relation in relations
        )
        return f"{self.link(broader)}{self._mark(is_decision)}"

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
        """Write an expression with every CURIE as a link."""
        parts = []
        end = 0
        for curie in _CURIE.finditer(text):
            parts += [escape(text[end : curie.start()]), self.link(expand(curie[0]))]
            end = curie.end()
        return "".join([*parts, escape(text[end:])])

    def _kind(self, kind: NamedNode) -> str:
        return self._writer.word(shorten(kind.value))

    def _definitions(self, term: NamedNode) -> str:
        texts = [text for predicate in _DEFINITIONS for text in self._texts(term, predicate)]
        return "".join(
            f"<p>{self._writer.text(text)}</p>\n" for text in self._writer.sorted_texts(texts)
        )

    def _deprecated(self, term: NamedNode) -> str:
        successors = self._glossary.replacements(term)
        if successors is None:
            return ""
        instead = f" → {self._line(successors)}" if successors else ""
        return f' · <strong class="status">{self._writer.say("deprecated-term")}</strong>{instead}'

    def _texts(self, term: NamedNode, predicate: NamedNode) -> list[Literal]:
        objects = self._glossary.graph.objects(term, predicate)
        return [literal for literal in objects if isinstance(literal, Literal)]


def anchor(term: NamedNode) -> str:
    """Return the anchor of a term in the page: the fragment of its IRI."""
    return term.value.rpartition("#")[2]


_CLASSES: Final = (OWL["Class"],)
_PROPERTIES: Final = (OWL["ObjectProperty"], OWL["DatatypeProperty"], OWL["AnnotationProperty"])
# No term has a hyphen in its name, so the anchors of sections never collide with those of terms.
_PART: Final = "part-"

Parts = list[tuple[str, str, str]]


class OntologyPageWriter:
    """Writes the page about the ontology of one release.

    `files` has the files by their paths below `/ontology/`; some have several paths.
    """

    def __init__(self, store: Store, files: Mapping[str, OntologyFile]) -> None:
        self._store = store
        self._glossary = Glossary(store.quads_of_graph(GRAPH["ontology"]), GLOCAL)
        names: dict[NamedNode, str] = {}
        for name, file in files.items():
            names[file.iri] = min(name, names.get(file.iri, name), key=len)
        self._files = {name: files[name] for name in sorted(names.values())}

    def page(self, about: Documents, language: Language) -> bytes:
        """Write the page about the whole ontology in this language."""
        writer = TermWriter(self._store, language)
        return write_page(
            writer,
            escape(writer.label(ONTOLOGY).value),
            "".join(self._content(writer, about)),
            path=about.path(HTML),
            links=about.links_from(HTML),
        )

    def _content(self, writer: TermWriter, about: Documents) -> Iterator[str]:
        parts = [part for part in self._parts(writer) if part[2]]
        home = f'<a href="{escape(writer.local("/"))}">Glocal</a>'
        yield write_breadcrumb(writer, [home, writer.say("ontology")])
        yield f"<h1>{writer.name(ONTOLOGY)}</h1>\n"
        yield f"<p>{writer.say('documents')}{writer.say('colon')}{_format_links(about)}</p>\n"
        contents = "".join(
            f'<li><a href="#{_PART}{escape(name)}">{title}</a></li>' for title, name, _ in parts
        )
        label = writer.say("contents")
        yield f'<nav aria-label="{label}"><ul class="columns">{contents}</ul></nav>\n'
        yield from (
            write_section(title, text, name=f"{_PART}{name}") for title, name, text in parts
        )

    def _parts(self, writer: TermWriter) -> Parts:
        """Return title, name and content of each section."""
        say = writer.say
        sections = OntologySections(self._store, self._glossary, self._files, writer)
        terms = OntologyTermWriter(writer, self._glossary, sections.aligned())
        by_module = sections.terms_by_module()
        return [
            (say("metadata"), "about", sections.metadata()),
            (say("modules"), "modules", sections.modules(by_module)),
            (say("hierarchy-classes"), "classes", self._hierarchy(terms, _CLASSES)),
            (say("hierarchy-properties"), "properties", self._hierarchy(terms, _PROPERTIES)),
            *(
                (sections.module_title(name), f"module-{name}", self._terms(terms, members))
                for name, members in by_module.items()
            ),
            (say("rules"), "rules", sections.rules()),
            (say("alignments"), "alignments", sections.alignments()),
            (say("outside-terms"), "outside", sections.outside()),
            (say("deprecated"), "deprecated", self._deprecated(terms, say("deprecated-none"))),
        ]

    def _hierarchy(self, terms: OntologyTermWriter, kinds: Sequence[NamedNode]) -> str:
        return terms.hierarchy(self._glossary.top_terms(kinds))

    def _terms(self, terms: OntologyTermWriter, members: Iterable[NamedNode]) -> str:
        return "".join(terms.term(iri, self._glossary.terms[iri]) for iri in members)

    def _deprecated(self, terms: OntologyTermWriter, none: str) -> str:
        glossary = self._glossary
        deprecated = [iri for iri in glossary.terms if glossary.replacements(iri) is not None]
        items = "".join(f"<li>{terms.link(iri)}</li>" for iri in deprecated)
        return f"<ul>{items}</ul>\n" if items else f"<p>{none}</p>\n"


def _format_links(about: Documents) -> str:
    return " · ".join(
        f'<a href="{escape(about.path(form))}">.{form.name}</a>'
        for form in about.formats
        if form != HTML
    )
