"""Check that what `content.toml` names exists, and that its texts are in their languages."""

from collections.abc import Collection, Iterator, Sequence

from pyoxigraph import Quad

from kg.content import Content, line_of_key
from kg.namespaces import GLOCAL, ID, shorten
from kg.paths import CONTENT_FILE
from kg.statuses import Status
from kg.validation.findings import Finding, display_path
from kg.validation.names import suggest_name
from kg.validation.texts import script_error


def check_content(
    content: Content, curated: Sequence[Quad], declared: Collection[object]
) -> Iterator[Finding]:
    """Yield the findings about the description of a content; `declared` has what has a type."""
    path = content.root / CONTENT_FILE
    named = {"example_class": GLOCAL[content.example_class]}
    if any(quad.object == Status.READING.iri for quad in curated):
        named["curators"] = ID[content.curators]
    errors = []
    for key, name in named.items():
        if name not in declared:
            remedy = f"{suggest_name(name, declared)}another name."
            errors.append((key, f"{shorten(name.value)} does not exist.", remedy))
    for key, texts in (("title", content.title), ("summary", content.summary)):
        for language, text in texts.items():
            if error := script_error(text, language):
                errors.append((key, f"the {key} ({language}) is {error[0]}.", f"{error[1]}."))
    for key, message, remedy in errors:
        line = line_of_key(path, key)
        yield Finding(display_path(path), line, message, remedy, "content")
