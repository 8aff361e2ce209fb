"""A rule's patterns -> a sentence in English and one in Chinese, from the labels."""

from collections.abc import Mapping, Sequence
from typing import Final

from pyoxigraph import Variable

from kg.axioms.graph import OntologyGraph
from kg.namespaces import RDF
from kg.rules.patterns import Atom, Slot, variables_of

_STEMS: Final = "甲乙丙丁戊己庚辛壬癸"


def sentence(graph: OntologyGraph, head: Sequence[Atom], body: Sequence[Atom]) -> Mapping[str, str]:
    """What the rule says; keys "en" and "zh"."""
    return {"en": _english(graph, head, body), "zh": _chinese(graph, head, body)}


def _english(graph: OntologyGraph, head: Sequence[Atom], body: Sequence[Atom]) -> str:
    names = {variable: variable.value.upper() for variable in variables_of((*body, *head))}
    premises = " and ".join(_english_clause(graph, atom, names) for atom in body)
    conclusion = " and ".join(_english_clause(graph, atom, names) for atom in head)
    if not head:
        return f"It cannot be that {premises}."
    if not body:
        return f"{conclusion[0].upper()}{conclusion[1:]}."
    if _is_subsumption(head, body):
        narrow, broad = (_article(graph.label(each[0].object, "en")) for each in (body, head))  # type: ignore[arg-type]
        return f"Whatever is {narrow} is also {broad}."
    return f"If {premises}, then {conclusion}."


def _chinese(graph: OntologyGraph, head: Sequence[Atom], body: Sequence[Atom]) -> str:
    variables = variables_of((*body, *head))
    names = {
        variable: _STEMS[place] if place < len(_STEMS) else f"第{place + 1}者"
        for place, variable in enumerate(variables)
    }
    premises = "，且".join(_chinese_clause(graph, atom, names) for atom in body)
    conclusion = "，且".join(_chinese_clause(graph, atom, names) for atom in head)
    if not head:
        return f"不可能{premises}。"
    if not body:
        return f"{conclusion}。"
    if _is_subsumption(head, body):
        narrow, broad = (graph.label(each[0].object, "zh") for each in (body, head))  # type: ignore[arg-type]
        return f"凡属“{narrow}”者，皆属“{broad}”。"
    return f"若{premises}，则{conclusion}。"


def _is_subsumption(head: Sequence[Atom], body: Sequence[Atom]) -> bool:
    """Whether the rule goes from one named class to another."""
    return len(head) == len(body) == 1 and all(
        atom.predicate == RDF["type"] and not isinstance(atom.object, Variable)
        for atom in (head[0], body[0])
    )


def _english_clause(graph: OntologyGraph, atom: Atom, names: Mapping[Variable, str]) -> str:
    subject = _named(graph, atom.subject, names, "en")
    if atom.predicate == RDF["type"] and not isinstance(atom.object, Variable):
        return f"{subject} is {_article(graph.label(atom.object, 'en'))}"
    relation = _named(graph, atom.predicate, names, "en")
    return f"{subject} {relation} {_named(graph, atom.object, names, 'en')}"


def _chinese_clause(graph: OntologyGraph, atom: Atom, names: Mapping[Variable, str]) -> str:
    subject = _named(graph, atom.subject, names, "zh")
    if atom.predicate == RDF["type"] and not isinstance(atom.object, Variable):
        return f"{subject}属“{graph.label(atom.object, 'zh')}”"
    relation = _named(graph, atom.predicate, names, "zh")
    object_ = _named(graph, atom.object, names, "zh")
    if "……" in relation:
        return f"{subject}“{relation.replace('……', object_)}”"
    return f"{subject}“{relation}”{object_}"


def _named(graph: OntologyGraph, slot: Slot, names: Mapping[Variable, str], language: str) -> str:
    return names[slot] if isinstance(slot, Variable) else graph.label(slot, language)


def _article(label: str) -> str:
    # By sound: a university, a unit, a European state.
    sounds_like_you = label.lower().startswith(("uni", "use", "eu"))
    return f"an {label}" if label[:1].lower() in "aeiou" and not sounds_like_you else f"a {label}"
