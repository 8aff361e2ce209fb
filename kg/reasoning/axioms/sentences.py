"""Put a filter of a compiled axiom into words, in English or Chinese.

Write a rule as a sentence in English and in Chinese, using the labels of its terms.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from pyoxigraph import Variable

from kg.namespaces import OWL, RDF, shorten
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.rules.datatypes import RESTRICTION
from kg.reasoning.rules.patterns import Atom, Expression, TermOrVariable, variables_of

# Returns the name of a variable or term in the sentence.
NameOf = Callable[[TermOrVariable], str]

# Language -> condition -> (phrase, negated phrase). They are part of the sentences in a release.
# "STRLEN>=" stands for the operator >= applied to a STRLEN.
_PHRASES: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "en": {
        ">=": ("{} is at least {}", "{} is less than {}"),
        "<=": ("{} is at most {}", "{} is more than {}"),
        ">": ("{} is more than {}", "{} is at most {}"),
        "<": ("{} is less than {}", "{} is at least {}"),
        "STRLEN=": ("{} has exactly {} characters", "{} has not {} characters"),
        "STRLEN>=": ("{} has at least {} characters", "{} has fewer than {} characters"),
        "STRLEN<=": ("{} has at most {} characters", "{} has more than {} characters"),
        "REGEX": ("{} matches “{}”", "{} does not match “{}”"),
        "langMatches": ("{} is in the language “{}”", "{} is not in the language “{}”"),
        "dt-type2": ("{} is a value of {}", "{} is no value of {}"),
        "dt-eq-constant": ("{} is {}", "{} is not {}"),
        "dt-eq": ("{} is the same value as {}", "{} is another value than {}"),
        "!=": ("{} and {} are two", "{} and {} are one"),
    },
    "zh": {
        ">=": ("{}不小于{}", "{}小于{}"),
        "<=": ("{}不大于{}", "{}大于{}"),
        ">": ("{}大于{}", "{}不大于{}"),
        "<": ("{}小于{}", "{}不小于{}"),
        "STRLEN=": ("{}恰有{}个字符", "{}的字符数不是{}"),
        "STRLEN>=": ("{}至少有{}个字符", "{}不足{}个字符"),
        "STRLEN<=": ("{}至多有{}个字符", "{}超过{}个字符"),
        "REGEX": ("{}符合模式“{}”", "{}不符合模式“{}”"),
        "langMatches": ("{}的语言为“{}”", "{}的语言不为“{}”"),
        "dt-type2": ("{}是 {} 类型的值", "{}不是 {} 类型的值"),
        "dt-eq-constant": ("{}为{}", "{}不为{}"),
        "dt-eq": ("{}与{}为同一值", "{}与{}不为同一值"),
        "!=": ("{}与{}不是同一者", "{}与{}为同一者"),
    },
}
_CONJUNCTIONS: Final = {"en": {"&&": " and ", "||": " or "}, "zh": {"&&": "，且", "||": "，或"}}
_BRACKETS: Final = {"en": "({})", "zh": "（{}）"}
_DUAL: Final = {"&&": "||", "||": "&&"}


def describe_condition(
    condition: Expression, name: NameOf, language: str, *, denied: bool = False
) -> str:
    """Return the condition in words; with `denied`, its negation."""
    operator, arguments = condition.operator, condition.arguments
    if operator == RESTRICTION:
        operator = "&&"
    if operator == "!" and isinstance(arguments[0], Expression):
        return describe_condition(arguments[0], name, language, denied=not denied)
    if operator in _DUAL:
        parts = [
            describe_condition(argument, name, language, denied=denied)
            for argument in arguments
            if isinstance(argument, Expression)
        ]
        # De Morgan: the negation of "a and b" is "not a or not b".
        connective = _DUAL[operator] if denied else operator
        text = _CONJUNCTIONS[language][connective].join(parts)
        return _BRACKETS[language].format(text) if connective == "||" else text
    first, second = arguments[0], arguments[1]
    is_constant = operator == "dt-eq" and not isinstance(second, Variable)
    key = "dt-eq-constant" if is_constant else operator
    while isinstance(first, Expression):
        key = f"STRLEN{operator}" if first.operator == "STRLEN" else key
        first = first.arguments[0]
    phrase = _PHRASES[language][key][denied]
    return phrase.format(name(first), _second_operand(operator, second, name))


def _second_operand(operator: str, term: Expression | TermOrVariable, name: NameOf) -> str:
    if isinstance(term, Expression):  # no compiled axiom compares with a calculated value
        return term.operator
    if operator == "dt-type2":
        return shorten(term.value)
    if operator == "REGEX":
        return term.value.removeprefix("^(?:").removesuffix(")$")
    return name(term)


# The ten heavenly stems name variables in Chinese, as X, Y and Z do in English.
_STEMS: Final = "甲乙丙丁戊己庚辛壬癸"


def write_sentences(
    graph: OntologyGraph,
    head: Sequence[Atom],
    body: Sequence[Atom],
    filters: Sequence[Expression] = (),
) -> Mapping[str, str]:
    """Return the rule as sentences under the keys "en" and "zh"."""
    return {
        "en": _english(graph, head, body, filters),
        "zh": _chinese(graph, head, body, filters),
    }


def _english(
    graph: OntologyGraph, head: Sequence[Atom], body: Sequence[Atom], filters: Sequence[Expression]
) -> str:
    names = {variable: variable.value.upper() for variable in variables_of((*body, *head))}
    if not filters and _is_subsumption(head, body):
        narrow, broad = (_with_article(graph.label(side[0].object, "en")) for side in (body, head))  # type: ignore[arg-type]
        return f"Whatever is {narrow} is also {broad}."
    assumed, required = _split_filters(head, filters)
    name = partial(_name_of, graph, names=names, language="en")
    premises = " and ".join(
        [_english_clause(graph, atom, names) for atom in body]
        + [describe_condition(condition, name, "en") for condition in assumed]
    )
    conclusion = " and ".join(
        [_english_clause(graph, atom, names) for atom in head]
        + [describe_condition(condition, name, "en", denied=True) for condition in required]
    )
    if not conclusion:
        return f"It cannot be that {premises}." if premises else "This cannot be."
    if not premises:
        return f"{conclusion[0].upper()}{conclusion[1:]}."
    return f"If {premises}, then {conclusion}."


def _chinese(
    graph: OntologyGraph, head: Sequence[Atom], body: Sequence[Atom], filters: Sequence[Expression]
) -> str:
    names = {
        variable: _STEMS[index] if index < len(_STEMS) else f"第{index + 1}者"
        for index, variable in enumerate(variables_of((*body, *head)))
    }
    if not filters and _is_subsumption(head, body):
        narrow, broad = (graph.label(side[0].object, "zh") for side in (body, head))  # type: ignore[arg-type]
        return f"凡属“{narrow}”者，皆属“{broad}”。"
    assumed, required = _split_filters(head, filters)
    name = partial(_name_of, graph, names=names, language="zh")
    clauses = [_chinese_clause(graph, atom, names) for atom in body]
    clauses += [describe_condition(condition, name, "zh") for condition in assumed]
    premises = "，且".join(clauses)
    conclusion = "，且".join(
        [_chinese_clause(graph, atom, names) for atom in head]
        + [describe_condition(condition, name, "zh", denied=True) for condition in required]
    )
    if not conclusion:
        if len(clauses) > 1:
            return f"不可能同时成立：{'；'.join(clauses)}。"
        return f"不可能{premises}。" if premises else "此不可能成立。"
    return f"若{premises}，则{conclusion}。" if premises else f"{conclusion}。"


def _split_filters(
    head: Sequence[Atom], filters: Sequence[Expression]
) -> tuple[Sequence[Expression], Sequence[Expression]]:
    """Return the filters to write as premises, and those to write negated as the conclusion.

    A contradiction that applies if a condition fails reads as a requirement of that condition.
    A rule that derives `owl:sameAs` does not mention its filter that the two names differ.
    """
    if head:
        derives_equality = head[0].predicate == OWL["sameAs"]
        assumed = [
            condition
            for condition in filters
            if not (derives_equality and condition.operator == "!=")
        ]
        return assumed, ()
    required = [condition for condition in filters if condition.operator == "!"][-1:]
    return [condition for condition in filters if condition not in required], required


def _is_subsumption(head: Sequence[Atom], body: Sequence[Atom]) -> bool:
    """Return whether the rule derives an instance of one class from an instance of another."""
    return len(head) == len(body) == 1 and all(
        atom.predicate == RDF["type"] and not isinstance(atom.object, Variable)
        for atom in (head[0], body[0])
    )


def _english_clause(graph: OntologyGraph, atom: Atom, names: Mapping[Variable, str]) -> str:
    subject = _name_of(graph, atom.subject, names, "en")
    if atom.predicate == RDF["type"] and not isinstance(atom.object, Variable):
        return f"{subject} is {_with_article(graph.label(atom.object, 'en'))}"
    if atom.predicate == OWL["sameAs"]:
        return f"{subject} is the same as {_name_of(graph, atom.object, names, 'en')}"
    relation = _name_of(graph, atom.predicate, names, "en")
    return f"{subject} {relation} {_name_of(graph, atom.object, names, 'en')}"


def _chinese_clause(graph: OntologyGraph, atom: Atom, names: Mapping[Variable, str]) -> str:
    subject = _name_of(graph, atom.subject, names, "zh")
    if atom.predicate == RDF["type"] and not isinstance(atom.object, Variable):
        return f"{subject}属“{graph.label(atom.object, 'zh')}”"
    relation = _name_of(graph, atom.predicate, names, "zh")
    object_ = _name_of(graph, atom.object, names, "zh")
    if atom.predicate == OWL["sameAs"]:
        return f"{subject}与{object_}为同一者"
    if "……" in relation:
        return f"{subject}“{relation.replace('……', object_)}”"
    return f"{subject}“{relation}”{object_}"


def _name_of(
    graph: OntologyGraph, slot: TermOrVariable, names: Mapping[Variable, str], language: str
) -> str:
    return names[slot] if isinstance(slot, Variable) else graph.label(slot, language)


def _with_article(label: str) -> str:
    # The article follows the sound: a university, a unit, a European state.
    sounds_like_you = label.lower().startswith(("uni", "use", "eu"))
    return f"an {label}" if label[:1].lower() in "aeiou" and not sounds_like_you else f"a {label}"
