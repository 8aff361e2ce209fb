"""Tools that reason: proofs of statements, what is missing for one, and what a change would do."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from kg.namespaces import write_iri
from service.agents.answers import (
    Change,
    Clash,
    Explanation,
    LackingRule,
    Outcome,
    Proof,
    Reasons,
    Step,
    fit,
)
from service.agents.calls import Reply, post, require_success, send
from service.agents.parameters import Limit, Name, View, World
from service.agents.terms import declare
from service.errors import ToolFailed

_JSON_LD: Final = "application/ld+json"
_NOT_DERIVED: Final = "/problems/not-derived"
_CHANGES: Final = ("gained", "lost", "shifted", "beyond")
_ENTITY: Final = "entity:"
Triples = Annotated[
    list[str] | None,
    Field(description='Triples, such as ["id:X glocal:memberOf id:Y"], in existing terms.'),
]


async def explain(
    subject: Name,
    predicate: Name,
    object: Name,  # noqa: A002
    view: View = "",
    world: World = "",
    limit: Annotated[int, Field(ge=1, le=50, description="The most proofs to return.")] = 1,
) -> Explanation:
    """Prove a statement: the steps back to passages and sources, the strongest proof first.

    Without a view, a proof may rest on anybody's judgement; each step says on whose. A caveat says
    that the statement is only a claim, a hypothesis or a plan, and holds in no view.
    """
    asked = {"subject": subject, "predicate": predicate, "object": object, "limit": str(limit)}
    reply = await send("GET", "/explain", accept=_JSON_LD, **asked, view=view, world=world)
    if reply.status >= 400 and reply.json().get("type") == _NOT_DERIVED:
        raise ToolFailed(f"{reply.json()['detail']} Try: why_not, or who_says")
    document = require_success(reply).json()
    proofs = [_read_proof(one) for one in _all(document.get("proofs"))]
    answer = Explanation(proofs=proofs, passages=[], caveat=_caveat(document))
    passages = dict.fromkeys(
        passage for proof in proofs for step in proof.steps for passage in step.passages
    )
    answer.passages = list(passages)
    left_out = fit(answer, "proofs")
    if not answer.proofs:
        raise ToolFailed("The proof is too long for an answer. Try: explain one of its premises")
    if left_out:
        answer.note = f"{left_out} more proofs are left out, which would be too long"
    return answer


async def why_not(
    subject: Name,
    predicate: Name,
    object: Name,  # noqa: A002
    view: View = "",
    world: World = "",
) -> Reasons:
    """Say why a statement does not hold: whose claim it only is, or the premises that it lacks."""
    triple = {"subject": subject, "predicate": predicate, "object": object}
    reply: Reply = await send("GET", "/explain", accept=_JSON_LD, **triple, view=view, world=world)
    if reply.status < 400:
        if caveat := _caveat(reply.json()):
            advice = "Try: explain, which has the passages"
            return Reasons(reason=caveat, caveat=caveat, nearest=[], note=advice)
        where = "in this view" if view or world else "in some view"
        raise ToolFailed(f"It holds {where}. Try: explain, which says why and on whose judgement")
    problem = reply.json()
    if problem["type"] != _NOT_DERIVED:
        require_success(reply)
    nearest = [
        LackingRule(
            rule=one["rule"],
            sentence=_english(one["sentence"]),
            missing=one["missing"],
            present=one["present"],
        )
        for one in problem.get("nearest", ())
    ]
    answer = Reasons(reason=problem["detail"], caveat=_caveat(problem), nearest=nearest)
    fit(answer, "nearest")
    if answer.caveat:
        answer.note = "Try: explain without a view, which has the passages"
    elif problem.get("elsewhere"):
        answer.note = "It holds in another view. Try: explain without a view"
    elif not nearest:
        advice = "who_says, for those who state something like it, or schema for the property"
        answer.note = f"No rule lacks only one premise for it. Try: {advice}"
    return answer


async def what_if(
    add: Triples = None,
    remove: Triples = None,
    query: Annotated[
        str, Field(description="A SELECT or ASK to answer before and after the change.")
    ] = "",
    view: View = "",
    world: World = "",
    limit: Limit = 50,
) -> Outcome:
    """Suppose that facts were added or removed: what would then hold, no longer hold, or clash.

    Nothing is stored.
    """
    if not (add or remove):
        raise ToolFailed('Expected triples to add or to remove, such as ["id:X glocal:p id:Y"]')
    parts = [("DELETE DATA", remove), ("INSERT DATA", add)]
    update = "".join(f"{word} {{\n{_block(triples)}}} ;\n" for word, triples in parts if triples)
    reply = await post(
        "/whatif",
        accept=_JSON_LD,
        update=declare(update).full_text,
        query=declare(query).full_text if query else "",
        view=view,
        world=world,
        limit=str(limit),
    )
    found = reply.json()
    answer = Outcome(
        counts=found["counts"],
        changes=[_read_change(one, kind) for kind in _CHANGES for one in _all(found.get(kind))],
        contradictions=[_read_clash(one) for one in _all(found.get("contradictions"))],
        answers=found.get("answers"),
    )
    fit(answer, "contradictions")
    fit(answer, "changes")
    total = sum(answer.counts.values())
    listed = len(answer.changes) + len(answer.contradictions)
    if not total:
        answer.note = "Nothing would change in this view. Try: another view, such as readings"
    elif listed < total:
        answer.note = f"{listed} of {total} changes. For more: limit, up to 500"
    return answer


def _block(triples: Sequence[str]) -> str:
    return "".join(f"{triple.strip().removesuffix('.')} .\n" for triple in triples)


def _caveat(document: Mapping[str, Any]) -> str:
    """Return the caveat of an explanation, also where the context makes it a value object."""
    caveat = document.get("caveat", "")
    return str(caveat.get("@value", "")) if isinstance(caveat, Mapping) else str(caveat)


def _read_proof(document: Mapping[str, Any]) -> Proof:
    steps: list[Step] = []
    _read_steps(document, steps)
    return Proof(steps=steps, total_steps=len(steps))


def _read_steps(document: Mapping[str, Any], steps: list[Step]) -> int:
    """Append a statement of a proof and all that it rests on; return its number."""
    evidence = [one for one in _all(document.get("evidence")) if isinstance(one, Mapping)]
    with_passages = [document, _plan(document), *evidence]
    step = Step(
        number=len(steps) + 1,
        statement=_statement(document),
        status=_short(document.get("hasStatus")).removeprefix("glocal:"),
        held_by=_short(document.get("heldBy")),
        rule=_rule(document),
        evidence=[_short(one.get("id")) for one in evidence],
        passages=[
            _short(passage)
            for one in with_passages
            for name in ("fromPassage", "primarySource")
            for passage in _all(one.get(name))
        ],
    )
    steps.append(step)
    for premise in _all(document.get("premises")):
        step.from_steps.append(_read_steps(premise, steps))
    return step.number


def _plan(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the rule that derives a statement, or an empty document."""
    plan: Mapping[str, Any] = document.get("derivation", {}).get("association", {}).get("plan", {})
    return plan


