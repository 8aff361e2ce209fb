"""A filter of a compiled axiom -> a clause in English or Chinese."""

from collections.abc import Callable
from typing import Final

from pyoxigraph import Variable

from kg.namespaces import shorten
from kg.reasoning.rules.datatypes import RESTRICTION
from kg.reasoning.rules.patterns import Filter, Slot

# What a variable or a term is called in the sentence.
Naming = Callable[[Slot], str]

# For each condition: English and Chinese, as said and as denied. Lengths are orders of STRLEN.
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
_JOINS: Final = {"en": {"&&": " and ", "||": " or "}, "zh": {"&&": "，且", "||": "，或"}}
_BRACKETS: Final = {"en": "({})", "zh": "（{}）"}
_DUAL: Final = {"&&": "||", "||": "&&"}


def clause(condition: Filter, name: Naming, language: str, *, denied: bool = False) -> str:
    """What the condition says, or, denied, what its contrary says."""
    operator, arguments = condition.operator, condition.arguments
    if operator == RESTRICTION:
        operator = "&&"
    if operator == "!" and isinstance(arguments[0], Filter):
        return clause(arguments[0], name, language, denied=not denied)
    if operator in _DUAL:
        parts = [
            clause(each, name, language, denied=denied)
            for each in arguments
            if isinstance(each, Filter)
        ]
        joined = _DUAL[operator] if denied else operator
        text = _JOINS[language][joined].join(parts)
        return _BRACKETS[language].format(text) if joined == "||" else text
    first, second = arguments[0], arguments[1]
    is_constant = operator == "dt-eq" and not isinstance(second, Variable)
    key = "dt-eq-constant" if is_constant else operator
    while isinstance(first, Filter):
        key = f"STRLEN{operator}" if first.operator == "STRLEN" else key
        first = first.arguments[0]
    said = _PHRASES[language][key][denied]
    return said.format(name(first), _other(operator, second, name))


def _other(operator: str, term: Filter | Slot, name: Naming) -> str:
    if isinstance(term, Filter):  # no compiled axiom compares with a calculated value
        return term.operator
    if operator == "dt-type2":
        return shorten(term.value)
    if operator == "REGEX":
        return term.value.removeprefix("^(?:").removesuffix(")$")
    return name(term)
