"""The tool that cites: the passages of things, evidence and statements, and the release."""

from typing import Annotated, Any, Final

from pydantic import Field

from kg.namespaces import BASE, ONTOLOGY, write_iri
from service.agents.answers import Citation, Citations, fit
from service.agents.calls import fetch
from service.agents.tables import select
from service.agents.terms import read_name, write_cell
from service.errors import ToolFailed

_MAX_THINGS: Final = 50
_PASSAGES: Final = """
SELECT ?of ?passage (SAMPLE(?p) AS ?page) (SAMPLE(?l) AS ?last)
       (SAMPLE(?n) AS ?paragraph) (SAMPLE(?s) AS ?section) (SAMPLE(?d) AS ?about)
       (SAMPLE(?creator) AS ?author) (SAMPLE(?title) AS ?work)
WHERE {
    VALUES ?of { %s }
    { ?of a glocal:Passage . BIND(?of AS ?passage) }
    UNION { ?of glocal:fromPassage ?passage . }
    UNION { ?of glocal:mentionedIn ?passage . }
    OPTIONAL { ?passage glocal:page ?p . }
    OPTIONAL { ?passage glocal:lastPage ?l . }
    OPTIONAL { ?passage glocal:paragraph ?n . }
    OPTIONAL { ?passage glocal:section ?s . FILTER(LANGMATCHES(LANG(?s), "en")) }
    OPTIONAL { ?passage dcterms:description ?d . FILTER(LANGMATCHES(LANG(?d), "en")) }
    OPTIONAL {
        ?passage glocal:inSource ?source .
        OPTIONAL { ?source rdfs:label ?title . FILTER(LANGMATCHES(LANG(?title), "en")) }
        OPTIONAL {
            ?source dcterms:creator/rdfs:label ?creator .
            FILTER(LANGMATCHES(LANG(?creator), "en"))
        }
    }
} GROUP BY ?of ?passage ORDER BY ?of ?passage"""
_TITLE: Final = f"SELECT ?title WHERE {{ {ONTOLOGY} dcterms:title ?title }} ORDER BY LANG(?title)"


async def cite(
    things: Annotated[
        list[str],
        Field(description="Passages, evidence graphs or things, by name or CURIE; at most 50."),
    ],
) -> Citations:
    """Cite passages, with page and paragraph, and the release with its hash.

    For an evidence graph, its passages; for a thing, all that mention it.
    """
    if not things or len(things) > _MAX_THINGS:
        raise ToolFailed(f"Expected 1 to {_MAX_THINGS} passages, evidence graphs or things")
    iris = [await read_name(name) for name in things]
    rows = await select(_PASSAGES % " ".join(f"<{iri}>" for iri in iris))
    cited = {row["of"].value for row in rows.dicts}
    lacking = ", ".join(write_iri(iri) for iri in iris if iri not in cited)
    if not rows.rows:
        raise ToolFailed(f"No passage is known for {lacking}. Try: who_says, or explain")
    state = (await fetch("/")).json()
    titles = [title.value for (title,) in (await select(_TITLE)).rows]
    answer = Citations(
        release=state["release"],
        version=state["version"],
        citations=[*map(_read_citation, rows.dicts)],
        total=rows.total or len(rows.rows),
        cite_release_as=f"{titles[0] if titles else BASE}, version {state['version']}, release "
        f"{state['release']}, {BASE}",
    )
    fit(answer, "citations")
    notes = [f"No passage is known for {lacking}"] if lacking else []
    if len(answer.citations) < answer.total:
        notes.append(f"{len(answer.citations)} of {answer.total} citations. Try: fewer things")
    answer.note = ". ".join(notes)
    return answer


def _read_citation(row: dict[str, Any]) -> Citation:
    page, last = write_cell(row["page"]), write_cell(row["last"])
    paragraph = row["paragraph"] and row["paragraph"].value
    passage = write_iri(row["passage"].value)
    author, work = (row[name].value if row[name] else "" for name in ("author", "work"))
    where = [] if page is None else [f"pages {page}–{last}" if last else f"page {page}"]
    where += [f"paragraph {paragraph}"] if paragraph else []
    return Citation(
        of=write_iri(row["of"].value),
        passage=passage,
        page=page,
        last_page=last,
        paragraph=paragraph,
        section=row["section"].value if row["section"] else "",
        about=row["about"].value if row["about"] else "",
        text=", ".join(filter(None, [author, work, *where])) + f" ({passage})",
        address=row["passage"].value,
    )
