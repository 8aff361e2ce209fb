"""The formats of answers: their names, media types and serializers of the engine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import QueryResultsFormat, RdfFormat

from kg.describe.json_ld_context import COMPACTED_ONLY, CONTEXT_RELATION, Profile, profile_parameter

# The versions of RDF and SPARQL; `1.2-basic` is 1.2 without triple terms.
VERSIONS: Final = ("1.1", "1.2", "1.2-basic")


@dataclass(frozen=True)
class Format:
    """A format of answers; `name` is used in `?format=` and as file extension."""

    name: str
    media_type: str
    syntax: RdfFormat | QueryResultsFormat | None = None
    aliases: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()

    @property
    def has_versions(self) -> bool:
        """Whether the format can express RDF 1.2, which its media type then states."""
        return self.syntax is not None and self not in (RESULTS_CSV, JSON_LD)

    def __reduce__(self) -> tuple[Callable[..., "Format"], tuple[object, ...]]:
        """Pickle a format of the engine by its media type, since its syntax cannot be pickled."""
        if self.syntax is None:
            return Format, (self.name, self.media_type, None, self.aliases, self.other_names)
        return _find_answer_format, (self.media_type,)


@dataclass(frozen=True)
class Choice:
    """A format, with the media type and the version of RDF in which the client wants it.

    `version` is one of `VERSIONS`, or empty if the client named none. JSON-LD has `profiles`, and
    as `context` the URL of its context, which is empty if the document contains it.
    """

    format: Format
    media_type: str
    version: str = ""
    profiles: tuple[Profile, ...] = COMPACTED_ONLY
    context: str = ""

    @property
    def content_type(self) -> str:
        """The value of the Content-Type header: the media type with charset, version or profile."""
        if self.media_type == JSON_LD.media_type:
            return f"{self.media_type}{profile_parameter(self.profiles)}"
        charset = "; charset=utf-8" if self.media_type.startswith("text/") else ""
        # The parameter `version` is new, so older versions are not announced.
        has_version = self.version.startswith("1.2") and self.format.has_versions
        return f"{self.media_type}{charset}{f'; version={self.version}' if has_version else ''}"

    @property
    def links(self) -> tuple[str, ...]:
        """The links for the Link header: the context that makes plain JSON into JSON-LD."""
        if self.format == JSON_LD and self.media_type == JSON.media_type and self.context:
            return (f'<{self.context}>; rel="{CONTEXT_RELATION}"; type="{JSON_LD.media_type}"',)
        return ()


def media_types(formats: Sequence[Format]) -> list[str]:
    """Return the main media type of each format."""
    return [form.media_type for form in formats]


TURTLE: Final = Format("ttl", "text/turtle", RdfFormat.TURTLE, (), ("turtle", "n3"))
JSON_LD: Final = Format(
    "jsonld", "application/ld+json", RdfFormat.JSON_LD, ("application/json",), ("json-ld", "json")
)
N_TRIPLES: Final = Format("nt", "application/n-triples", RdfFormat.N_TRIPLES, (), ("ntriples",))
RDF_XML: Final = Format("rdf", "application/rdf+xml", RdfFormat.RDF_XML, (), ("rdfxml", "xml"))
TRIG: Final = Format("trig", "application/trig", RdfFormat.TRIG)
N_QUADS: Final = Format("nq", "application/n-quads", RdfFormat.N_QUADS, (), ("nquads",))
SPARQL: Final = Format("rq", "application/sparql-query")
RESULTS_CSV: Final = Format("csv", "text/csv", QueryResultsFormat.CSV)
RESULTS_JSON: Final = Format(
    "json", "application/sparql-results+json", QueryResultsFormat.JSON, ("application/json",)
)
RESULTS_XML: Final = Format(
    "xml", "application/sparql-results+xml", QueryResultsFormat.XML, ("application/xml", "text/xml")
)
RESULTS_TSV: Final = Format("tsv", "text/tab-separated-values", QueryResultsFormat.TSV)
SSSOM: Final = Format("tsv", "text/tab-separated-values", None, ("text/plain",))
JSON: Final = Format("json", "application/json")
LINKSET_JSON: Final = Format("json", "application/linkset+json", None, ("application/json",))
LINKSET: Final = Format("txt", "application/linkset", None, ("text/plain",))
HTML: Final = Format("html", "text/html", None, ("application/xhtml+xml",))
SVG: Final = Format("svg", "image/svg+xml")
CSS: Final = Format("css", "text/css")
JAVASCRIPT: Final = Format("js", "text/javascript")
PROBLEM: Final = Format("json", "application/problem+json", None, ("application/json",))
TEXT: Final = Format("txt", "text/plain", None, (), ("text", "tree"))
MERMAID: Final = Format("mmd", "text/vnd.mermaid", None, (), ("mermaid",))

# Each list is in the server's order of preference, for clients that have none.
GRAPH_FORMATS: Final = (TURTLE, JSON_LD, N_TRIPLES, RDF_XML, TRIG, N_QUADS)
TRIPLE_FORMATS: Final = (TURTLE, JSON_LD, N_TRIPLES, RDF_XML)
DATASET_FORMATS: Final = (TRIG, JSON_LD, N_QUADS, TURTLE, N_TRIPLES, RDF_XML)
RESULT_FORMATS: Final = (RESULTS_JSON, RESULTS_XML, RESULTS_CSV, RESULTS_TSV)
QUAD_FORMATS: Final = (TRIG, JSON_LD, N_QUADS)
LINKSET_FORMATS: Final = (LINKSET_JSON, LINKSET)
PROOF_FORMATS: Final = (JSON_LD, TURTLE, TEXT, MERMAID, HTML)
OUTCOME_FORMATS: Final = (JSON_LD, TURTLE, TEXT)


def _find_answer_format(media_type: str) -> Format:
    return next(form for form in (*RESULT_FORMATS, *GRAPH_FORMATS) if form.media_type == media_type)
