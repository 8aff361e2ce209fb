"""The ontology as one page: an overview first, then the terms, rules and alignments.

The overview has the modules, the tree of classes, and the properties by relation pattern. Each term
is an article with its labels and definition, its axioms and notes folded, and an anchor: the
fragment of its IRI.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from kg import namespaces
from kg.describe.description import literals, sorted_iris
from kg.describe.glossary import AXIOM_PROPERTIES, Glossary, RelationPatterns
from kg.namespaces import BASE, DCTERMS, GLOCAL, GRAPH, ONTOLOGY, OWL, RDF, RDFS, RULE, shorten
from kg.reasoning.rules.rule import Rule
from kg.store.quad_store import Store
from service.answers.formats import HTML
from service.http.documents import Documents
from service.http.negotiation import Language
from service.pages.ontology_files import OntologyFile
from service.pages.terms import TermWriter

_ALIGNMENTS: Final = "alignments/"
# The section that says so if it has no content.
_DEPRECATED: Final = "deprecated"
_NOTES: Final = ("skos:scopeNote", "skos:example", "skos:note", "skos:editorialNote")
_CURIE: Final = re.compile(rf"\b((?:{'|'.join(namespaces.PREFIXES)}):[A-Za-z][\w-]*)")
_PROPERTIES: Final = (OWL["ObjectProperty"], OWL["DatatypeProperty"], OWL["AnnotationProperty"])

Files = Mapping[str, OntologyFile]
# Terms, each with those below it.
Tree = list[tuple[NamedNode, "Tree"]]
# What stands on one line, and whether it is a modelling decision.
Line = tuple[Sequence["str | NamedNode | Literal"], bool]


class OntologyPageWriter:
    """Writes the page about the ontology of one release, whose `files` may have several paths."""

    def __init__(self, store: Store, files: Files) -> None:
        self._store = store
        self._glossary = Glossary(store.quads_of_graph(GRAPH["ontology"]), GLOCAL)
        names: dict[NamedNode, str] = {}
        for name, file in files.items():
            names[file.iri] = min(name, names.get(file.iri, name), key=len)
        self._files = {name: files[name] for name in sorted(names.values())}
        self._writers = lru_cache(partial(TermWriter, store))

    def page(self, about: Documents, language: Language) -> bytes:
        """Write the page about the whole ontology in this language."""
        terms = self._writers(language)
        ontology = _Ontology(self._store, self._glossary, self._files, terms)
        return terms.write_page(
            "ontology.html",
            title=terms.label(ONTOLOGY).value,
            path=about.path(HTML),
            links=about.links_from(HTML),
            place="ontology",
            way=[terms.say("ontology")],
            documents=about,
            ontology=ONTOLOGY,
            glossary=self._glossary,
            parts=[part for part in ontology.parts() if part[2] or part[1] == _DEPRECATED],
            texts=ontology.texts,
            rows=ontology.rows,
            members=ontology.members,
            kind_of_classes=OWL["Class"],
        )


class _Ontology:
    """Prepares what the template shows of the ontology."""

    def __init__(self, store: Store, glossary: Glossary, files: Files, terms: TermWriter) -> None:
        self._store, self._glossary, self._files, self._terms = store, glossary, files, terms
        self._aligned = self._read_alignments()
        types = store.triples(predicate=RDF["type"])
        self.members = Counter(triple.object for triple in types)

    def parts(self) -> Iterator[tuple[str, str, Sequence[Any]]]:
        """Yield title, name and content of each section; the content may be empty."""
        say, glossary = self._terms.say, self._glossary
        imports = self._store.triples(ONTOLOGY, OWL["imports"], graph=GRAPH["ontology"])
        imported = {triple.object for triple in imports}
        modules = {name: file for name, file in self._files.items() if file.iri in imported}
        by_module = self._terms_by_module(modules)
        rows = [(name, file.iri, len(by_module[name])) for name, file in modules.items()]
        yield say("modules"), "modules", rows
        classes = self._hierarchy(glossary.top_terms((OWL["Class"],)))
        yield say("hierarchy-classes"), "classes", classes
        yield say("onto-properties"), "properties", self._properties(modules, by_module)
        yield say("metadata"), "about", self._metadata()
        for name, members in by_module.items():
            title = self._terms.macros["name"](modules[name].iri) if name else say("terms")
            yield title, f"module-{name}", members
        yield say("rules"), "rules", self._rules()
        alignments = [file for name, file in self._files.items() if name.startswith(_ALIGNMENTS)]
        yield say("alignments"), "alignments", [(f.iri, self._titles(f)) for f in alignments]
        outside = [term for term in glossary.outside_terms if not namespaces.is_in(term, BASE)]
        yield say("outside-terms"), "outside", outside
        deprecated = [iri for iri in glossary.terms if glossary.replacements(iri) is not None]
        yield say("deprecated"), _DEPRECATED, deprecated

    def texts(self, term: NamedNode, *names: str) -> list[Literal]:
        """Return the values of properties, named by CURIEs, in the ontology."""
        graph, predicates = self._glossary.graph, map(namespaces.expand, names)
        values = (value for predicate in predicates for value in graph.objects(term, predicate))
        return self._terms.sorted_texts(values)

    def rows(self, term: NamedNode) -> Iterator[tuple[str, list[Line]]]:
        """Yield the axioms, notes and alignments of a term: names, each with its lines."""
        say, word, glossary = self._terms.say, self._terms.macros["word"], self._glossary
        yield say("super"), [self._broader(term, iri) for iri in glossary.broader(term)]
        narrower = [piece for iri in glossary.narrower(term) for piece in (say("comma"), iri)]
        yield say("sub"), [(narrower[1:], False)] if narrower else []
        characteristics = [shorten(iri.value) for iri in glossary.characteristics(term)]
        yield say("characteristics"), [([word(name)], False) for name in characteristics]
        axioms: defaultdict[NamedNode, list[Line]] = defaultdict(list)
        for axiom in glossary.axioms(term):
            axioms[axiom.relation].append((_split_expression(axiom.text), axiom.is_decision))
        for relation in filter(axioms.get, AXIOM_PROPERTIES):
            yield word(shorten(relation.value)), axioms[relation]
        yield say("in-words"), [self._rule(rule) for rule in glossary.rules_for(term)]
        for note in _NOTES:
            texts = self._terms.own_texts(self.texts(term, note))
            yield word(note), [([text], False) for text in texts]
        yield say("alignments"), self._aligned.get(term, [])

    def _metadata(self) -> list[tuple[str, list[Literal | NamedNode]]]:
        """Return the properties of the ontology's header with their values, the title first."""
        values: defaultdict[NamedNode, list[object]] = defaultdict(list)
        for triple in self._store.triples(ONTOLOGY, graph=GRAPH["ontology"]):
            if triple.predicate not in (RDF["type"], OWL["imports"]):
                values[triple.predicate].append(triple.object)
        title, description = DCTERMS["title"], DCTERMS["description"]
        order = sorted(values, key=lambda name: (name != title, name != description, name.value))
        texts = self._terms.own_texts
        return [(shorten(p.value), [*texts(values[p]), *sorted_iris(values[p])]) for p in order]

    def _terms_by_module(self, modules: Files) -> Mapping[str, list[NamedNode]]:
        """Return the terms by the name of the module that declares them, empty if none does."""
        declared = {
            triple.subject: name
            for name, file in modules.items()
            for triple in file.triples
            if triple.predicate == RDF["type"]
        }
        by_module: dict[str, list[NamedNode]] = {name: [] for name in modules}
        for term in self._glossary.terms:
            by_module.setdefault(declared.get(term, ""), []).append(term)
        return by_module

    def _hierarchy(self, tops: Iterable[NamedNode], above: Sequence[NamedNode] = ()) -> Tree:
        """Return these terms and all below them; a term is under each broader one.

        If the hierarchy has a cycle, it ends where a term would appear below itself.
        """
        terms = self._by_label(set(tops) - {*above})
        below = self._glossary.direct_narrower
        return [(term, self._hierarchy(below(term), (*above, term))) for term in terms]

    def _properties(
        self, modules: Files, by_module: Mapping[str, Sequence[NamedNode]]
    ) -> list[tuple[NamedNode | None, list[NamedNode]]]:
        """Return the properties of each relation pattern; then those of none, by module."""
        patterns = RelationPatterns(self._store).patterns
        of_patterns: defaultdict[NamedNode | None, list[NamedNode]] = defaultdict(list)
        of_modules: defaultdict[NamedNode | None, list[NamedNode]] = defaultdict(list)
        for name, members in by_module.items():
            for term in (one for one in members if self._glossary.terms[one] in _PROPERTIES):
                found = patterns.get(term)
                for pattern in sorted_iris(found or ()):
                    of_patterns[pattern].append(term)
                if not found:
                    of_modules[modules[name].iri if name else None].append(term)
        groups = [*sorted(of_patterns.items(), key=str), *of_modules.items()]
        return [(group, self._by_label(members)) for group, members in groups]

    def _by_label(self, terms: Iterable[NamedNode]) -> list[NamedNode]:
        return sorted(terms, key=lambda term: self._terms.label(term).value)

    def _rules(self) -> list[tuple[str, NamedNode, list[Literal]]]:
        """Return the rules that have a rule file: the path, the rule and its sentences."""
        rules = []
        for triple in self._store.triples(predicate=GLOCAL["definedAt"]):
            path, rule = getattr(triple.object, "value", ""), triple.subject
            if path.startswith("rules/") and isinstance(rule, NamedNode):
                sentences = literals(self._store, rule, GLOCAL["ruleSentence"])
                rules.append((path, rule, self._terms.sorted_texts(sentences)))
        return sorted(rules, key=lambda row: row[0])

    def _read_alignments(self) -> Mapping[NamedNode, list[Line]]:
        own, macros, is_in = self._glossary.terms, self._terms.macros, namespaces.is_in
        alignments: defaultdict[NamedNode, list[Line]] = defaultdict(list)
        for name, file in self._files.items():
            for triple in file.triples if name.startswith(_ALIGNMENTS) else ():
                term, other = triple.subject, triple.object
                if is_in(term, GLOCAL) and term in own and isinstance(other, NamedNode):
                    relation = macros["word"](shorten(triple.predicate.value))
                    link = macros["code_link"](other)
                    alignments[term].append(([relation, self._terms.say("colon"), link], False))
        return alignments

    def _titles(self, file: OntologyFile) -> list[Literal]:
        header = (triple for triple in file.triples if triple.subject == file.iri)
        titles = (triple.object for triple in header if triple.predicate == DCTERMS["title"])
        return self._terms.sorted_texts(titles)

    def _broader(self, term: NamedNode, broader: NamedNode) -> Line:
        relations = (RDFS["subClassOf"], RDFS["subPropertyOf"])
        is_decision = self._glossary.is_modelling_decision
        return [broader], any(is_decision(term, relation, broader) for relation in relations)

    def _rule(self, rule: Rule) -> Line:
        sentence = rule.sentence.get(self._terms.language) or next(iter(rule.sentence.values()))
        return [sentence, " ", self._terms.macros["rule_link"](RULE[rule.name])], False


def _split_expression(text: str) -> list[str | NamedNode]:
    """Split an expression into its CURIEs, as IRIs, and the text between them."""
    parts = _CURIE.split(text)
    return [namespaces.expand(part) if index % 2 else part for index, part in enumerate(parts)]
