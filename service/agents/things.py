"""Tools about things: find them by name, describe them, and say who says what about them."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from pyoxigraph import Literal, NamedNode

from kg.caveats import name_supposition, write_caveat
from kg.namespaces import GLOCAL, ID, RDF, write_iri
from kg.statuses import Status, status_of
from service.agents.answers import (
    Description,
    Match,
    Matches,
    Statement,
    Statements,
    fit,
    fit_first,
)
from service.agents.calls import fetch, post
from service.agents.parameters import Limit, Name, NameOrEmpty, Offset, View, World
from service.agents.tables import Rows, run_query, select
from service.agents.terms import declare, read_name, read_object, write_cell
from service.errors import ToolFailed

T = TypeVar("T", bound=Statements)
_CANDIDATES: Final = 50
_MAX_NAME_CHARACTERS: Final = 500
_NAMING: Final = "rdfs:label, skos:altLabel, rdf:type, dcterms:description, skos:definition"
_NAMES: Final = f"SELECT ?p ?o WHERE {{ %s ?p ?o FILTER(?p IN ({_NAMING})) }} ORDER BY ?p ?o"
# %s: patterns that bind ?s, ?p, ?o and the ?graph that states it; and those without a status.
_STATED: Final = """
SELECT ?s ?p ?o ?status ?holder ?graph ?rule ?sentence ?passages ?pages ?claimant ?shown ?holds
WHERE {
    {
        SELECT ?s ?p ?o ?status ?graph ?order (SAMPLE(?by) AS ?holder) (SAMPLE(?derives) AS ?rule)
               (SAMPLE(?says) AS ?sentence) (GROUP_CONCAT(DISTINCT STR(?passage)) AS ?passages)
               (GROUP_CONCAT(DISTINCT ?page) AS ?pages) (SAMPLE(?claims) AS ?claimant)
        WHERE {
            %s
            ?graph glocal:hasStatus ?status .
            OPTIONAL { ?graph glocal:heldBy ?by . }
            OPTIONAL { ?graph glocal:followsFromClaimOf ?claims . }
            OPTIONAL {
                ?graph glocal:fromPassage ?passage .
                OPTIONAL {
                    ?passage glocal:page ?first .
                    OPTIONAL { ?passage glocal:lastPage ?last . }
                    BIND(CONCAT(STR(?first), COALESCE(CONCAT("–", STR(?last)), "")) AS ?page)
                }
            }
            OPTIONAL {
                ?graph glocal:byRule ?derives .
                OPTIONAL { ?derives glocal:ruleSentence ?says . FILTER(LANG(?says) = "en") }
            }
        } GROUP BY ?s ?p ?o ?status ?graph ?order
    } UNION {
        %s
        FILTER NOT EXISTS { GRAPH ?any { ?s ?p ?o . } ?any glocal:hasStatus ?its . }
        BIND(2 AS ?order)
    }
    BIND(EXISTS { ?s ?p ?o . } AS ?shown)
    BIND(!BOUND(?status) || (?status IN (HOLDING) && !BOUND(?claimant)) || EXISTS {
        GRAPH ?other { ?s ?p ?o . }
        ?other glocal:hasStatus ?strength .
        FILTER(?strength IN (HOLDING))
        FILTER NOT EXISTS { ?other glocal:followsFromClaimOf ?anybody . }
    } AS ?holds)
} ORDER BY DESC(?shown) ?order ?p ?s ?o ?graph""".replace(
    "HOLDING", ", ".join(str(status.iri) for status in Status if status.holds)
)


async def find(
    name: Name,
    type: NameOrEmpty = "",  # noqa: A002
    limit: Limit = 10,
) -> Matches:
    """Find things, classes and properties by a name in any language; begin here.

    Misspelt names find what is similar. `type` is a class that things must belong to.
    """
    if not name.strip() or len(name) > _MAX_NAME_CHARACTERS:
        raise ToolFailed(f"Expected a name of 1 to {_MAX_NAME_CHARACTERS} characters")
    asked: dict[str, Any] = {"query": name, "limit": _CANDIDATES}
    if type:
        asked["type"] = (await read_name(type, is_term=True)).removeprefix(GLOCAL)
    kinds = () if type else ("type", "property")
    entities, *terms = await asyncio.gather(
        post("/reconcile", queries=json.dumps({"q": asked})),
        *(fetch(f"/reconcile/suggest/{kind}", prefix=name) for kind in kinds),
    )
    matches = [_read_entity(one) for one in entities.json()["q"]["result"]]
    # What was certainly meant comes first, then terms, whose number is small.
    exact = [match for match in matches if match.is_exact]
    for kind, found in zip(("class", "property"), terms, strict=False):
        exact += (_read_term(one, kind) for one in found.json()["result"])
    matches = [*exact, *(match for match in matches if not match.is_exact)]
    if not matches:
        advice = "another spelling or language, schema for the classes, or questions"
        raise ToolFailed(f"Nothing is named like '{name}'. Try: {advice}")
    answer = Matches(matches=matches[:limit], total=len(matches))
    return fit_first(answer, "matches", len(matches), "limit")


async def describe(
    name: Name, view: View = "", world: World = "", limit: Limit = 50, offset: Offset = 0
) -> Description:
    """Describe a thing or term: names, types, and each statement with its evidence and status.

    Statements that do not hold in the view, such as claims, come last, with `is_shown` false.
    """
    thing = f"<{await read_name(name)}>"
    plain = f"VALUES ?s {{ {thing} }} ?s ?p ?o . FILTER(?p NOT IN ({_NAMING}))"
    either_way = " UNION ".join(
        f"{{ VALUES {end} {{ {thing} }} GRAPH ?graph {{ ?s ?p ?o . }} BIND({order} AS ?order) }}"
        for order, end in enumerate(("?s", "?o"))
    )
    stated = f"{either_way} FILTER(?p NOT IN ({_NAMING}))"
    names, rows = await asyncio.gather(
        select(_NAMES % thing, view=view, world=world),
        run_query(declare(_STATED % (stated, plain)), view, world, offset, limit),
    )
    if not names.rows and not rows.rows and not rows.total:
        raise ToolFailed(f"Nothing is said of {write_iri(thing[1:-1])}. Try: find")
    answer = Description(
        id=write_iri(thing[1:-1]),
        iri=thing[1:-1],
        labels=_texts(names, "rdfs:label"),
        other_names=[str(write_cell(name)) for name in _values(names, "skos:altLabel")],
        types=[str(write_cell(type_)) for type_ in _values(names, "rdf:type")],
        description=_texts(names, "dcterms:description") or _texts(names, "skos:definition"),
        statements=[*map(_read_statement, rows.dicts)],
        total=rows.total,
    )
    return _note_rest(answer, offset, "It has names and types only.")


async def who_says(
    subject: NameOrEmpty = "",
    predicate: NameOrEmpty = "",
    object: NameOrEmpty = "",  # noqa: A002
    view: View = "",
    world: World = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> Statements:
    """Say who states something, how strongly, and in which passage; also what does not hold.

    Give at least one of subject, predicate and object; a text is written `"London"@en`. What is
    only a claim, a hypothesis or a plan has a caveat.
    """
    names = {"?s": subject, "?p": predicate, "?o": object}
    nodes = await _read_nodes(names)
    if not nodes:
        raise ToolFailed("Expected a subject, a predicate or an object. Try: find")
    values = " ".join(f"VALUES {variable} {{ {node} }}" for variable, node in nodes.items())
    stated = f"{values} GRAPH ?graph {{ ?s ?p ?o . }} BIND(0 AS ?order)"
    query = declare(_STATED % (stated, f"{values} ?s ?p ?o ."))
    rows = await run_query(query, view, world, offset, limit)
    if not rows.rows and not rows.total:
        advice = "who_says with fewer terms, or why_not, which names what is missing"
        said = " ".join(nodes.get(variable, variable) for variable in names)
        raise ToolFailed(f"Nobody says {said}, in no view and no world. Try: {advice}")
    answer = Statements(statements=[*map(_read_statement, rows.dicts)], total=rows.total)
    return _note_rest(answer, offset, "")


async def _read_nodes(names: Mapping[str, str]) -> dict[str, str]:
    """Return the terms that have names, as SPARQL writes them, each by what stands there."""
    nodes = dict[str, str]()
    if predicate := names["?p"].strip():
        nodes["?p"] = write_iri(
            RDF["type"].value if predicate == "a" else await read_name(predicate, is_term=True)
        )
    for end in ("?s", "?o"):
        if names[end]:
            is_class = end == "?o" and nodes.get("?p") == write_iri(RDF["type"].value)
            term = await read_object(names[end], is_term=is_class)
            nodes[end] = term if term.startswith('"') else write_iri(term)
    return nodes


def _note_rest(answer: T, offset: int, why_empty: str) -> T:
    fit(answer, "statements")
    end = offset + len(answer.statements)
    if answer.total is None:
        answer.note = "A limit of the service cut the list off. Try: who_says with more terms"
    elif not answer.total:
        answer.note = why_empty
    elif not answer.statements:
        answer.note = f"There are only {answer.total} statements. Try: offset 0"
    elif end < answer.total:
        answer.note = f"Statements {offset + 1} to {end} of {answer.total}. For more: offset={end}"
    return answer


def _read_statement(row: dict[str, Any]) -> Statement:
    sentence = row["sentence"]
    rule = write_iri(row["rule"].value) if row["rule"] else ""
    return Statement(
        subject=str(write_cell(row["s"])),
        predicate=str(write_cell(row["p"])),
        object=write_cell(row["o"]),
        status=row["status"].value.removeprefix(GLOCAL) if row["status"] else "",
        is_shown=row["shown"].value == "true",
        held_by=write_iri(row["holder"].value) if row["holder"] else "",
        graph=write_iri(row["graph"].value) if row["graph"] else "",
        rule=f"{rule}: {sentence.value}" if sentence else rule,
        passages=[*map(write_iri, row["passages"].value.split())] if row["passages"] else [],
        caveat="" if row["holds"].value == "true" else _caveat_of(row),
    )


def _caveat_of(row: dict[str, Any]) -> str:
    status = Status.CLAIM if row["claimant"] else status_of(row["status"])
    holder = row["claimant"] or row["holder"]
    holders = [write_iri(holder.value)] if holder else []
    pages = row["pages"].value.split() if row["pages"] else []
    is_derived = row["rule"] is not None
    return write_caveat([name_supposition(status, holders, pages, is_derived=is_derived)])


def _read_entity(found: dict[str, Any]) -> Match:
    return Match(
        id=write_iri(ID + found["id"]),
        kind="entity",
        label=found["name"],
        description=found.get("description", ""),
        types=[write_iri(GLOCAL + one["id"]) for one in found.get("type", ())],
        score=found["score"],
        is_exact=found["match"],
    )


def _read_term(found: dict[str, Any], kind: str) -> Match:
    name = found["id"]
    return Match(
        id=name if ":" in name else write_iri(GLOCAL + name),
        kind=kind,
        label=found["name"],
        description=found.get("description") or "",
    )


def _values(rows: Rows, curie: str) -> list[NamedNode | Literal]:
    return [one for property_, one in rows.rows if write_iri(property_.value) == curie]


def _texts(rows: Rows, curie: str) -> dict[str, str]:
    texts: Sequence[Any] = _values(rows, curie)
    return {text.language or "": text.value for text in texts if isinstance(text, Literal)}
