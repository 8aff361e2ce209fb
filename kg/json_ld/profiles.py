"""The profiles of JSON-LD: the forms that a document can be asked for in.

Source: JSON-LD 1.1, appendix C (the media type's `profile` parameter); RFC 6906.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Final

_SPACE: Final = "http://www.w3.org/ns/json-ld#"


class Profile(StrEnum):
    """A form of JSON-LD document, or what such documents are made by: a context, a frame."""

    compacted = "compacted"
    expanded = "expanded"
    flattened = "flattened"
    framed = "framed"
    context = "context"
    frame = "frame"

    @property
    def iri(self) -> str:
        """What stands for it in a media type."""
        return f"{_SPACE}{self.value}"


CONTEXT_RELATION: Final = Profile.context.iri
# What any graph can be written in; frames are for things, and a thing's document has a context.
COMPACTED: Final = (Profile.compacted,)
FRAMED: Final = (Profile.framed,)
GRAPH_PROFILES: Final = (Profile.compacted, Profile.expanded, Profile.flattened)
UNFRAMED: Final = (*GRAPH_PROFILES, Profile.context)
THING_PROFILES: Final = (*UNFRAMED, Profile.framed)
_GO_TOGETHER: Final = (
    {Profile.flattened, Profile.compacted},
    {Profile.flattened, Profile.expanded},
    {Profile.framed, Profile.compacted},
)


def asked_for(value: str, known: Collection[Profile]) -> tuple[Profile, ...]:
    """The profiles that a document can have together, from the value of a `profile` parameter.

    The first decides; a later one counts if it goes with those before. Others are ignored, as
    are those that are not `known`.

    >>> flattened, compacted, expanded = (Profile(one).iri for one in
    ...     ("flattened", "compacted", "expanded"))
    >>> asked_for(f"urn:x {flattened} {compacted} {expanded}", GRAPH_PROFILES)
    (<Profile.flattened: 'flattened'>, <Profile.compacted: 'compacted'>)
    """
    by_iri = {one.iri: one for one in known}
    found: list[Profile] = []
    for iri in value.split():
        one = by_iri.get(iri)
        if one is not None and all({one, had} in _GO_TOGETHER for had in found):
            found.append(one)
    return tuple(found)


def parameter(profiles: Sequence[Profile]) -> str:
    """The parameter of a media type that names these profiles."""
    return f';profile="{" ".join(one.iri for one in profiles)}"'
