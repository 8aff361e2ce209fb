"""The command `glocal describe`: print everything that a release states about one thing."""

from collections.abc import Sequence
from typing import Annotated

import typer
from pyoxigraph import NamedNode, Quad, Triple

from kg.cli import output
from kg.cli.application import app, open_store, print_bytes, reporting_errors
from kg.cli.options import ReleaseOption, ViewOption, WorldOption
from kg.describe.json_ld_context import Profile
from kg.errors import MalformedParameter, UnknownName
from kg.store.quad_store import Store
from kg.store.viewed_store import in_view

# The profile `context` is left out: the context is a file of the project.
_PROFILES = tuple(profile.value for profile in Profile if profile is not Profile.context)


def _profile(value: str) -> str:
    if value not in _PROFILES:
        expected = ", ".join(_PROFILES)
        raise typer.BadParameter(f"unknown profile '{value}', expected one of {expected}")
    return value


@app.command()
def describe(
    name: Annotated[
        str,
        typer.Argument(
            help="A name in any language (London, 伦敦), a CURIE (id:London, glocal:memberOf), a "
            "full IRI, or the address of a page."
        ),
    ],
    result_format: output.GraphFormat = None,
    profile: Annotated[
        str | None,
        typer.Option(
            parser=_profile, metavar="|".join(_PROFILES), help="Form of the JSON-LD document."
        ),
    ] = None,
    frame: Annotated[
        str | None,
        typer.Option(
            help="Frame for JSON-LD, such as city; by default the frame of the thing's class."
        ),
    ] = None,
    evidence: Annotated[
        bool,
        typer.Option(
            "--evidence",
            help="Also print the evidence of each statement; in TriG, N-Quads or JSON-LD only.",
        ),
    ] = False,
    view: ViewOption = None,
    world: WorldOption = None,
    release: ReleaseOption = None,
) -> None:
    """Print everything that a release states about one thing.

    If the thing is a named graph, its content is printed too, in TriG, N-Quads and JSON-LD.

    Examples:
    glocal describe London
    glocal describe 'New York' --format jsonld --profile framed
    glocal describe C40 --evidence
    glocal describe ev:p10.2-fact
    """
    from kg.linking.resolver import Resolver

    with reporting_errors():
        _refuse_bad_combinations(result_format, profile, frame, evidence=evidence)
        store = open_store(release)
        resolver = Resolver.of(store)
        iri = resolver.resolve(name)
        store = in_view(store, resolver.read_view(view, world))
        if profile == Profile.framed or frame is not None:
            _print_framed(store, iri, frame)
            return
        triples, named = _statements(store, iri, evidence=evidence)
        default_format = output.JSON_LD if profile else "trig" if named else "turtle"
        chosen_format = result_format or default_format
        statements: Sequence[Triple] | Sequence[Quad] = triples
        if named and chosen_format in output.QUAD_FORMATS:
            statements = [*(Quad(*triple) for triple in triples), *named]
        form = Profile(profile or "compacted")
        output.print_graph(statements, chosen_format, store, root=iri, profile=form)


def _refuse_bad_combinations(
    result_format: str | None, profile: str | None, frame: str | None, *, evidence: bool
) -> None:
    wants_json_ld = profile is not None or frame is not None
    if wants_json_ld and result_format not in (None, output.JSON_LD):
        raise MalformedParameter("--profile", f"needs --format {output.JSON_LD}")
    if frame is not None and profile not in (None, Profile.framed):
        raise MalformedParameter("--frame", "needs --profile framed")
    if evidence and (frame is not None or profile == Profile.framed):
        reason = "cannot be combined with a frame, which has no named graphs"
        raise MalformedParameter("--evidence", reason)
    if evidence and result_format not in (None, *output.QUAD_FORMATS):
        reason = f"needs --format with one of {', '.join(output.QUAD_FORMATS)}"
        raise MalformedParameter("--evidence", reason)


def _statements(
    store: Store, iri: NamedNode, *, evidence: bool
) -> tuple[Sequence[Triple], Sequence[Quad]]:
    """Return what holds of the thing, and quads in named graphs: its content and its evidence."""
    from kg.describe.description import Describer
    from kg.describe.evidence import describe_with_graphs

    describer = Describer(store)
    description = describer.describe(iri)
    content = store.quads_of_graph(iri)
    if not evidence:
        return description.triples, content
    with_evidence = describe_with_graphs(store, describer, description)
    return with_evidence.triples, [*content, *with_evidence.named]


def _print_framed(store: Store, iri: NamedNode, name: str | None) -> None:
    from kg.describe.description import Describer
    from kg.describe.json_ld_frames import find_frame, read_frames, require_fit, write_framed

    context = output.read_newest_context(store.content)
    frames = read_frames(store.content.ontology / "frames", context)
    frame = frames.get(name) if name else find_frame(iri, frames, store)
    if frame is None and name is None:
        expected = f"--frame with one of {', '.join(frames)}"
        raise MalformedParameter("--profile", f"no frame fits this thing; expected {expected}")
    if frame is None:
        raise UnknownName(str(name), list(frames), kind="frame")
    require_fit(frame, iri, frames, store)
    triples = Describer(store).describe(iri).triples
    print_bytes(output.trim_context(write_framed(context, triples, iri, frame.pattern)))
