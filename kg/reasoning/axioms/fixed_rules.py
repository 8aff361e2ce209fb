"""Rules that are the same for every ontology: equality, datatypes, axioms and RDFS.

They are in `fixed-rules.txt`; see `parse_rules`. A reasoner can apply the rules of table 4 as they
stand, which repeats every triple for every name of its terms. Or it can leave out eq-sym, eq-trans
and eq-rep-*, and merge the names that `owl:sameAs` connects into one representative r. Then
`a owl:sameAs b` becomes `r owl:sameAs r`, a triple that exists only for merged names. All other
rules are correct either way:

- A contradiction of different things has a body `a owl:sameAs b`. If a and b are merged, it becomes
  `r owl:sameAs r` and matches; otherwise it names two representatives that no triple connects.
- A rule that derives `owl:sameAs` (functional properties, keys, at-most-one restrictions) has a
  filter that its two names differ. It fails for two names of one representative.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Variable

from kg.namespaces import OWL, RDF, RDFS, expand
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.rules.datatypes import ILL_TYPED
from kg.reasoning.rules.patterns import Atom, Expression
from kg.reasoning.rules.rule import Rule

_OWL_2_RL: Final = "OWL 2 RL"
# The properties of containers: rdf:_1, rdf:_2 and so on.
_NUMBERED: Final = Literal(f"^{re.escape(RDF)}_[1-9][0-9]*$")


def parse_rules(specification: str, text: str) -> list[Rule]:
    r"""Parse rules of three lines each: `name: body -> head`, and a sentence in both languages.

    Body and head are triples of CURIEs and `?x`, separated by ` . `; a triple may have several
    subjects, with commas. The body of axiomatic triples is `true`, the head of a contradiction
    `false`. `\` continues a line; empty lines and those that begin with `#` are skipped. All rules
    are neutral. The source of each is the specification with its name.
    """
    joined = re.sub(r"\\\n *", "", text).splitlines()
    lines = filter(None, (line.strip() for line in joined if not line.startswith("#")))
    rules = []
    for statement, english, chinese in zip(lines, lines, lines, strict=True):
        name, _, logic = statement.partition(": ")
        body, head = (tuple(_parse_atoms(part)) for part in logic.split(" -> "))
        sentence, source = {"en": english, "zh": chinese}, f"{specification} {name}"
        rules.append(Rule(name, head, body, sentence=sentence, source=source))
    return rules


def _parse_atoms(text: str) -> Iterator[Atom]:
    for triple in () if text in {"true", "false"} else text.split(" . "):
        subjects, predicate, object_ = triple.split()
        for subject in subjects.split(","):
            yield Atom(*map(_parse_term, (subject, predicate, object_)))


def _parse_term(text: str) -> NamedNode | Variable:
    return Variable(text[1:]) if text.startswith("?") else expand(text)


def _read_rules(specification: str, *prefixes: str) -> list[Rule]:
    """Return the rules in the file whose names begin with one of the prefixes."""
    return [rule for rule in parse_rules(specification, _text()) if rule.name.startswith(prefixes)]


@cache
def _text() -> str:
    """Return the text of the file, which a process that may open no files has read before."""
    return Path(__file__).with_name("fixed-rules.txt").read_text("utf-8")


def equality_rules() -> list[Rule]:
    """Return the rules of table 4, named as there."""
    return _read_rules(_OWL_2_RL, "eq-")


def datatype_rules() -> list[Rule]:
    """Return dt-type1, and dt-not-type, which checks every triple."""
    types, ill_typed = _read_rules(_OWL_2_RL, "dt-")
    return [types, replace(ill_typed, filters=(Expression(ILL_TYPED, (Variable("y"),)),))]


def rdfs_rules() -> list[Rule]:
    """Return the rules by name; rdfs4a and rdfs4b give a type to every subject and object."""
    is_numbered = Expression("REGEX", (Expression("STR", (Variable("p"),)), _NUMBERED))
    return [
        replace(rule, filters=(is_numbered,)) if rule.name == "rdfs-axioms-n" else rule
        for rule in _read_rules("RDF 1.1 Semantics", "rdf")
    ]


def schema_rules(ontology: Iterable[Quad]) -> list[Rule]:
    """Return the rules of table 9, for which the ontology is among the facts, and axiomatic ones.

    There is one scm-int or scm-uni for each list. The rules contain the ontology's blank nodes, so
    the facts must include the same quads and not a second parse of the file. An ill-formed list or
    cyclic expression is an `UnsupportedAxiom`. The project's release leaves these rules out: nobody
    queries its derived graph for the complete hierarchy.
    """
    graph = OntologyGraph(ontology)
    list_rules = [*_list_rules(graph, "intersectionOf"), *_list_rules(graph, "unionOf")]
    return [*_read_rules(_OWL_2_RL, "prp-", "cls-", "scm-"), *list_rules]


def _list_rules(graph: OntologyGraph, key: str) -> Iterator[Rule]:
    """Yield a rule for each list of classes whose intersection or union is some class."""
    class_, is_union = Variable("c"), key == "unionOf"
    name = "scm-uni" if is_union else "scm-int"
    ends = (None, class_) if is_union else (class_, None)
    lists = dict.fromkeys(members for _, members in graph.subjects_and_objects(OWL[key]))
    for number, members in enumerate(lists, start=1):
        parts = [part for part in graph.list_members(members) if not isinstance(part, Literal)]
        head = tuple(Atom(ends[0] or part, RDFS["subClassOf"], ends[1] or part) for part in parts)
        english, chinese = (
            mark.join(graph.label(part, language) for part in parts)
            for mark, language in ((", ", "en"), ("、", "zh"))
        )
        sentence = {
            "en": f"The intersection of {english} is within each of them.",
            "zh": f"{chinese}之交是其中每一类的子类。",
        }
        if is_union:
            sentence["en"] = f"Each of {english} is within their union."
            sentence["zh"] = f"{chinese}皆为其并的子类。"
        if head:
            body = (Atom(class_, OWL[key], members),)
            yield Rule(f"{name}-{number}", head, body, sentence=sentence, source=f"OWL 2 RL {name}")
