"""A rule's patterns -> a sentence in English and one in Chinese, from the labels."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from pyoxigraph import Variable

from kg.axioms.conditions import clause
from kg.axioms.graph import OntologyGraph
from kg.namespaces import OWL, RDF
from kg.reasoning.rules.patterns import Atom, Filter, Slot, variables_of

_STEMS: Final = "甲乙丙丁戊己庚辛壬癸"


def sentence(
    graph: OntologyGraph, head: Sequence[Atom], body: Sequence[Atom], filters: Sequence[Filter] = ()
) -> Mapping[str, str]:
    """What the rule says; keys "en" and "zh"."""
    return {
        "en": _english(graph, head, body, filters),
        "zh": _chinese(graph, head, body, filters),
    }


def _english(
    graph: OntologyGraph, head: Sequence[Atom], body: Sequence[Atom], filters: Sequence[Filter]
) -> str:
    names = {variable: variable.value.upper() for variable in variables_of((*body, *head))}
    if not filters and _is_subsumption(head, body):
        narrow, broad = (_article(graph.label(each[0].object, "en")) for each in (body, head))  # type: ignore[arg-type]
        return f"Whatever is {narrow} is also {broad}."
    said, demanded = _sorted(head, filters)
    name = partial(_named, graph, names=names, language="en")
    premises = " and ".join(
        [_english_clause(graph, atom, names) for atom in body]
        + [clause(condition, name, "en") for condition in said]
    )
    conclusion = " and ".join(
        [_english_clause(graph, atom, names) for atom in head]
        + [clause(condition, name, "en", denied=True) for condition in demanded]
    )
    if not conclusion:
        return f"It cannot be that {premises}." if premises else "This cannot be."
    if not premises:
        return f"{conclusion[0].upper()}{conclusion[1:]}."
    return f"If {premises}, then {conclusion}."


def _chinese(
    graph: OntologyGraph, head: Sequence[Atom], body: Sequence[Atom], filters: Sequence[Filter]
) -> str:
    names = {
        variable: _STEMS[place] if place < len(_STEMS) else f"第{place + 1}者"
        for place, variable in enumerate(variables_of((*body, *head)))
    }
    if not filters and _is_subsumption(head, body):
        narrow, broad = (graph.label(each[0].object, "zh") for each in (body, head))  # type: ignore[arg-type]
        return f"凡属“{narrow}”者，皆属“{broad}”。"
    said, demanded = _sorted(head, filters)
    name = partial(_named, graph, names=names, language="zh")
    clauses = [_chinese_clause(graph, atom, names) for atom in body]
    clauses += [clause(condition, name, "zh") for condition in said]
    premises = "，且".join(clauses)
    conclusion = "，且".join(
        [_chinese_clause(graph, atom, names) for atom in head]
        + [clause(condition, name, "zh", denied=True) for condition in demanded]
    )
    if not conclusion:
        if len(clauses) > 1:
            return f"不可能同时成立：{'；'.join(clauses)}。"
        return f"不可能{premises}。" if premises else "此不可能成立。"
    return f"若{premises}，则{conclusion}。" if premises else f"{conclusion}。"


def _sorted(
    head: Sequence[Atom], filters: Sequence[Filter]
) -> tuple[Sequence[Filter], Sequence[Filter]]:
    """The filters to say as premises, and those whose contrary is what the rule demands.

    A contradiction where a condition is not met demands the condition. That two names must
    differ to be the same goes without saying.
    """
    if head:
        is_about_equality = head[0].predicate == OWL["sameAs"]
        said = [each for each in filters if not (is_about_equality and each.operator == "!=")]
        return said, ()
    demanded = [each for each in filters if each.operator == "!"][-1:]
    return [each for each in filters if each not in demanded], demanded


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
    if atom.predicate == OWL["sameAs"]:
        return f"{subject} is the same as {_named(graph, atom.object, names, 'en')}"
    relation = _named(graph, atom.predicate, names, "en")
    return f"{subject} {relation} {_named(graph, atom.object, names, 'en')}"


def _chinese_clause(graph: OntologyGraph, atom: Atom, names: Mapping[Variable, str]) -> str:
    subject = _named(graph, atom.subject, names, "zh")
    if atom.predicate == RDF["type"] and not isinstance(atom.object, Variable):
        return f"{subject}属“{graph.label(atom.object, 'zh')}”"
    relation = _named(graph, atom.predicate, names, "zh")
    object_ = _named(graph, atom.object, names, "zh")
    if atom.predicate == OWL["sameAs"]:
        return f"{subject}与{object_}为同一者"
    if "……" in relation:
        return f"{subject}“{relation.replace('……', object_)}”"
    return f"{subject}“{relation}”{object_}"


def _named(graph: OntologyGraph, slot: Slot, names: Mapping[Variable, str], language: str) -> str:
    return names[slot] if isinstance(slot, Variable) else graph.label(slot, language)


def _article(label: str) -> str:
    # By sound: a university, a unit, a European state.
    sounds_like_you = label.lower().startswith(("uni", "use", "eu"))
    return f"an {label}" if label[:1].lower() in "aeiou" and not sounds_like_you else f"a {label}"
