"""The content of a project: its ontology, curated files and queries, and what they are about.

The file `content.toml` describes it, and `release.json` the files that a release carries.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from kg.errors import BrokenRelease, MalformedFile, MalformedInput, OtherBaseIri
from kg.namespaces import BASE, BASE_VARIABLE, SOURCE_NAME, SOURCE_VARIABLE, is_base_iri
from kg.paths import CONTENT_FILE, CONTENT_FOLDER

_FOLDERS: Final = ("ontology", "queries", "curated")
_WORDS: Final = ("source", "curators", "example_class", "evidence", *_FOLDERS)
_TEXTS: Final = ("title", "summary")
_PLACE_OF_ERROR: Final = re.compile(r"at line (\d+), column (\d+)")
# The folders in a release, of whose curated files only the folder of link files is carried.
_CARRIED_FOLDERS: Final = {"ontology": "ontology", "queries": "queries", "curated": "."}
_CARRIED_FILES: Final = {
    "ontology": ("*.ttl", "*.rq", "*.jsonld"),
    "queries": ("*.rq",),
    "links": ("*.sssom.tsv",),
}
_COPY: Final = "copy the release again, or glocal build"


@dataclass(frozen=True, kw_only=True)
class Topic:
    """Saved questions that belong together: an anchor, a name by language, and their names."""

    id: str
    name: Mapping[str, str]
    questions: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Content:
    """A content: its subject, and the places of its files.

    `source` names the text whose passages are the evidence, and `evidence` the subfolder of
    `curated` with its evidence graphs; `curators` is the local name of who holds the readings;
    `example_class` is for messages. `title` and `summary` are by language. The topics and their
    questions are in the order of lists. The folders are below `root`; in a release, `curated` has
    the link files alone, and `digests` has the SHA-256 of each.
    """

    base_iri: str
    source: str
    curators: str
    languages: tuple[str, ...]
    title: Mapping[str, str]
    summary: Mapping[str, str]
    example_class: str
    evidence: str
    ontology: Path
    queries: Path
    curated: Path
    root: Path
    topics: tuple[Topic, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Content":
        """Return the content with these fields, whose paths are given as texts."""
        paths = {name: Path(document[name]) for name in (*_FOLDERS, "root")}
        return cls(**{**document, **paths, **_read_lists(document)})

    @property
    def rules(self) -> Path:
        """The folder of the rule files."""
        return self.ontology / "rules"

    @property
    def shapes(self) -> Path:
        """The folder of the shapes."""
        return self.ontology / "shapes"

    @property
    def links(self) -> Path:
        """The folder of the link files (SSSOM)."""
        return self.curated / "links"

    @property
    def compiled_rules(self) -> Path:
        """The file of the rules that were compiled from the axioms, which only a release has."""
        return self.root / "compiled.rq"

    def describe(self) -> dict[str, Any]:
        """Return the description in the form of `content.toml`, with the folders of a release."""
        given = {name: value for name, value in asdict(self).items() if name in _names()}
        return {**given, "languages": list(self.languages), **_CARRIED_FOLDERS}

    def carried_files(self) -> dict[str, Path]:
        """Return the files that a release takes to explain and serve it, by their places in it."""
        return {
            f"{folder}/{path.relative_to(top).as_posix()}": path
            for folder, patterns in _CARRIED_FILES.items()
            for top in [getattr(self, folder)]
            for pattern in patterns
            for path in sorted(top.rglob(pattern))
            if not path.name.startswith(".")
        }

    def require_own_names(self, place: Path) -> None:
        """Raise OtherBaseIri for a content with other names than this process makes."""
        if (self.base_iri, self.source) != (BASE, SOURCE_NAME):
            names = {BASE_VARIABLE: self.base_iri, SOURCE_VARIABLE: self.source}
            raise OtherBaseIri(place, names)

    def verify(self, *beginnings: str) -> None:
        """Raise BrokenRelease if a file of a release was changed, removed or added.

        Only those are checked whose path in the content begins with one of these, if any are given.
        """
        if not self.digests:
            return
        files = (path for path in self.root.rglob("*") if path.is_file())
        found = {path.relative_to(self.root).as_posix(): path for path in files}
        for name in sorted({*found, *self.digests}):
            if not name.startswith(beginnings or ("",)):
                continue
            place = f"{self.root.name}/{name}"
            if name not in self.digests:
                raise BrokenRelease(self.root.parent, f"{place} is not part of it", remedy=_COPY)
            if name not in found:
                raise BrokenRelease(self.root.parent, f"{place} is missing", remedy=_COPY)
            if sha256(found[name].read_bytes()) != self.digests[name]:
                reason = f"{place} was changed: its SHA-256 is not the one in release.json"
                raise BrokenRelease(self.root.parent, reason, remedy=_COPY)


@lru_cache(maxsize=1)
def own_content() -> Content:
    """Return the content of the project, which an installed package has a copy of."""
    return read_content(CONTENT_FOLDER)


def read_content(folder: Path) -> Content:
    """Read the `content.toml` of a folder; raise MalformedInput or MalformedFile if that fails."""
    path = folder / CONTENT_FILE
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        reason = f"{path}: {error.strerror}. Expected: a folder with a {CONTENT_FILE}"
        raise MalformedInput(reason) from error
    except ValueError as error:  # not TOML, or not UTF-8
        place = _PLACE_OF_ERROR.search(str(error))
        line, column = map(int, place.groups()) if place else (1, 1)
        raise MalformedFile(path, line, column, str(error), remedy="TOML in UTF-8") from error
    content = parse_content(document, path, folder)
    for name in _FOLDERS:
        if not getattr(content, name).is_dir():
            reason = f"there is no folder '{document[name]}'"
            remedy = f"the folder of the {name}, relative to {CONTENT_FILE}"
            raise MalformedFile(path, line_of_key(path, name), 1, reason, remedy=remedy)
    return content


def parse_content(
    document: Mapping[str, Any], path: Path, root: Path, digests: Mapping[str, str] | None = None
) -> Content:
    """Return the content that a description in the file `path` describes, its folders below `root`.

    Raises MalformedFile if an entry is missing, unknown or not of the right type.
    """
    listed = document.get("languages")
    languages = listed if isinstance(listed, list) and all(map(_is_text, listed)) else []
    are_right = {
        **dict.fromkeys(sorted(set(document) - _names()), False),
        "languages": bool(languages),
        **{name: _is_word(document.get(name)) for name in _WORDS},
        **{name: _is_translated(document.get(name), languages) for name in _TEXTS},
        "topics": _are_topics(document.get("topics", []), languages),
        "base_iri": _is_text(document.get("base_iri")) and is_base_iri(document["base_iri"]),
    }
    wrong = [name for name, is_right in are_right.items() if not is_right]
    if wrong:
        reason = f"'{wrong[0]}' is missing, unknown or not of the right form"
        remedy = f"what the {CONTENT_FILE} of the project has, a text in each language included"
        raise MalformedFile(path, line_of_key(path, wrong[0]), 1, reason, remedy=remedy)
    folders = {name: root / document[name] for name in _FOLDERS}
    return Content(
        **{**document, **folders, **_read_lists(document)},
        root=root,
        digests=digests or {},
    )


def line_of_key(path: Path, key: str) -> int:
    """Return the line of a key or table in a file of TOML, or 1 if it is not there."""
    pattern = re.compile(rf"\s*(\[+\s*)?{re.escape(key)}\b")
    lines = path.read_text("utf-8").splitlines() if path.suffix == ".toml" else []
    return next((number for number, line in enumerate(lines, 1) if pattern.match(line)), 1)


def english(texts: Mapping[str, str]) -> str:
    """Return the text in English, or else in the first of its languages."""
    return texts.get("en") or next(iter(texts.values()), "")


def sha256(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _names() -> set[str]:
    return {each.name for each in fields(Content)} - {"root", "digests"}


def _read_lists(document: Mapping[str, Any]) -> dict[str, Any]:
    topics = tuple(Topic(**one) for one in document.get("topics", ()))
    return {"languages": tuple(document["languages"]), "topics": topics}


def _are_topics(value: object, languages: list[str]) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict)
        and set(one) == {each.name for each in fields(Topic)}
        and _is_word(one["id"])
        and _is_translated(one["name"], languages)
        and isinstance(one["questions"], list)
        and all(map(_is_word, one["questions"]))
        for one in value
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_word(value: object) -> bool:
    """Return whether this can be a path or a part of an IRI."""
    return _is_text(value) and str(value).isprintable()


def _is_translated(value: object, languages: list[str]) -> bool:
    """Return whether this is a text in each of the languages, and in no other."""
    return (
        isinstance(value, dict)
        and set(value) == set(languages)
        and all(map(_is_text, value.values()))
    )
