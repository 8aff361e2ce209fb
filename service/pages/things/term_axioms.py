"""A term in the ontology: its names, a query for it, its place, axioms and alignments."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from markupsafe import Markup
from pyoxigraph import NamedNode

from kg import namespaces
from kg.describe.description import sorted_iris
from kg.describe.glossary import AXIOM_PROPERTIES, Glossary
from kg.namespaces import GLOCAL, OWL, RDF, RDFS, RULE, expand_all, shorten
from kg.reasoning.rules.patterns import Atom
from kg.reasoning.rules.rule import Rule
from service.pages.ontology_files import OntologyFile
from service.pages.terms import TermWriter

ALIGNMENTS: Final = "alignments/"
# The outgoing statements about a term, and the incoming ones, that the axioms say more fully.
SAID_BY_AXIOMS: Final = frozenset({*AXIOM_PROPERTIES, *expand_all("rdfs:subPropertyOf rdf:type")})
SAID_BY_PLACE: Final = frozenset({RDFS["subClassOf"], RDFS["subPropertyOf"]})
# The axioms told here; `TermUses` tells the others.
_TOLD_HERE: Final = [
    one for one in AXIOM_PROPERTIES if one not in expand_all("rdfs:domain rdfs:range owl:inverseOf")
]
# The query for a class and for an individual; that for other terms is for a property.
_QUERIES: Final = {
    OWL["Class"]: ("onto-ask-members", "SELECT ?member { ?member a %s }"),
    OWL["NamedIndividual"]: (
        "onto-ask-value",
        "SELECT ?subject ?property { ?subject ?property %s }",
    ),
}
_QUERY_OF_PROPERTY: Final = (
    "onto-ask-statements",
    "SELECT ?subject ?object { ?subject %s ?object }",
)
_CURIE: Final = re.compile(rf"\b((?:{'|'.join(namespaces.PREFIXES)}):[A-Za-z][\w-]*)")
# A restriction whose parts are named, which is written as a sentence says it.
_RESTRICTION: Final = re.compile(rf"\({_CURIE.pattern} (value|some|only) {_CURIE.pattern}\)")
# What a language of pages may write otherwise: a keyword or a bracket.
_WORD: Final = re.compile(r"\b[A-Za-z]+\b|[()]")

# Name prefixes of rules that only restate the hierarchy or a characteristic.
_ORDERING: Final = ("cax-sco-", "prp-spo1-", "prp-symp-", "prp-trp-", "prp-inv")
# Rules beyond this number are folded.
_MAX_RULES: Final = 5

Files = Mapping[str, OntologyFile]


class Line(NamedTuple):
    """An axiom or the like, whether it is a decision of the ontology's authors, and a note."""

    words: Markup
    is_decision: bool = False
    note: Markup = Markup()


