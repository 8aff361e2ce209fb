"""What the address of a resource asks for beside a format: evidence, a frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from fastapi import Request

from kg.errors import MalformedParameter
from service.address import Pairs, in_address, single
from service.answers.formats import JSON_LD, QUAD_FORMATS, Format

_TRUTH: Final = {"": False, "0": False, "1": True}
# What is said of the document, and so has to be said again where a thing leads to it.
_KEPT: Final = ("context", "evidence", "frame")


@dataclass(frozen=True)
class ResourceRequest:
    """Whether each statement is wanted in the graphs that say so, and by which frame, if any."""

    evidence: bool
    frame: str | None

    def formats(self, usual: Sequence[Format]) -> Sequence[Format]:
        """Those that can give what is asked for, of the usual ones."""
        if self.evidence:
            return QUAD_FORMATS
        return usual if self.frame is None else (JSON_LD,)


def resource_request(request: Request) -> ResourceRequest:
    """What this request asks for.

    Raises:
        MalformedParameter: `evidence` is neither 0 nor 1, or one of them is given twice, or both
            evidence and a frame are asked for, which has no room for named graphs.
    """
    pairs = in_address(request)
    evidence, frame = single(pairs, "evidence") or "", single(pairs, "frame") or None
    if evidence not in _TRUTH:
        raise MalformedParameter("evidence", f"is 0 or 1, not '{evidence}'")
    if _TRUTH[evidence] and frame is not None:
        reason = "a framed document has no named graphs; right would be evidence=1 without it"
        raise MalformedParameter("frame", reason)
    return ResourceRequest(_TRUTH[evidence], frame)


def kept_parameters(request: Request) -> str:
    """The part of the address, with its question mark, that goes on to the document."""
    pairs: Pairs = [(name, value) for name, value in in_address(request) if name in _KEPT and value]
    return f"?{urlencode(pairs)}" if pairs else ""
