"""Write a rule as a sentence in English and in Chinese, using the labels of its terms."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from pyoxigraph import Variable

from kg.namespaces import OWL, RDF, shorten
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.rules.datatypes import RESTRICTION
from kg.reasoning.rules.patterns import Atom, Expression, TermOrVariable, variables_of

# (Condition, language) -> (phrase, negated phrase). They are part of the sentences in a release.
# "STRLEN>=" stands for the operator >= applied to a STRLEN.
_PHRASES: Final = {
    (condition, language): phrases
    for line in Path(__file__).with_name("phrases.tsv").read_text("utf-8").splitlines()[1:]
    for condition, *cells in (line.split("\t"),)
    for language, phrases in (("en", cells[:2]), ("zh", cells[2:]))
}
_CONJUNCTIONS: Final = {"en": {"&&": " and ", "||": " or "}, "zh": {"&&": "，且", "||": "，或"}}
_BRACKETS: Final = {"en": "({})", "zh": "（{}）"}
_DUAL: Final = {"&&": "||", "||": "&&"}
# The phrases of an instance of a class, and of two names of one individual.
_IS_A: Final = {"en": "{} is {}", "zh": "{}属{}"}
_IS_SAME: Final = {"en": "{} is the same as {}", "zh": "{}与{}为同一者"}
# The ten heavenly stems name variables in Chinese, as X, Y and Z do in English.
_STEMS: Final = "甲乙丙丁戊己庚辛壬癸"


def write_sentences(
    graph: OntologyGraph,
    head: Sequence[Atom],
    body: Sequence[Atom],
    filters: Sequence[Expression] = (),
) -> Mapping[str, str]:
    """Return the rule as sentences under the keys "en" and "zh"."""
    variables = variables_of((*body, *head))
    stems = [*_STEMS, *(f"第{number}者" for number in range(len(_STEMS) + 1, len(variables) + 1))]
    english = _Phrases(graph, "en", {each: each.value.upper() for each in variables})
    chinese = _Phrases(graph, "zh", dict(zip(variables, stems, strict=False)))
    if not filters and len(head) == len(body) == 1 and _is_type(head[0]) and _is_type(body[0]):
        narrow, broad = body[0].object, head[0].object
        return {
            "en": f"Whatever is {english.class_name(narrow)} is also {english.class_name(broad)}.",
            "zh": f"凡属{chinese.class_name(narrow)}者，皆属{chinese.class_name(broad)}。",
        }
    assumed, required = _split_filters(head, filters)
    (english_if, english_then), (chinese_if, chinese_then) = (
        (phrases.clauses(body, assumed), phrases.clauses(head, required, denied=True))
        for phrases in (english, chinese)
    )
    zh = _chinese(chinese_if, chinese_then)
    if not (head or filters) and _are_types_of_one(body):
        zh = chinese.both(*body)
    return {"en": _english(english_if, english_then), "zh": zh}


def _english(premises: Sequence[str], conclusions: Sequence[str]) -> str:
    premise, conclusion = " and ".join(premises), " and ".join(conclusions)
    if not conclusion:
        return f"It cannot be that {premise}." if premise else "This cannot be."
    if not premise:
        return f"{conclusion[0].upper()}{conclusion[1:]}."
    return f"If {premise}, then {conclusion}."


def _chinese(premises: Sequence[str], conclusions: Sequence[str]) -> str:
    premise, conclusion = "，且".join(premises), "，且".join(conclusions)
    if not conclusion:
        if len(premises) > 1:
            return f"不可能同时成立：{'；'.join(premises)}。"
        return f"不可能{premise}。" if premise else "此不可能成立。"
    return f"若{premise}，则{conclusion}。" if premise else f"{conclusion}。"


def _is_type(atom: Atom) -> bool:
    """Return whether the pattern says that something is an instance of a given class."""
    return atom.predicate == RDF["type"] and not isinstance(atom.object, Variable)


def _are_types_of_one(body: Sequence[Atom]) -> bool:
    """Return whether the patterns say that one thing is an instance of two classes."""
    return len(body) == 2 and all(map(_is_type, body)) and body[0].subject == body[1].subject


def _split_filters(
    head: Sequence[Atom], filters: Sequence[Expression]
) -> tuple[Sequence[Expression], Sequence[Expression]]:
    """Return the filters to write as premises, and those to write negated as the conclusion.

    A contradiction that applies if a condition fails reads as a requirement of that condition.
    A rule that derives `owl:sameAs` does not mention its filter that the two names differ.
    """
    if head:
        derives_equality = head[0].predicate == OWL["sameAs"]
        return [each for each in filters if not (derives_equality and each.operator == "!=")], ()
    required = [each for each in filters if each.operator == "!"][-1:]
    return [each for each in filters if each not in required], required


class _Phrases:
    """Puts the patterns and filters of one rule into words of one language."""

    def __init__(self, graph: OntologyGraph, language: str, names: Mapping[Variable, str]) -> None:
        self._graph, self._language, self._names = graph, language, names

    def clauses(
        self, atoms: Sequence[Atom], conditions: Sequence[Expression], *, denied: bool = False
    ) -> list[str]:
        """Return the patterns, and the conditions or their negations."""
        texts = (self._condition(condition, denied=denied) for condition in conditions)
        return [*map(self._clause, atoms), *texts]

    def class_name(self, term: TermOrVariable) -> str:
        """Return the label of a class, with an article or in quotation marks."""
        label = self._name(term)
        if self._language == "zh":
            return f"“{label}”"
        # The article follows the sound: a university, a unit, a European state.
        lower = label.lower()
        takes_an = lower[:1] in "aeiou" and not lower.startswith(("uni", "use", "eu"))
        return f"an {label}" if takes_an else f"a {label}"

    def both(self, one: Atom, other: Atom) -> str:
        """Return in Chinese that nothing is in both classes."""
        thing, *classes = map(self._name, (one.subject, one.object, other.object))
        return f"{thing}不能既是{classes[0]}又是{classes[1]}。"

    def _name(self, slot: TermOrVariable) -> str:
        if isinstance(slot, Variable):
            return self._names[slot]
        return self._graph.label(slot, self._language)

    def _clause(self, atom: Atom) -> str:
        subject = self._name(atom.subject)
        if _is_type(atom):
            return _IS_A[self._language].format(subject, self.class_name(atom.object))
        object_ = self._name(atom.object)
        if atom.predicate == OWL["sameAs"]:
            return _IS_SAME[self._language].format(subject, object_)
        relation = self._name(atom.predicate)
        if self._language == "en":
            return f"{subject} {relation} {object_}"
        if "……" in relation:
            return f"{subject}“{relation.replace('……', object_)}”"
        return f"{subject}“{relation}”{object_}"

    def _condition(self, condition: Expression, *, denied: bool) -> str:
        """Return the condition in words; with `denied`, its negation."""
        arguments = condition.arguments
        operator = "&&" if condition.operator == RESTRICTION else condition.operator
        if operator == "!" and isinstance(arguments[0], Expression):
            return self._condition(arguments[0], denied=not denied)
        if operator in _DUAL:
            inner = [each for each in arguments if isinstance(each, Expression)]
            parts = [self._condition(each, denied=denied) for each in inner]
            # De Morgan: the negation of "a and b" is "not a or not b".
            connective = _DUAL[operator] if denied else operator
            text = _CONJUNCTIONS[self._language][connective].join(parts)
            return _BRACKETS[self._language].format(text) if connective == "||" else text
        first, second = arguments[0], arguments[1]
        is_constant = operator == "dt-eq" and not isinstance(second, Variable)
        key = "dt-eq-constant" if is_constant else operator
        while isinstance(first, Expression):
            key = f"STRLEN{operator}" if first.operator == "STRLEN" else key
            first = first.arguments[0]
        if isinstance(second, Expression):  # no compiled axiom compares with a calculated value
            operand = second.operator
        elif operator == "dt-type2":
            operand = shorten(second.value)
        elif operator == "REGEX":
            operand = second.value.removeprefix("^(?:").removesuffix(")$")
        else:
            operand = self._name(second)
        return _PHRASES[key, self._language][denied].format(self._name(first), operand)
