import logging
from pathlib import Path

import pytest

from service.errors import Forbidden, MalformedSettings, Unauthorized
from service.scratch.store import WriteToken


def test_white_space_at_the_end_of_the_file_is_no_part_of_the_token(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_bytes(b"a-b_c~d+e/f==\r\n")
    path.chmod(0o600)
    token = WriteToken.read(path)

    token.check(["Bearer a-b_c~d+e/f=="])
    assert "a-b" not in repr(token)


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", "é".encode(), b"\xff"])
def test_a_file_without_a_token_is_refused_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)

    with pytest.raises(MalformedSettings, match="token_urlsafe"):
        WriteToken.read(path)
    with pytest.raises(MalformedSettings, match="No such file"):
        WriteToken.read(tmp_path / "nothing")


def test_a_token_that_others_can_read_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "token"
    path.write_text("s3cret", encoding="ascii")
    for mode, count in ((0o600, 0), (0o640, 1), (0o604, 2)):
        path.chmod(mode)
        with caplog.at_level(logging.WARNING):
            WriteToken.read(path)
        assert len(caplog.messages) == count
    assert "chmod 600" in caplog.messages[0]


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ([], Unauthorized),
        (["Basic s3cret"], Unauthorized),
        (["Bearer s3cret x"], Unauthorized),
        (["Bearer s3cret", "Bearer s3cret"], Unauthorized),
        (["Bearer "], Unauthorized),
        (["Bearer s3creT"], Forbidden),
        (["Bearer s3cret\udcff"], Forbidden),
    ],
)
def test_what_is_not_the_token_is_refused(headers: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        WriteToken(b"s3cret").check(headers)
