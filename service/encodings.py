"""Accept-Encoding -> content coding, and bodies in it (RFC 9110, section 8.4)."""

import zlib
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final, Protocol

import brotli
import zstandard

# Below this a body fits into one packet as it is.
LEAST_BYTES: Final = 1000
_GZIP_HEADER: Final = 16


class Compressor(Protocol):
    """Bytes in, fewer bytes out; some come only at the end."""

    def compress(self, piece: bytes, /) -> bytes: ...  # noqa: D102
    def flush(self) -> bytes: ...  # noqa: D102


class _Brotli:
    def __init__(self) -> None:
        self._compressor = brotli.Compressor(mode=brotli.MODE_TEXT, quality=4)

    def compress(self, piece: bytes, /) -> bytes:
        return bytes(self._compressor.process(piece))

    def flush(self) -> bytes:
        return bytes(self._compressor.finish())


def _zstandard() -> Compressor:
    return zstandard.ZstdCompressor(level=3).compressobj()


# The server's preference, where the client is indifferent: what costs least for its size.
_CODINGS: Final[dict[str, Callable[[], Compressor]]] = {
    "zstd": _zstandard,
    "br": _Brotli,
    "gzip": partial(zlib.compressobj, 4, zlib.DEFLATED, _GZIP_HEADER + zlib.MAX_WBITS),
}


@lru_cache(maxsize=256)
def best_coding(accepted: bytes) -> str:
    """The content coding that an Accept-Encoding header likes best; empty for none."""
    wanted: dict[str, float] = {}
    for part in accepted.decode("latin-1").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        wanted[{"x-gzip": "gzip"}.get(name, name)] = _quality(parameters)
    others = wanted.get("*", 0.0)
    best = max(_CODINGS, key=lambda coding: wanted.get(coding, others))
    quality = wanted.get(best, others)
    return best if quality > 0 and quality >= wanted.get("identity", 0.0) else ""


def compressor(coding: str) -> Compressor:
    """A new compressor of this coding."""
    return _CODINGS[coding]()


def compress(body: bytes, coding: str) -> bytes:
    """A whole body in this coding."""
    one = compressor(coding)
    return one.compress(body) + one.flush()


def uncoded(tags: str) -> str:
    """These entity tags, each as it is of the same answer in no content coding."""
    for coding in _CODINGS:
        tags = tags.replace(f'-{coding}"', '"')
    return tags


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
