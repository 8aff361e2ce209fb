"""The knowledge graph, from curated files to query results; independent of HTTP.

`kg.open_release()` returns a release as an `rdflib.Dataset`; before that, `kg.verify_release()` can
tell whether its files are as they were built. `kg.entails()` needs no release: it decides whether
one graph follows from another.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import rdflib

    from kg.reasoning.entailment.entailment import Entailment


def open_release(
    path: Path | str | None = None, *, view: str | None = None, world: str | None = None
) -> "rdflib.Dataset":
    """Open a release, by default the newest, as a read-only `rdflib.Dataset`.

    The view says whose judgement the default graph rests on: `facts`, `paper` (also the theses of
    the paper; the default) or `readings` (also the judgements of the curators). A world adds what
    is supposed beyond that: the claims of one holder, by any name (`LiuJianghua`, `刘江华`),
    `hypotheses` or `plans`. The named graphs are the same in each. The project's engine evaluates
    SPARQL, in which the project's prefixes need no declaration.

    Its files are not verified, see `verify_release`. Raises UnknownName if there is no such folder,
    MalformedParameter for an unknown view or world, and BrokenRelease if the release is damaged.
    """
    from kg.linking.resolver import Resolver
    from kg.store.quad_store import Store
    from kg.store.rdflib_dataset import to_dataset
    from kg.store.release_folder import find_release

    store = Store.open(find_release(None if path is None else Path(path)))
    return to_dataset(store, Resolver.of(store).read_view(view, world))


def resolve(dataset: "rdflib.Dataset", name: str) -> "rdflib.URIRef":
    """Return the IRI of the thing that is meant by a name, in a dataset from `open_release`.

    The name may be a label or other name in any language (`伦敦`), a local name (`London`), a CURIE
    (`id:London`), the address of a page, or the IRI. The first label takes a third of a second.

    Raises UnknownName, with near names, AmbiguousName with its `candidates`, and Withdrawn with its
    `successors`.
    """
    import rdflib

    from kg.linking.resolver import resolver_of
    from kg.store.rdflib_dataset import ReleaseStore

    if not isinstance(dataset.store, ReleaseStore):
        raise TypeError("expected a dataset from kg.open_release()")
    return rdflib.URIRef(resolver_of(dataset.store.release).resolve(name).value)


def verify_release(path: Path | str | None = None, *, expected: str = "") -> Path:
    """Verify that every file of a release, by default the newest, is as its build wrote it.

    Returns its folder, for `open_release`. `expected` is the SHA-256 of its file `SHA256SUMS`; no
    other build has it, and no changed copy. Takes 0.1 s for the release of the paper.

    Raises UnknownName if there is no such folder, and BrokenRelease with the file and the remedy.
    """
    from kg.store.release_folder import verify_release as verify

    return verify(None if path is None else Path(path), expected)


def entails(
    premise: "Path | str | rdflib.Graph",
    conclusion: "Path | str | rdflib.Graph",
    *,
    ontology: Sequence["Path | str | rdflib.Graph"] = (),
    imports: Mapping[str, Path] | None = None,
    semantics: Literal["rdf", "direct"] = "rdf",
    proof: bool = False,
    max_refutations: int = 10_000,
    max_triples: int = 20_000_000,
    max_seconds: float = 3600,
) -> "Entailment":
    """Decide whether a conclusion follows from a premise by OWL 2, and perhaps prove it.

    The result is true if a proof was found; its `verdict` tells "not entailed" from "undecided" and
    from a premise that contradicts itself, and `proofs` and `unproved` have the triples of the
    conclusion. `imports` has the files of imported ontologies by IRI; nothing is loaded from the
    network. For the rest see `glocal entails --help`.

    Raises MalformedInput for a file that cannot be read or an import without a file, and
    LimitExceeded.
    """
    from kg.reasoning.entailment.entailment import decide

    return decide(
        premise,
        conclusion,
        ontology=ontology,
        imports=imports,
        semantics=semantics,
        with_proofs=proof,
        max_refutations=max_refutations,
        max_triples=max_triples,
        max_seconds=max_seconds,
    )
