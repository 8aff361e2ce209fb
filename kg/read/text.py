"""The text of a file, which must be UTF-8."""

from pathlib import Path

from kg.errors import MalformedFile, MalformedInput


def text_of(path: Path) -> str:
    """The file's text, line ends as they are in the file.

    Raises:
        MalformedInput: the file cannot be opened, or is not UTF-8 (`MalformedFile`).
    """
    return decoded(path, content_of(path))


def content_of(path: Path) -> bytes:
    """The file's bytes.

    Raises:
        MalformedInput: the file cannot be opened.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise MalformedInput(f"{path}: cannot be read: {error.strerror}") from error


def decoded(path: Path, content: bytes) -> str:
    """The bytes as text; the path is only named in the refusal.

    Raises:
        MalformedFile: not UTF-8; line and column (in code points) of the first wrong byte.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        remedy = "the file saved as UTF-8"
        raise MalformedFile(path, line, column, "not UTF-8", remedy=remedy) from error
