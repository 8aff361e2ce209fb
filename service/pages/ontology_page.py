"""The ontology as one page: metadata, modules, hierarchies, terms, rules and alignments.

Each term is an article with its labels, definitions, axioms, rules and notes, and an anchor: the
fragment of its IRI.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Final

from pyoxigraph import Literal, NamedNode

from kg.describe.description import literals
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
    is_in,
    shorten,
)
from kg.reasoning.rules.rule import Rule
from kg.store.quad_store import Store
from service.answers.formats import HTML
from service.http.documents import Documents
from service.http.negotiation import Language
from service.pages.layout import (
    format_links,
    write_breadcrumb,
    write_definitions,
    write_list,
    write_page,
    write_section,
    write_table,
)
from service.pages.ontology_files import OntologyFile
from service.pages.terms import TermWriter

_TITLES: Final = (DCTERMS["title"], DCTERMS["description"])
_ALIGNMENTS: Final = "alignments/"
_NOTES: Final = tuple(SKOS[name] for name in ("scopeNote", "example", "note", "editorialNote"))
_CURIE: Final = re.compile(rf"\b(?:{'|'.join(PREFIXES)}):[A-Za-z][\w-]*")
_DEFINITIONS: Final = (SKOS["definition"], RDFS["comment"])
# No term has a hyphen in its name, so the anchors of sections never collide with those of terms.
_PART: Final = "part-"
_HIERARCHIES: Final = {
    "classes": (OWL["Class"],),
    "properties": (OWL["ObjectProperty"], OWL["DatatypeProperty"], OWL["AnnotationProperty"]),
}

Files = Mapping[str, OntologyFile]


class OntologyPageWriter:
    """Writes the page about the ontology of one release.

    `files` has the files by their paths below `/ontology/`; some have several paths.
    """

    def __init__(self, store: Store, files: Files) -> None:
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
        say = writer.say
        parts = [part for part in self._parts(writer) if part[2]]
        yield write_breadcrumb(writer, [say("ontology")])
        yield f"<h1>{writer.name(ONTOLOGY)}</h1>\n"
        yield f"<p>{say('documents')}{say('colon')}{' · '.join(format_links(about))}</p>\n"
        links = (f'<a href="#{_PART}{escape(name)}">{title}</a>' for title, name, _ in parts)
        yield f'<nav aria-label="{say("contents")}">{write_list(links, "columns", end="")}</nav>\n'
        for title, name, text in parts:
            yield write_section(title, text, name=f"{_PART}{name}")

    def _parts(self, writer: TermWriter) -> Iterator[tuple[str, str, str]]:
        """Yield title, name and content of each section."""
        say, glossary = writer.say, self._glossary
        sections = _Sections(self._store, glossary, self._files, writer)
        terms = OntologyTermWriter(writer, glossary, sections.aligned())
        by_module = sections.terms_by_module()
        yield say("metadata"), "about", sections.metadata()
        yield say("modules"), "modules", sections.modules(by_module)
        for name, kinds in _HIERARCHIES.items():
            yield say(f"hierarchy-{name}"), name, terms.hierarchy(glossary.top_terms(kinds))
        for name, members in by_module.items():
            articles = "".join(terms.term(iri, glossary.terms[iri]) for iri in members)
            yield sections.module_title(name), f"module-{name}", articles
        yield say("rules"), "rules", sections.rules()
        yield say("alignments"), "alignments", sections.alignments()
        yield say("outside-terms"), "outside", sections.outside()
        deprecated = [iri for iri in glossary.terms if glossary.replacements(iri) is not None]
        none = f"<p>{say('deprecated-none')}</p>\n"
        yield say("deprecated"), "deprecated", write_list(map(terms.link, deprecated)) or none


class _Sections:
    """Writes the sections that are about more than one term."""

    def __init__(self, store: Store, glossary: Glossary, files: Files, writer: TermWriter) -> None:
        self._store, self._glossary, self._files, self._writer = store, glossary, files, writer

    def metadata(self) -> str:
        """Write the properties of the ontology's header with their values."""
        values: defaultdict[NamedNode, list[object]] = defaultdict(list)
        for triple in self._store.triples(ONTOLOGY, graph=GRAPH["ontology"]):
            if triple.predicate not in (RDF["type"], OWL["imports"]):
                values[triple.predicate].append(triple.object)
        rows = []
        others = sorted(values.keys() - {*_TITLES}, key=lambda predicate: predicate.value)
        for predicate in (*_TITLES, *others):
            objects = values[predicate]
            iris = sorted((term for term in objects if isinstance(term, NamedNode)), key=str)
            items = self._writer.texts(term for term in objects if isinstance(term, Literal))
            items += [self._writer.link(iri, escape(iri.value)) for iri in iris]
            rows.append((self._writer.word(shorten(predicate.value)), items))
        return write_definitions([("IRI", [f"<code>{ONTOLOGY.value}</code>"]), *rows])

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
                self._text(file.iri, DCTERMS["description"], graph=GRAPH["ontology"]),
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
            f"{self._text(rule, GLOCAL['ruleSentence'])} <small>{self._writer.link(rule)} · "
            f'<a href="/ontology/{escape(place)}"><code>{escape(place)}</code></a></small>'
            for rule, place in sorted(rows, key=lambda row: row[1])
        ]
        say, address = self._writer.say, escape(self._writer.local("/rules"))
        all_rules = f'<a href="{address}">{say("rules-all")}</a>'
        return f"<p>{say('rules-intro', all=all_rules)}</p>\n{write_list(items)}" if items else ""

    def alignments(self) -> str:
        """Write the list of files that align terms with other vocabularies."""
        return write_list(
            self._writer.link(file.iri, escape(self._title_of(file)))
            for name, file in self._files.items()
            if name.startswith(_ALIGNMENTS)
        )

    def aligned(self) -> Mapping[NamedNode, list[str]]:
        """Return the alignments of each term, in HTML."""
        own = self._glossary.terms
        alignments: defaultdict[NamedNode, list[str]] = defaultdict(list)
        for name, file in self._files.items():
            for triple in file.triples if name.startswith(_ALIGNMENTS) else ():
                term, other = triple.subject, triple.object
                if is_in(term, GLOCAL) and term in own and isinstance(other, NamedNode):
                    relation = self._writer.word(shorten(triple.predicate.value))
                    link = self._writer.code_link(other)
                    alignments[term].append(f"{relation}{self._writer.say('colon')}{link}")
        return alignments

    def outside(self) -> str:
        """Write the list of terms of other vocabularies that the ontology uses."""
        terms = (term for term in self._glossary.outside_terms if not is_in(term, BASE))
        return write_list(map(self._writer.code_link, terms), "columns")

    def _modules(self) -> Files:
        """Return the files of the modules that the ontology imports, in order of name."""
        imports = self._store.triples(ONTOLOGY, OWL["imports"], graph=GRAPH["ontology"])
        imported = {triple.object for triple in imports}
        return {name: file for name, file in self._files.items() if file.iri in imported}

    def _text(self, iri: NamedNode, predicate: NamedNode, graph: NamedNode | None = None) -> str:
        """Write the value of a property in the language of the page, or else in another one."""
        texts = literals(self._store, iri, predicate, graph=graph)
        return "".join(self._writer.texts(texts)[:1])

    def _title_of(self, file: OntologyFile) -> str:
        header = (triple for triple in file.triples if triple.subject == file.iri)
        titles = (triple.object for triple in header if triple.predicate == DCTERMS["title"])
        ordered = self._writer.sorted_texts(text for text in titles if isinstance(text, Literal))
        return ordered[0].value if ordered else file.iri.value