def _rule(document: Mapping[str, Any]) -> str:
    plan = _plan(document)
    if not plan:
        return ""
    absent = " ".join(map(str, _all(document["derivation"].get("absent"))))
    return f"{_short(plan)}: {_english(plan.get('ruleSentence', {}))} {absent}".strip()


def _read_change(document: Mapping[str, Any], kind: str) -> Change:
    return Change(
        statement=_statement(document),
        change=kind,
        status=_short(document.get("hasStatus")).removeprefix("glocal:"),
        before=_standing(document.get("before")),
        after=_standing(document.get("after")),
        rule=_rule(document),
    )


def _read_clash(document: Mapping[str, Any]) -> Clash:
    return Clash(rule=_rule(document), statements=[*map(_statement, _all(document["premises"]))])


def _standing(standing: Mapping[str, Any] | None) -> str:
    if not standing:
        return ""
    base = _short(standing.get("hasBase")).removeprefix("glocal:")
    world = standing.get("world")
    return f"{base} in the world {world}" if world else base


def _statement(document: Mapping[str, Any]) -> str:
    names = ("subject", "predicate", "object")
    return " ".join(_short(document.get(name)) for name in names) if "subject" in document else ""


def _short(value: Any) -> str:
    """Return a value of a JSON-LD document as Turtle would write it, and nothing as ''."""
    if isinstance(value, Mapping):
        if "@value" not in value:
            return _short(value.get("id"))
        kind = value.get("@type")
        tag = f"@{value['@language']}" if "@language" in value else f"^^{kind}" if kind else ""
        return f'"{value["@value"]}"{tag}'
    if isinstance(value, list):
        return ", ".join(map(_short, value))
    text = str(value or "")
    if text.startswith(_ENTITY):
        return f"id:{text.removeprefix(_ENTITY)}"
    return write_iri(text) if "://" in text else text


def _all(value: Any) -> list[Any]:
    """Return the values of a member that may be absent, one value, or a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _english(texts: Mapping[str, str]) -> str:
    return texts.get("en") or next(iter(texts.values()), "")
