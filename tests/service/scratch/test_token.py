import logging
from pathlib import Path

import pytest

from service.errors import Forbidden, MalformedSettings, TooManyFailedTokens, Unauthorized
from service.scratch.token import FailedTokens, WriteToken


def test_white_space_at_the_end_of_the_file_is_no_part_of_the_token(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_bytes(b"a-b_c~d+e/f==\r\n")
    path.chmod(0o600)
    token = WriteToken.read(path)

    token.check(["Bearer a-b_c~d+e/f=="], "me")
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
    path.write_text("s3cret" * 4, encoding="ascii")
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
        WriteToken(b"s3cret").check(headers, "me")


def test_a_token_that_can_be_guessed_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "token"
    path.touch(0o600)
    for length, count in ((1, 1), (21, 2), (22, 2)):
        path.write_text("x" * length, encoding="ascii")
        with caplog.at_level(logging.WARNING):
            WriteToken.read(path)
        assert len(caplog.messages) == count
    assert "fewer than 22 characters" in caplog.messages[0]
    assert "token_urlsafe" in caplog.messages[0]


def test_a_client_may_guess_ten_times_and_then_once_in_six_seconds() -> None:
    now = [1000.0]
    failures = FailedTokens(lambda: now[0])
    token = WriteToken(b"s3cret", failures)

    def send(text: str, client: str = "a guesser") -> int:
        """Return 0 if the token is right, 403 if it is wrong, or the seconds to wait."""
        try:
            token.check([f"Bearer {text}"], client)
        except Forbidden:
            return 403
        except TooManyFailedTokens as error:
            return error.retry_seconds
        return 0

    assert [send(f"guess{number}") for number in range(11)] == [403] * 10 + [6]
    assert (send("s3cret"), send("s3cret", "another client")) == (6, 0)
    now[0] += 5.5
    assert send("s3cret") == 1
    now[0] += 0.5
    assert [send("s3cret"), send("guess"), send("s3cret")] == [0, 403, 6]
    now[0] += 60
    assert [send("guess") for _ in range(11)] == [403] * 10 + [6]


def test_only_the_clients_that_failed_last_are_remembered() -> None:
    failures = FailedTokens(lambda: 0.0)
    for number in range(5000):
        for _ in range(10):
            failures.add(str(number))

    failures.check("0")
    with pytest.raises(TooManyFailedTokens):
        failures.check("4999")


def test_a_request_without_a_token_is_no_guess() -> None:
    token = WriteToken(b"s3cret")
    for _ in range(20):
        with pytest.raises(Unauthorized):
            token.check([], "me")

    token.check(["Bearer s3cret"], "me")
