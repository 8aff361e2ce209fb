"""Change the content in one place at a time, and count the changes that `glocal check` refuses.

    .venv/bin/python benchmarks/mutations.py [--processes 2] [WORDS ...]

`mutations.toml` has the changes; the words select those that have one of them in their name. A
change is refused if a finding names its file, a line near it, and what is expected. Prints each
change that is not, and exits with 1 if there is one. Takes about four minutes.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Final, Self

from kg.content import own_content, read_content
from kg.errors import MalformedFile
from kg.paths import CONTENT_FILE
from kg.release.check import check
from kg.validation.findings import Finding

_TABLE: Final = Path(__file__).with_suffix(".toml")
# No later than this day is what the content says of its own past.
TODAY: Final = date(2027, 1, 1)
# A finding is about a statement, which may begin or end on another line than the change.
_LINES_NEAR: Final = 6


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """A change of one file: the first place of `find` becomes `replace`, or these `bytes`."""

    name: str
    file: str
    says: str
    find: str = ""
    replace: str = ""
    times: int = 1
    bytes: str = ""

    def apply(self, root: Path) -> range:
        """Change the file below this folder, and return the lines where a finding is expected."""
        path = root / self.file
        before = path.read_bytes() if path.exists() else b""
        find = self.find.encode()
        if find not in before:
            raise LookupError(f"{self.name}: {self.file} does not have {self.find!r}")
        start = before.index(find)
        text = self.replace.replace("§", "x" * self.times)
        new = bytes.fromhex(self.bytes) or text.encode()
        path.write_bytes(before[:start] + new + before[start + len(find) :])
        first = before.count(b"\n", 0, start) + 1
        last = first + max(find.count(b"\n"), new.count(b"\n"))
        return range(first - _LINES_NEAR, last + _LINES_NEAR + 1)

    def is_refused(self, findings: Sequence[Finding], lines: range, root: Path) -> bool:
        """Return whether a finding names the file, one of the lines, and what is expected."""
        place = os.path.realpath(root / self.file)
        return any(
            os.path.realpath(each.path) == place
            and each.line in lines
            and self.says in f"{each.message} {each.expected}"
            for each in findings
        )


def read_mutations() -> list[Mutation]:
    """Read the table of changes."""
    return [Mutation(**row) for row in tomllib.loads(_TABLE.read_text("utf-8"))["mutation"]]


class ContentCopy:
    """A copy of the project's content, which may be changed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        own = own_content()
        for folder in (own.ontology, own.queries, own.curated):
            shutil.copytree(folder, root / folder.relative_to(own.root))
        shutil.copy(own.root / CONTENT_FILE, root)

    @contextmanager
    def changed(self, mutations: Sequence[Mutation]) -> Iterator[list[range]]:
        """Change files, whose content is the old one again at the end; see `Mutation.apply`."""
        paths = {self.root / mutation.file for mutation in mutations}
        before = {path: path.read_bytes() for path in paths if path.exists()}
        try:
            yield [mutation.apply(self.root) for mutation in mutations]
        finally:
            for path in paths - before.keys():
                path.unlink()
            for path, content in before.items():
                path.write_bytes(content)

    def check(self) -> list[Finding]:
        """Return the findings of `glocal check`, or the error about the content as one."""
        try:
            return check(read_content(self.root), today=TODAY)
        except MalformedFile as error:
            texts = (error.reason, error.remedy, "content")
            return [Finding(str(error.path), error.line, *texts)]


@dataclass(frozen=True)
class Outcome:
    """The findings about one change."""

    mutation: Mutation
    is_refused: bool
    findings: list[Finding]
    seconds: float

    @classmethod
    def of(cls, mutation: Mutation, copy: ContentCopy) -> Self:
        """Make the change, check the content and undo the change."""
        start = time.perf_counter()
        with copy.changed([mutation]) as (lines,):
            findings = copy.check()
        is_refused = mutation.is_refused(findings, lines, copy.root)
        return cls(mutation, is_refused, findings, time.perf_counter() - start)


def _outcomes(mutations: Sequence[Mutation]) -> list[Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        copy = ContentCopy(Path(folder))
        return [Outcome.of(mutation, copy) for mutation in mutations]


def main() -> None:
    """Try the changes, and print those that are not refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    words = options.words
    mutations = [m for m in read_mutations() if not words or any(w in m.name for w in words)]
    parts = [mutations[i :: options.processes] for i in range(options.processes)]
    with get_context("spawn").Pool(options.processes) as pool:
        outcomes = [outcome for part in pool.imap(_outcomes, parts) for outcome in part]
    failed = [outcome for outcome in outcomes if not outcome.is_refused]
    lines = []
    for outcome in failed:
        lines.append(f"not refused: {outcome.mutation.name} ({outcome.mutation.file})")
        lines += [f"    {str(finding)[:300]}" for finding in outcome.findings[:5]]
    seconds = sum(outcome.seconds for outcome in outcomes) / max(len(outcomes), 1)
    lines.append(f"{len(outcomes) - len(failed)} of {len(outcomes)} refused, {seconds:.2f} s each")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
