"""The ontology as one page: its header, an overview, then each term with its definition, by module.

The overview has the modules, the tree of classes, the properties by relation pattern, and the fixed
values. Each term is a row with an anchor, the fragment of its IRI; its own page has its axioms.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from kg import namespaces
from kg.describe.description import literals, sorted_iris
from kg.describe.glossary import Glossary, RelationPatterns
from kg.namespaces import BASE, DCTERMS, GLOCAL, GRAPH, ONTOLOGY, OWL, RDF, RDFS, shorten
from kg.store.quad_store import Store
from service.answers.formats import HTML
from service.http.documents import Documents
from service.http.negotiation import Language
from service.pages.dataset_summary import PropertyUse
from service.pages.name_order import order_of_name
from service.pages.ontology_files import OntologyFile
from service.pages.terms import TermWriter
from service.pages.things.term_axioms import Files
from service.pages.things.term_use import UNUSED, TermUses

# The section that says so if it has no content.
_DEPRECATED: Final = "deprecated"
# The folders whose files have a section, named as they are.
_FOLDERS: Final = ("alignments", "shapes")
# The prefix that the ontology proposes, and its namespace.
_PREFERRED: Final = tuple(
    NamedNode(f"http://purl.org/vocab/vann/preferredNamespace{name}") for name in ("Prefix", "Uri")
)
# The properties of the header at the top of the page, in their order; the others are folded.
_FIRST: Final = namespaces.expand_all(
    "owl:versionIRI owl:versionInfo owl:priorVersion dcterms:issued dcterms:modified "
    "dcterms:created dcterms:creator dcterms:contributor dcterms:license "
    "dcterms:bibliographicCitation"
)
_CLASS, _INDIVIDUAL = OWL["Class"], OWL["NamedIndividual"]

# Terms, each with those below it.
Tree = list[tuple[NamedNode, "Tree"]]


class OntologyPageWriter:
    """Writes the page about the ontology of one release, whose `files` may have several paths.

    `uses` returns how each property is used.
    """

    def __init__(
        self,
        store: Store,
        glossary: Glossary,
        files: Files,
        uses: Callable[[], Mapping[NamedNode, PropertyUse]],
    ) -> None:
        self._store, self._glossary, self._uses = store, glossary, uses
        names: dict[NamedNode, str] = {}
        for name, file in files.items():
            names[file.iri] = min(name, names.get(file.iri, name), key=len)
        self._files = {name: files[name] for name in sorted(names.values())}
        self._writers = lru_cache(partial(TermWriter, store))

    def page(self, about: Documents, language: Language) -> bytes:
        """Write the page about the whole ontology in this language."""
        terms = self._writers(language)
        ontology = _Ontology(self._store, self._glossary, self._files, self._shared, terms)
        return terms.write_page(
            "ontology.html",
            title=terms.label(ONTOLOGY).value,
            path=about.path(HTML),
            links=about.links_from(HTML),
            place="ontology",
            way=[terms.say("ontology")],
            documents=about,
            ontology=ONTOLOGY,
            header=ontology.header(),
            parts=[part for part in ontology.parts() if part[2] or part[1] == _DEPRECATED],
            texts=ontology.texts,
            members=self._shared.members,
            row=ontology.row,
        )

    @cached_property
    def _shared(self) -> "_Numbers":
        return _Numbers(self._store, self._glossary, self._uses())


def section_of(name: str) -> str:
    """Return the anchor of the section about a file of the ontology, by its path."""
    folder = name.partition("/")[0]
    return f"part-{folder}" if folder in _FOLDERS else f"part-module-{folder}"


class _Numbers:
    """How the terms of a release are used: what its pages in all languages share."""

    def __init__(
        self, store: Store, glossary: Glossary, uses: Mapping[NamedNode, PropertyUse]
    ) -> None:
        self.use = TermUses(store, glossary, lambda: uses).of_property
        self.members = Counter(triple.object for triple in store.triples(predicate=RDF["type"]))
        self.patterns = RelationPatterns(store).patterns


class _Ontology:
    """Prepares what the template shows of the ontology."""

    def __init__(
        self,
        store: Store,
        glossary: Glossary,
        files: Mapping[str, OntologyFile],
        numbers: _Numbers,
        terms: TermWriter,
    ) -> None:
        self._store, self._glossary, self._files, self._terms = store, glossary, files, terms
        self._numbers = numbers
        imports = store.triples(ONTOLOGY, OWL["imports"], graph=GRAPH["ontology"])
        imported = {triple.object for triple in imports}
        self._modules = {name: file for name, file in files.items() if file.iri in imported}

    def parts(self) -> Iterator[tuple[str, str, Sequence[Any]]]:
        """Yield title, name and content of each section; the content may be empty."""
        say, glossary = self._terms.say, self._glossary
        by_module = self._terms_by_module()
        rows = [(name, self._modules[name].iri, len(by_module[name])) for name in self._modules]
        yield say("modules"), "modules", rows
        classes = self._hierarchy(glossary.top_terms((_CLASS,)))
        yield say("hierarchy-classes"), "classes", classes
        yield say("onto-properties"), "properties", self._properties(by_module)
        yield say("onto-individuals"), "individuals", self._individuals()
        groups = [(name, self._iri(name), self._by_kind(each)) for name, each in by_module.items()]
        yield say("onto-terms"), "terms", [group for group in groups if group[2]]
        yield say("rules"), "rules", self._rules()
        for folder in _FOLDERS:
            files = [name for name in self._files if name.startswith(f"{folder}/")]
            yield say(folder), folder, [(name, self._titles(self._files[name])) for name in files]
        outside = [term for term in glossary.outside_terms if not namespaces.is_in(term, BASE)]
        yield say("outside-terms"), "outside", outside
        deprecated = [iri for iri in glossary.terms if glossary.replacements(iri) is not None]
        yield say("deprecated"), _DEPRECATED, deprecated

    def header(self) -> dict[str, Any]:
        """Return what the ontology says of itself: properties with their values.

        `prefixes` are its prefix and namespace, if it names both; `first` are the properties that
        a reader looks for, and `more` the others, the title first.
        """
        values: defaultdict[NamedNode, list[object]] = defaultdict(list)
        for triple in self._store.triples(ONTOLOGY, graph=GRAPH["ontology"]):
            if triple.predicate not in (RDF["type"], OWL["imports"]):
                values[triple.predicate].append(self._spoken(triple.object))
        title, description = DCTERMS["title"], DCTERMS["description"]
        order = sorted(values, key=lambda name: (name != title, name != description, name.value))
        texts = self._terms.own_texts
        rows: dict[NamedNode, tuple[str, list[Literal | NamedNode]]]
        rows = {p: (shorten(p.value), [*texts(values[p]), *sorted_iris(values[p])]) for p in order}
        return {
            "prefixes": [rows[name][1][0].value for name in _PREFERRED if name in rows],
            "first": [rows[name] for name in _FIRST if name in rows],
            "more": [row for name, row in rows.items() if name not in _FIRST],
        }

    def _spoken(self, value: object) -> object:
        """Return a name of the curators in the language of the page, and all else unchanged."""
        known = literals(self._store, self._store.curators, RDFS["label"])
        names = self._terms.sorted_texts(known)
        spelled = [name.value.casefold() for name in names]
        text = value.value.casefold() if isinstance(value, Literal) else ""
        return names[0] if text in spelled[1:] else value

    def texts(self, term: NamedNode, *names: str) -> list[Literal]:
        """Return the values of properties, named by CURIEs, in the ontology."""
        graph, predicates = self._glossary.graph, map(namespaces.expand, names)
        values = (value for predicate in predicates for value in graph.objects(term, predicate))
        return self._terms.sorted_texts(values)

    def row(self, term: NamedNode) -> dict[str, Any]:
        """Return what the row of a term shows besides its name."""
        own_texts, kind = self._terms.own_texts, self._glossary.terms[term]
        use = self._numbers.use(term) if kind not in (_CLASS, _INDIVIDUAL) else UNUSED
        return {
            "anchor": term.value.removeprefix(GLOCAL),
            "labels": self.texts(term, "rdfs:label"),
            "definitions": own_texts(self.texts(term, "skos:definition", "rdfs:comment")),
            "successors": self._glossary.replacements(term),
            "domains": [use.domain] if use.domain else [],
            "ranges": use.ranges,
            "count": self._numbers.members[term] if kind == _CLASS else use.triples,
            "is_class": kind == _CLASS,
        }

    def _iri(self, module: str) -> NamedNode | None:
        return self._modules[module].iri if module else None

    def _terms_by_module(self) -> Mapping[str, list[NamedNode]]:
        """Return the terms by the name of the module that declares them, empty if none does."""
        declared = {
            triple.subject: name
            for name, file in self._modules.items()
            for triple in file.triples
            if triple.predicate == RDF["type"]
        }
        by_module: dict[str, list[NamedNode]] = {name: [] for name in self._modules}
        for term in self._glossary.terms:
            by_module.setdefault(declared.get(term, ""), []).append(term)
        return by_module

    def _by_kind(self, terms: Iterable[NamedNode]) -> list[tuple[str, list[NamedNode]]]:
        """Group terms by their kind: classes, properties, individuals; each by name."""
        kinds: defaultdict[str, list[NamedNode]] = defaultdict(list)
        for term in self._by_label(terms):
            kinds[self._glossary.terms[term].value.rpartition("#")[2]].append(term)
        order = sorted(kinds, key=lambda kind: (kind != "Class", kind == "NamedIndividual", kind))
        return [(kind, kinds[kind]) for kind in order]

    def _hierarchy(self, tops: Iterable[NamedNode], above: Sequence[NamedNode] = ()) -> Tree:
        """Return these terms and all below them; a term is under each broader one.

        If the hierarchy has a cycle, it ends where a term would appear below itself.
        """
        terms = self._by_label(set(tops) - {*above})
        below = self._glossary.direct_narrower
        return [(term, self._hierarchy(below(term), (*above, term))) for term in terms]

    def _properties(
        self, by_module: Mapping[str, Sequence[NamedNode]]
    ) -> list[list[tuple[NamedNode | None, list[NamedNode]]]]:
        """Return the properties of each relation pattern, and those of none by module."""
        of_patterns: defaultdict[NamedNode | None, list[NamedNode]] = defaultdict(list)
        of_modules: defaultdict[NamedNode | None, list[NamedNode]] = defaultdict(list)
        for name, members in by_module.items():
            for term in members:
                if self._glossary.terms[term].value.endswith("Property"):
                    found = sorted_iris(self._numbers.patterns.get(term, ()))
                    for pattern in found:
                        of_patterns[pattern].append(term)
                    if not found:
                        of_modules[self._iri(name)].append(term)
        groups = sorted(of_patterns.items(), key=str), of_modules.items()
        return [[(one, self._by_label(members)) for one, members in each] for each in groups]

    def _individuals(self) -> list[tuple[NamedNode, list[NamedNode]]]:
        """Return the individuals that the ontology declares, by class."""
        by_class: defaultdict[NamedNode, list[NamedNode]] = defaultdict(list)
        for term, kind in self._glossary.terms.items():
            if kind == _INDIVIDUAL:
                for class_ in sorted_iris(self._glossary.graph.objects(term, RDF["type"])):
                    if namespaces.is_in(class_, GLOCAL):
                        by_class[class_].append(term)
        return [(one, self._by_label(by_class[one])) for one in self._by_label(by_class)]

    def _by_label(self, terms: Iterable[NamedNode]) -> list[NamedNode]:
        return sorted(terms, key=lambda term: order_of_name(self._terms.label(term).value))

    def _rules(self) -> list[tuple[str, NamedNode, list[Literal]]]:
        """Return the rules that have a rule file: the path, the rule and its sentences."""
        rules = []
        for triple in self._store.triples(predicate=GLOCAL["definedAt"]):
            path, rule = getattr(triple.object, "value", ""), triple.subject
            if path.startswith("rules/") and isinstance(rule, NamedNode):
                sentences = literals(self._store, rule, GLOCAL["ruleSentence"])
                rules.append((path, rule, self._terms.sorted_texts(sentences)))
        return sorted(rules, key=lambda row: row[0])

    def _titles(self, file: OntologyFile) -> list[Literal]:
        header = (triple for triple in file.triples if triple.subject == file.iri)
        titles = (triple.object for triple in header if triple.predicate == DCTERMS["title"])
        return self._terms.sorted_texts(titles)
