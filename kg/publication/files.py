"""What lies in a release beside its quads: its description, and dumps in other forms."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pyoxigraph import Quad, RdfFormat

from kg.namespaces import DESCRIBING_PREFIXES
from kg.publication.dataset import read_dataset
from kg.publication.dumps import DUMPS, Content, packed
from kg.publication.void import describe
from kg.sources.folders import DATASET_FILE
from kg.store.release_folder import VOID_FILE
from kg.store.serialization import encode_statements


def files_beside(
    quads: Sequence[Quad], graphs: Mapping[str, int], curated_files: Path
) -> dict[str, bytes]:
    """What a release has beside its quads, by path in its folder; same input, same bytes.

    Args:
        quads: all of a release, as its store has them.
        graphs: triples by graph.
        curated_files: the folder whose `dataset.ttl`, if there is one, names the data set.

    Raises:
        MalformedFile: `dataset.ttl` lacks what a data set needs.
    """
    path = curated_files / DATASET_FILE
    said = read_dataset(path) if path.exists() else []
    content = Content(quads, said)
    void = describe(content.holding, graphs, said)
    return {
        VOID_FILE: encode_statements(void, RdfFormat.TURTLE, DESCRIBING_PREFIXES),
        **{dump.file: packed(dump.write(content)) for dump in DUMPS.values() if not dump.is_source},
    }
