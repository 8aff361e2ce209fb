"""Pages of what follows from any data: proofs, contradictions, and what a change would alter.

They are made of the documents that programs get: the JSON-LD of `kg.reasoning.upkeep.documents`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.namespaces import RDF
from service.pages.data.terms import DataTerms

FIELDS: Final = ("subject", "predicate", "object")
_BLANK: Final = "_:"


@dataclass(frozen=True)
class Step:
    """A step of a proof: a triple, or a contradiction without one.

    Attributes:
        triple: what is proved; None for a contradiction.
        rule: the name of the rule that derives it; empty for what is asserted.
        sentences: what the rule says, or the axiom that it was compiled from.
        premises: the steps that it rests on, as far as the document has them.
        graphs: the graphs that assert it.
    """

    triple: Triple | None
    rule: str = ""
    sentences: Sequence[Literal] = ()
    premises: Sequence["Step"] = ()
    graphs: Sequence[NamedNode] = ()

    def terms(self) -> Iterator[Any]:
        """Yield all terms of the step and of those below it."""
        if self.triple is not None:
            yield from self.triple
        yield from self.graphs
        for premise in self.premises:
            yield from premise.terms()


def read_steps(document: Mapping[str, Any], *keys: str) -> dict[str, list[Step]]:
    """Return the steps of a document under each of these keys."""
    return {key: [_read_step(one) for one in document.get(key, ())] for key in keys}


def read_described_nodes(document: Mapping[str, Any]) -> dict[Any, list[Triple]]:
    """Return the triples of the anonymous classes that a document describes, by subject."""
    nodes: dict[Any, list[Triple]] = {}
    for described in document.get("included", ()):
        subject = _read_node(described["id"])
        for key in described.keys() - {"id"}:
            predicate = RDF["type"] if key == "type" else NamedNode(key)
            for value in described[key]:
                object_ = _read_node(value) if isinstance(value, str) else _read_value(value)
                nodes.setdefault(subject, []).append(Triple(subject, predicate, object_))
    return nodes


def write_proofs_page(
    terms: DataTerms,
    steps: Sequence[Step],
    asked: Mapping[str, str],
    *,
    path: str,
    formats: Sequence[tuple[str, str]] = (),
    failure: Mapping[str, Any] | None = None,
) -> bytes:
    """Write the page of the proofs of a triple, or of the failure to prove it, with the form.

    `asked` has the terms as they were typed, by the names of the fields; `formats` are the same for
    programs.
    """
    goal = steps[0].triple if steps else None
    several = len(steps) > 1
    return _write(
        terms,
        title=terms.words["why-title"] if goal is None else terms.statement(goal).striptags(),
        goal=goal,
        intro="" if steps or failure else terms.words["own-explain-lead"],
        sections=_numbered(terms, steps) if several else {"": steps} if steps else {},
        asked={name: asked.get(name, "") for name in FIELDS},
        failure=failure,
        path=path,
        formats=formats,
    )


def write_contradictions_page(
    terms: DataTerms, steps: Sequence[Step], *, path: str, formats: Sequence[tuple[str, str]]
) -> bytes:
    """Write the page of the contradictions, each with its premises and their proofs."""
    return _write(
        terms,
        title=terms.words["clash-title"],
        place="contradictions",
        intro=terms.words["own-clash-intro" if steps else "own-clash-none"],
        sections={"": steps} if steps else {},
        path=path,
        formats=formats,
    )


def _write(terms: DataTerms, **view: Any) -> bytes:
    nothing: dict[str, Any] = {"goal": None, "asked": None, "failure": None, "counts": {}}
    return terms.write_page("data-proofs.html", **{**nothing, **view})


def write_whatif_page(
    terms: DataTerms,
    update: str,
    sections: Mapping[str, Sequence[Step]],
    counts: Mapping[str, int],
    *,
    path: str,
    formats: Sequence[tuple[str, str]],
    example: Triple | None = None,
    resolved: int = 0,
) -> bytes:
    """Write the form of a what-if with its outcome; `sections` are empty without an `update`.

    An `example` is a statement of the data; `resolved` is how many contradictions would be gone.
    """
    headings = {terms.words[f"whatif-{key}"]: steps for key, steps in sections.items() if steps}
    return terms.write_page(
        "data-whatif.html",
        title=terms.words["own-whatif-title"],
        path=path,
        place="suppose",
        update=update,
        examples=_write_examples(terms, example) if example is not None else (),
        is_nothing=bool(update) and not headings and not resolved,
        resolved=resolved,
        sections=headings,
        counts={terms.words[f"whatif-{key}"]: count for key, count in counts.items()},
        formats=formats,
    )


def _write_examples(terms: DataTerms, statement: Triple) -> list[tuple[str, str]]:
    """Return updates that remove a statement and turn it around, each with its address."""
    subject, predicate, object_ = map(terms.write_iri, statement)
    updates = [f"DELETE DATA {{ {subject} {predicate} {object_} }}"]
    updates.append(f"INSERT DATA {{ {object_} {predicate} {subject} }}")
    return [(update, terms.local("/whatif", update=update)) for update in updates]


def _numbered(terms: DataTerms, steps: Sequence[Step]) -> dict[str, Sequence[Step]]:
    words = terms.words["proof"]
    return {words.format(number=number): [step] for number, step in enumerate(steps, 1)}


def read_triple(document: Mapping[str, Any]) -> Triple:
    """Return the triple of a statement in a document."""
    subject, predicate = _read_node(document["subject"]), _read_node(document["predicate"])
    return Triple(subject, predicate, _read_value(document["object"]))


def read_rule(plan: Mapping[str, Any]) -> tuple[str, list[Literal]]:
    """Return the name of a rule in a document, and what it says, or else its source."""
    texts = plan.get("ruleSentence") or plan.get("description") or {}
    return plan.get("name", ""), [
        Literal(text) if language == "none" else Literal(text, language=language)
        for language, text in texts.items()
        if text
    ]


def _read_step(document: Mapping[str, Any]) -> Step:
    association = document.get("derivation", {}).get("association", {})
    name, sentences = read_rule(association.get("plan", {}))
    return Step(
        read_triple(document) if "subject" in document else None,
        name,
        sentences,
        [_read_step(premise) for premise in document.get("premises", ())],
        [NamedNode(graph["id"]) for graph in document.get("evidence", ())],
    )


def _read_node(name: str) -> Any:
    if name.startswith(_BLANK):
        return BlankNode(name.removeprefix(_BLANK))
    return NamedNode(name)


def _read_value(value: Mapping[str, str]) -> Any:
    if "id" in value:
        return _read_node(value["id"])
    if "@language" in value:
        return Literal(value["@value"], language=value["@language"])
    if "@type" in value:
        return Literal(value["@value"], datatype=NamedNode(value["@type"]))
    return Literal(value["@value"])
