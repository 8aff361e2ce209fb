import gzip

import brotli
import pytest
import zstandard

from service.http.content_coding import choose_coding, compress, create_compressor

DECODED = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (b"", ""),
        (b"identity", ""),
        (b"gzip, deflate", "gzip"),
        (b"gzip, deflate, br", "br"),
        (b"gzip, deflate, br, zstd", "zstd"),
        (b"GZIP;Q=0.5 , br;q=0", "gzip"),
        (b"zstd;q=0.5, gzip", "gzip"),
        (b"*", "zstd"),
        (b"*;q=0.1, zstd;q=0", "br"),
        (b"x-gzip", "gzip"),
        (b"gzip;q=0.5, identity", ""),
        (b"gzip;q=nonsense", ""),
        (b"gzip;q=nan", ""),
        (b"\xff;;=,", ""),
    ],
)
def test_the_coding_is_what_the_client_likes_best(accepted: bytes, coding: str) -> None:
    assert choose_coding(accepted) == coding


@pytest.mark.parametrize("coding", DECODED)
def test_a_body_comes_back_whole_at_once_and_in_pieces(coding: str) -> None:
    body = "城市 city ".encode() * 5000
    pieces = create_compressor(coding)

    coded = b"".join(pieces.compress(body[at : at + 999]) for at in range(0, len(body), 999))
    coded += pieces.flush()

    assert len(coded) < len(body) / 10
    assert DECODED[coding](coded) == body
    assert DECODED[coding](compress(body, coding)) == body


@pytest.mark.parametrize("coding", DECODED)
def test_the_same_body_is_always_coded_in_the_same_bytes(coding: str) -> None:
    assert compress(b"city" * 999, coding) == compress(b"city" * 999, coding)
