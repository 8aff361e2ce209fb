"""What a query process is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Variable

from kg.describe.json_ld_context import COMPACTED, Profile
from kg.store.dataset import ENTAILMENTS, Dataset
from service.answers.formats import GRAPH_FORMATS, RESULT_FORMATS, VERSIONS, Choice

_FORMATS: Final = {form.media_type: form for form in (*RESULT_FORMATS, *GRAPH_FORMATS)}


@dataclass(frozen=True)
class Job:
    """One query, of which dataset, and the form of its answer: see `Choice`.

    The format goes by its main media type, since the engine's formats cannot be pickled. Quads
    that are `added` and `removed` are so for this query alone: its process ends with it.

    With a `graph` the query is refused if there is none of that name. A job that `is_whole` asks
    no query but for all quads there are. JSON-LD without a context is written by these options of
    its API.
    """

    text: str
    format_media_type: str
    media_type: str
    version: str = VERSIONS[0]
    profiles: tuple[Profile, ...] = COMPACTED
    context: str = ""
    entailment: str = ENTAILMENTS[0]
    dataset: Dataset | None = None
    substitutions: Mapping[Variable, NamedNode | Literal] = field(default_factory=dict)
    base_iri: str | None = None
    added: Sequence[Quad] = ()
    removed: Sequence[Quad] = ()
    graph: NamedNode | None = None
    is_whole: bool = False
    json_ld_options: Mapping[str, str | bool] = field(default_factory=dict)

    @property
    def supposes(self) -> bool:
        """Whether it is asked of a store that is not as the snapshot is."""
        return bool(self.added or self.removed)

    @property
    def choice(self) -> Choice:
        """The format, under the media type and in the version and form that the client wants."""
        form = _FORMATS[self.format_media_type]
        return Choice(form, self.media_type, self.version, self.profiles, self.context)
