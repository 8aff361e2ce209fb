"""glocal describe: all that a release says of one thing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from pyoxigraph import NamedNode, Quad, Triple

from kg.cli.application import Release, app, refusing
from kg.cli.output import JSON_LD, WITH_GRAPHS, GraphFormat
from kg.describe.json_ld_context import Profile
from kg.errors import MalformedParameter

if TYPE_CHECKING:
    from kg.store.quad_store import Store

# The context alone is at hand in the project's files.
_PROFILES = tuple(one.value for one in Profile if one is not Profile.context)


def _profile(value: str) -> str:
    if value not in _PROFILES:
        raise typer.BadParameter(f"'{value}' is none of {', '.join(_PROFILES)}")
    return value


@app.command()
def describe(
    name: Annotated[
        str,
        typer.Argument(
            help="London, 伦敦, a CURIE such as id:London or glocal:memberOf, or a full IRI."
        ),
    ],
    result_format: GraphFormat = None,
    profile: Annotated[
        str | None,
        typer.Option(
            parser=_profile, metavar="|".join(_PROFILES), help="Which form of JSON-LD it is."
        ),
    ] = None,
    frame: Annotated[
        str | None,
        typer.Option(help="By which frame JSON-LD is framed; by default that of the class."),
    ] = None,
    evidence: Annotated[
        bool,
        typer.Option("--evidence", help="Also who says so, in TriG, N-Quads or JSON-LD."),
    ] = False,
    release: Release = None,
) -> None:
    """Everything that holds of one thing; of a graph, in TriG, N-Quads and JSON-LD, its content.

    Examples: glocal describe London; glocal describe 'New York' --format jsonld --profile framed;
    glocal describe C40 --evidence; glocal describe ev:p10.2-fact
    """
    from kg.cli.output import print_graph
    from kg.linking.name_search import resolve
    from kg.store.quad_store import Store
    from kg.store.release_folder import find

    with refusing():
        is_framed = profile == Profile.framed or frame is not None
        _refuse_what_does_not_fit(result_format, profile, frame, evidence=evidence)
        store = Store.open(find(release))
        iri = resolve(store, name)
        if is_framed:
            _print_framed(store, iri, frame)
            return
        triples, named = _statements(store, iri, evidence=evidence)
        default_format = JSON_LD if profile else "trig" if named else "turtle"
        chosen = result_format or default_format
        statements: Sequence[Triple] | Sequence[Quad] = triples
        if named and chosen in WITH_GRAPHS:
            statements = [*(Quad(*triple) for triple in triples), *named]
        print_graph(statements, chosen, root=iri, profile=Profile(profile or "compacted"))


def _refuse_what_does_not_fit(
    result_format: str | None, profile: str | None, frame: str | None, *, evidence: bool
) -> None:
    wants_json_ld = profile is not None or frame is not None
    if wants_json_ld and result_format not in (None, JSON_LD):
        raise MalformedParameter("--profile", f"goes with --format {JSON_LD} alone")
    if frame is not None and profile not in (None, Profile.framed):
        raise MalformedParameter("--frame", "goes with --profile framed alone")
    if evidence and (frame is not None or profile == Profile.framed):
        raise MalformedParameter("--evidence", "goes without a frame, which has no named graphs")
    if evidence and result_format not in (None, *WITH_GRAPHS):
        raise MalformedParameter("--evidence", f"goes with {', '.join(WITH_GRAPHS)} alone")


def _statements(
    store: "Store", iri: NamedNode, *, evidence: bool
) -> tuple[Sequence[Triple], Sequence[Quad]]:
    """What holds of the thing, and what stands in named graphs: its evidence, or its content."""
    from kg.describe.description import Describer
    from kg.describe.evidence import evidence_of

    describer = Describer(store)
    description = describer.describe(iri)
    content = store.graph(iri)
    if not evidence:
        return description.triples, content
    found = evidence_of(store, describer, description)
    return found.triples, [*content, *found.named]


def _print_framed(store: "Store", iri: NamedNode, name: str | None) -> None:
    from kg.cli.output import newest_context, print_bytes, trimmed
    from kg.describe.description import Describer
    from kg.describe.json_ld_frames import frame_for, read_frames, write_framed
    from kg.errors import UnknownName
    from kg.paths import ONTOLOGY_FILES

    context = newest_context()
    frames = read_frames(ONTOLOGY_FILES / "frames", context)
    found = frames.get(name) if name else frame_for(iri, frames, store)
    if found is None and name is None:
        remedy = f"--frame with one of {', '.join(frames)}"
        raise MalformedParameter(
            "--profile", f"there is no frame for this; right would be {remedy}"
        )
    if found is None:
        raise UnknownName(str(name), list(frames), kind="frame")
    triples = Describer(store).describe(iri).triples
    print_bytes(trimmed(write_framed(context, triples, iri, found.pattern)))