class OntologyTermWriter:
    """Writes the terms of an ontology, each as an article with an anchor."""

    def __init__(
        self, writer: TermWriter, glossary: Glossary, aligned: Mapping[NamedNode, Sequence[str]]
    ) -> None:
        self._writer, self._glossary, self._aligned = writer, glossary, aligned

    def term(self, term: NamedNode, kind: NamedNode) -> str:
        """Write a term with its labels, definitions, axioms, rules and notes."""
        writer, name = self._writer, escape(_anchor(term))
        labels = " ".join(self._texts(term, RDFS["label"])) or name
        definitions = "".join(f"<p>{text}</p>\n" for text in self._texts(term, *_DEFINITIONS))
        return (
            f'<article id="{name}"><h3>{labels}</h3>\n<p><a href="#{name}">'
            f"<code>{escape(shorten(term.value))}</code></a> · "
            f"{writer.word(shorten(kind.value))}{self._deprecated(term)}</p>\n"
            f"{definitions}{write_definitions(self._rows(term))}</article>\n"
        )

    def hierarchy(self, tops: Iterable[NamedNode], above: Sequence[NamedNode] = ()) -> str:
        """Write these terms and all below them as nested lists; a term is under each broader one.

        If the hierarchy has a cycle, the list ends where a term would appear below itself.
        """
        items = []
        for term in sorted(set(tops) - {*above}, key=lambda term: self._writer.label(term).value):
            below = self.hierarchy(self._glossary.direct_narrower(term), (*above, term))
            items.append(f"{self.link(term)}{below}")
        return write_list(items, end="")

    def link(self, term: NamedNode) -> str:
        """Write a link to a term, within the page if the page contains it."""
        if term not in self._glossary.terms:
            return self._writer.link(term)
        return f'<a href="#{escape(_anchor(term))}">{self._writer.name(term)}</a>'

    def _rows(self, term: NamedNode) -> Iterator[tuple[str, list[str]]]:
        say, glossary = self._writer.say, self._glossary
        yield say("super"), [self._broader(term, iri) for iri in glossary.broader(term)]
        narrower = glossary.narrower(term)
        yield say("sub"), [self._line(narrower)] if narrower else []
        characteristics = (shorten(iri.value) for iri in glossary.characteristics(term))
        yield say("characteristics"), [*map(self._writer.word, characteristics)]
        axioms = list(glossary.axioms(term))
        for relation in AXIOM_PROPERTIES:
            texts = [
                f"{self._expression(axiom.text)}{self._mark(axiom.is_decision)}"
                for axiom in axioms
                if axiom.relation == relation
            ]
            yield self._writer.word(shorten(relation.value)), texts
        yield say("in-words"), [self._rule(rule) for rule in glossary.rules_for(term)]
        for note in _NOTES:
            yield self._writer.word(shorten(note.value)), self._texts(term, note)
        yield say("alignments"), list(self._aligned.get(term, ()))

    def _line(self, terms: Sequence[NamedNode]) -> str:
        return self._writer.say("comma").join(map(self.link, terms))

    def _broader(self, term: NamedNode, broader: NamedNode) -> str:
        is_decision = any(
            self._glossary.is_modelling_decision(term, relation, broader)
            for relation in (RDFS["subClassOf"], RDFS["subPropertyOf"])
        )
        return f"{self.link(broader)}{self._mark(is_decision)}"

    def _mark(self, is_decision: bool) -> str:
        mark = self._writer.say("modelling")
        return f' <small class="status">{mark}</small>' if is_decision else ""

    def _rule(self, rule: Rule) -> str:
        sentence = rule.sentence.get(self._writer.language) or next(iter(rule.sentence.values()))
        address = escape(self._writer.address(RULE[rule.name]))
        return (
            f'{escape(sentence)} <small><a href="{address}">{self._writer.say("rule")}</a></small>'
        )

    def _expression(self, text: str) -> str:
        """Write an expression with every CURIE as a link."""
        parts, end = [], 0
        for curie in _CURIE.finditer(text):
            parts += [escape(text[end : curie.start()]), self.link(expand(curie[0]))]
            end = curie.end()
        return "".join([*parts, escape(text[end:])])

    def _deprecated(self, term: NamedNode) -> str:
        successors = self._glossary.replacements(term)
        if successors is None:
            return ""
        instead = f" → {self._line(successors)}" if successors else ""
        return f' · <strong class="status">{self._writer.say("deprecated-term")}</strong>{instead}'

    def _texts(self, term: NamedNode, *predicates: NamedNode) -> list[str]:
        graph = self._glossary.graph
        values = (value for predicate in predicates for value in graph.objects(term, predicate))
        return self._writer.texts(value for value in values if isinstance(value, Literal))


def _anchor(term: NamedNode) -> str:
    """Return the anchor of a term in the page: the fragment of its IRI."""
    return term.value.rpartition("#")[2]
