"""Filters of random terms have the same result here and in the store's SPARQL engine.

Known differences, which the strategies avoid:
- `1 = "a"` is an error by SPARQL 1.1, section 17.4.1.7 (two literals that are different terms but
  not known to differ in value), and false in the store. So `!=`, `!` and `NOT IN` are drawn over
  numbers only.
- In the store, a term without an order (a tagged string, an ill-typed literal, NaN) is `<=` and
  `>=` itself. These two are drawn over terms with an order.
- The store treats a number of a datatype derived from xsd:integer as an xsd:integer. DATATYPE is
  drawn over others.
- In the store it is an error to divide zero by a decimal, or to multiply a quotient of 18 decimal
  places. Zero is drawn only as a divisor, and quotients are not operands.
- Dates with a time zone are not ordered here (an error).
"""

from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Store

from kg.namespaces import XSD
from kg.reasoning.rules.expressions import passes
from kg.reasoning.rules.patterns import Expression, TermOrVariable

STORE = Store()


def typed(*pairs: tuple[str, str]) -> list[Literal]:
    return [Literal(text, datatype=XSD[name]) for text, name in pairs]


NUMBERS = typed(
    ("0", "integer"),
    ("2", "integer"),
    ("-3", "byte"),
    ("4", "unsignedInt"),
    ("2.50", "decimal"),
    ("-0.125", "decimal"),
    ("1.5", "float"),
    ("-2e0", "double"),
    ("two", "integer"),
)
DATES = typed(
    ("2017", "gYear"),
    ("2017-05", "gYearMonth"),
    ("2016-02-29", "date"),
    ("2017-02-29", "date"),
    ("2017-05-25T10:00:00", "dateTime"),
    ("0044-03-15", "date"),
)
STRINGS = [Literal("Lon"), Literal("London"), Literal(""), Literal("Ünïcode 城市\n")]
TAGGED = [
    Literal("London", language="en"),
    Literal("on", language="en-GB"),
    Literal("城市", language="zh"),
]
OTHERS = [
    NamedNode("http://example.org/a"),
    Literal("x", datatype=NamedNode("http://example.org/t")),
]
PATTERNS = [Literal(text) for text in ("on", "^Lo", "n$", "(", "(?=o)", "[a-c]|\\d", "l.n", "城.$")]
ANYTHING = st.sampled_from([*NUMBERS, *DATES, *STRINGS, *TAGGED, *OTHERS])
UNDERIVED = st.sampled_from([*NUMBERS[:2], *DATES, *STRINGS, *TAGGED, *OTHERS])
ORDERED = st.sampled_from([*NUMBERS[:-1], *STRINGS, *DATES[:3]])
NUMERATORS = st.sampled_from([each for each in NUMBERS if each.value != "0"])
QUOTIENTS = st.builds(
    lambda one, other: Expression("/", (one, other)), NUMERATORS, st.sampled_from(NUMBERS)
)

sums = st.recursive(
    st.sampled_from(NUMBERS),
    lambda inner: st.one_of(
        st.builds(lambda op, a, b: Expression(op, (a, b)), st.sampled_from("+-*"), inner, inner),
        st.builds(lambda a: Expression("ABS", (a,)), inner),
    ),
    max_leaves=3,
)
numbers = st.one_of(sums, sums, QUOTIENTS)


def call(
    names: str, *arguments: st.SearchStrategy[TermOrVariable]
) -> st.SearchStrategy[Expression]:
    return st.builds(
        lambda name, *values: Expression(name, values), st.sampled_from(names.split()), *arguments
    )


texts = st.one_of(st.sampled_from([*STRINGS, *TAGGED]), call("LCASE UCASE STR LANG", ANYTHING))
equations = st.one_of(
    call("= < >", ANYTHING, ANYTHING),
    call("<= >=", ORDERED, ORDERED),
    call("= != < > IN", numbers, numbers),
    call("IN NOT_IN", numbers, numbers, numbers).map(
        lambda each: Expression(each.operator.replace("_", " "), each.arguments)
    ),
    call("=", call("STRLEN YEAR MONTH DAY", ANYTHING), st.sampled_from(NUMBERS)),
    call("<", call("STRLEN YEAR MONTH DAY", ANYTHING), st.just(Literal(2017))),
    call("=", texts, st.sampled_from(STRINGS)),
    call("=", call("DATATYPE", UNDERIVED), st.sampled_from([XSD["integer"], XSD["string"]])),
    call("isIRI isURI isBlank isLiteral isNumeric", ANYTHING),
    call("sameTerm", ANYTHING, ANYTHING),
    call("CONTAINS STRSTARTS STRENDS", ANYTHING, ANYTHING),
    call("CONTAINS STRSTARTS STRENDS", texts, texts),
    call(
        "langMatches",
        call("LANG", ANYTHING),
        st.sampled_from(["en", "*", "EN-gb", "z"]).map(Literal),
    ),
    call("REGEX", texts, st.sampled_from(PATTERNS)),
    call(
        "REGEX",
        texts,
        st.sampled_from(PATTERNS),
        st.sampled_from(["", "i", "q", "is", "k"]).map(Literal),
    ),
)
conditions = st.one_of(
    equations, st.builds(lambda a, b: Expression("||", (a, b)), equations, equations)
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(conditions)
def test_a_filter_says_what_the_store_says(condition: Expression) -> None:
    assert passes(condition, {}) is bool(STORE.query(f"ASK {{ FILTER({spelled(condition)}) }}"))


def spelled(expression: Expression | TermOrVariable) -> str:
    """Write the expression in SPARQL."""
    if not isinstance(expression, Expression):
        return str(expression)
    operator, arguments = expression.operator, list(map(spelled, expression.arguments))
    if operator in {"IN", "NOT IN"}:
        return f"({arguments[0]} {operator} ({', '.join(arguments[1:])}))"
    if not operator[0].isalpha():
        return f"({f' {operator} '.join(arguments)})"
    return f"{operator}({', '.join(arguments)})"