class TermAxioms:
    """Writes the axioms of the terms of one ontology, whose `files` may have several paths.

    `read_rules` returns the rules of its axioms, and those of files.
    """

    def __init__(
        self, glossary: Glossary, files: Files, read_rules: Callable[[], Iterable[Rule]] = tuple
    ) -> None:
        self.glossary, self._files, self._read_rules = glossary, files, read_rules

    def build(self) -> None:
        """Build what is otherwise built for the first term."""
        _ = self._rules, self.glossary.terms, self._modules, self._aligned

    def rows(self, terms: TermWriter, term: NamedNode) -> list[tuple[Markup, list[Line]]]:
        """Return what is said of a term: names, each with its lines, of which there is one."""
        if term not in self.glossary.terms:
            return []
        return [(name, lines) for name, lines in self._rows(terms, term) if lines]

    def _rows(self, terms: TermWriter, term: NamedNode) -> Iterator[tuple[Markup, list[Line]]]:
        say, word, glossary = terms.say, terms.macros["word"], self.glossary
        copied = terms.macros["copied"]
        yield Markup("CURIE"), [Line(copied(shorten(term.value)))]
        yield Markup("IRI"), [Line(copied(term.value))]
        yield say("onto-ask"), [self._ask(terms, term)]
        modules = [self._modules[term]] if term in self._modules else []
        yield (
            say("module"),
            [Line(terms.macros["link_as"](one, terms.macros["name"](one))) for one in modules],
        )
        kind = "properties" if _is_property(glossary.terms[term]) else "classes"
        above = [self._broader(terms, term, one) for one in glossary.broader(term)]
        yield say(f"super-{kind}"), above
        yield say(f"sub-{kind}"), self._narrower(terms, term)
        axioms: defaultdict[NamedNode, list[Line]] = defaultdict(list)
        for axiom in glossary.axioms(term):
            line = Line(write_expression(terms, axiom.text), axiom.is_decision)
            axioms[axiom.relation].append(line)
        for relation in filter(axioms.get, _TOLD_HERE):
            yield word(shorten(relation.value)), axioms[relation]
        said, used = ([_write_rule(terms, one) for one in several[term]] for several in self._rules)
        yield say("in-words"), said
        if len(used) > _MAX_RULES:
            listed = Markup("<br>").join(line.words for line in used)
            shown = say("rules-show", count=len(used))
            used = [Line(terms.macros["folded"](shown, listed))]
        yield say("onto-rules"), used
        yield (
            say("alignments"),
            [
                Line(
                    word(shorten(relation.value)) + say("colon") + terms.macros["code_link"](other)
                )
                for relation, other in self._aligned[term]
            ],
        )

    @cached_property
    def _rules(self) -> tuple[Mapping[Any, list[Rule]], Mapping[Any, list[Rule]]]:
        """The rules of axioms that derive or forbid statements with a term; others that use it."""
        said: defaultdict[Any, list[Rule]] = defaultdict(list)
        used: defaultdict[Any, list[Rule]] = defaultdict(list)
        for rule in self._read_rules():
            is_axiom = not rule.location.startswith("rules/")
            is_told = is_axiom and not rule.name.startswith(_ORDERING)
            told = _terms_of(rule.head or rule.body) if is_told else set()
            parts = [rule.head, rule.body, *(one.body for one in rule.negated)]
            others = _terms_of(chain(*parts, rule.aggregate.body if rule.aggregate else ()))
            for several, terms in ((said, told), (used, others - told)):
                for term in terms:
                    several[term].append(rule)
        return said, used

    def _ask(self, terms: TermWriter, term: NamedNode) -> Line:
        """Link the query for the members of a class, or the statements with another term."""
        key, query = _QUERIES.get(self.glossary.terms[term], _QUERY_OF_PROPERTY)
        text = f"PREFIX glocal: <{GLOCAL}>\n{query % shorten(term.value)}"
        path = f"/sparql?{urlencode({'query': text})}"
        return Line(terms.macros["local_link"](path, terms.say(key)))

    def _broader(self, terms: TermWriter, term: NamedNode, broader: NamedNode) -> Line:
        is_decision = self.glossary.is_modelling_decision
        decided = any(is_decision(term, relation, broader) for relation in SAID_BY_PLACE)
        return Line(terms.link(broader), decided)

    def _narrower(self, terms: TermWriter, term: NamedNode) -> list[Line]:
        """Write the terms directly below a term, then those further below, folded."""
        direct = self.glossary.direct_narrower(term)
        further = sorted_iris(self.glossary.all_narrower(term) - {*direct, term})
        nearest, others = (
            terms.say("comma").join(terms.link(one) for one in several)
            for several in (direct, further)
        )
        folded = terms.macros["folded"](terms.say("sub-further", count=len(further)), others)
        return [Line(nearest), *([Line(folded)] if further else [])] if direct else []

    @cached_property
    def _modules(self) -> Mapping[object, NamedNode]:
        """The module that declares each term."""
        return {
            triple.subject: file.iri
            for name, file in self._files.items()
            if "/" not in name
            for triple in file.triples
            if triple.predicate == RDF["type"] and triple.subject != file.iri
        }

    @cached_property
    def _aligned(self) -> Mapping[object, Sequence[tuple[NamedNode, NamedNode]]]:
        """The alignments of the terms: relations and terms of other vocabularies."""
        aligned: defaultdict[object, list[tuple[NamedNode, NamedNode]]] = defaultdict(list)
        for file in dict.fromkeys(f for n, f in self._files.items() if n.startswith(ALIGNMENTS)):
            for triple in file.triples:
                if isinstance(triple.object, NamedNode):
                    aligned[triple.subject].append((triple.predicate, triple.object))
        return aligned


def _is_property(kind: NamedNode) -> bool:
    return kind.value.endswith("Property")


def write_expression(terms: TermWriter, text: str) -> Markup:
    """Write an expression of the Manchester syntax: its CURIEs as links, its words translated.

    A restriction reads as in a sentence: "is of kind city", not "is of kind value city". If all
    parts of the expression are so, or names, it needs no parentheses.
    """
    if re.fullmatch(r"\([^()]*\)", _RESTRICTION.sub("", text)):
        text = text[1:-1]
    parts, written = _RESTRICTION.split(text), list[Markup]()
    for start in range(0, len(parts), 4):
        plain, *restriction = parts[start : start + 4]
        written += [_write_plain(terms, plain), _write_restriction(terms, *restriction)]
    return Markup("").join(written)


def _write_restriction(
    terms: TermWriter, relation: str = "", word: str = "", filler: str = ""
) -> Markup:
    """Write the property of a restriction with its filler; nothing if there is none."""
    if not relation:
        return Markup()
    end = terms.link(namespaces.expand(filler))
    end = end if word == "value" else terms.say(f"restriction-{word}", end=end)
    return terms.relation(namespaces.expand(relation), end)


def _write_plain(terms: TermWriter, text: str) -> Markup:
    parts = _CURIE.split(text)
    return Markup("").join(
        terms.link(namespaces.expand(part))
        if index % 2
        else _WORD.sub(lambda word: terms.words.get(f"manchester-{word[0]}", word[0]), part)
        for index, part in enumerate(parts)
    )


def _terms_of(atoms: Iterable[Atom]) -> set[Any]:
    return {one.object if one.predicate == RDF["type"] else one.predicate for one in atoms}


def _write_rule(terms: TermWriter, rule: Rule) -> Line:
    sentence = rule.sentence.get(terms.language) or next(iter(rule.sentence.values()))
    return Line(Markup("{} {}").format(sentence, terms.macros["rule_link"](RULE[rule.name])))
