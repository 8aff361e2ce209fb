"""Change the content in one place at a time, and count the changes that `glocal check` refuses.

    .venv/bin/python benchmarks/mutations.py [--processes 2] [--batches] [WORDS ...]

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
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

from kg.content import own_content, read_content
from kg.errors import MalformedFile
from kg.paths import CONTENT_FILE
from kg.release.check import check
from kg.validation.findings import Finding

_TABLE: Final = Path(__file__).with_suffix(".toml")
# No later than this day is what the content says of its own past.
TODAY: Final = date(2027, 1, 1)
# A finding is about a statement, which may begin or end on another line than the change.
_LINES_NEAR: Final = 10


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """A change of one file: the first place of `find` becomes `replace`, or these bytes."""

    name: str
    file: str
    says: str
    find: str = ""
    replace: str = ""
    times: int = 1
    hexadecimal: str = ""
    stage: str = "statements"

    def edit_in(self, content: bytes) -> "Edit":
        """Return what the change does to the content of the file."""
        find, text = self.find.encode(), self.replace.replace("§", "x" * self.times)
        if find not in content:
            raise LookupError(f"{self.name}: {self.file} does not have {self.find!r}")
        start = content.index(find)
        return Edit(
            self, start, start + len(find), bytes.fromhex(self.hexadecimal) or text.encode()
        )

    def is_refused(self, findings: Sequence[Finding], lines: range, root: Path) -> bool:
        """Return whether a finding names the file, one of the lines, and what is expected."""
        place = os.path.realpath(root / self.file)
        return any(
            os.path.realpath(each.path) == place
            and each.line in lines
            and self.says in f"{each.message} {each.expected}"
            for each in findings
        )


class Edit(NamedTuple):
    """A mutation of a file in which the bytes from `start` to `end` become `new`."""

    mutation: Mutation
    start: int
    end: int
    new: bytes

    def lines_in(self, content: bytes) -> range:
        """Return the lines of the old content where a finding about the change may be."""
        first = content.count(b"\n", 0, self.start) + 1
        old, new = (part.count(b"\n") for part in (content[self.start : self.end], self.new))
        return range(first - _LINES_NEAR, first + max(old, new) + _LINES_NEAR + 1)


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

    def batches(self, mutations: Iterable[Mutation]) -> list[list[Mutation]]:
        """Divide changes so that those of a batch do not touch, and none hides another."""
        batches: list[list[Mutation]] = []
        taken: list[dict[tuple[str, int], Mutation]] = []
        for mutation in mutations:
            content = self._content(mutation.file)
            lines = {(mutation.file, n) for n in mutation.edit_in(content).lines_in(content)}
            for batch, lines_of_batch in zip(batches, taken, strict=True):
                is_same_stage = batch[0].stage == mutation.stage != "alone"
                # Of a file that cannot be read, only the first error is known.
                is_hidden = mutation.stage == "reading" and mutation.file in {
                    other.file for other in batch
                }
                if is_same_stage and not is_hidden and lines.isdisjoint(lines_of_batch):
                    break
            else:
                batches.append(batch := [])
                taken.append(lines_of_batch := {})
            batch.append(mutation)
            lines_of_batch.update(dict.fromkeys(lines, mutation))
        return batches

    @contextmanager
    def changed(self, mutations: Sequence[Mutation]) -> Iterator[list[range]]:
        """Make changes, which are undone at the end; yields where findings about them may be."""
        edits: defaultdict[str, list[Edit]] = defaultdict(list)
        for mutation in mutations:
            edits[mutation.file].append(mutation.edit_in(self._content(mutation.file)))
        before = {name: self._content(name) for name in edits}
        are_new = {name: not (self.root / name).exists() for name in edits}
        lines: dict[str, range] = {}
        try:
            for name, several in edits.items():
                parts, end, shift = [], 0, 0
                for edit in sorted(several, key=lambda edit: edit.start):
                    old = before[name][edit.start : edit.end]
                    near = edit.lines_in(before[name])
                    lines[edit.mutation.name] = range(near.start + shift, near.stop + shift)
                    parts += [before[name][end : edit.start], edit.new]
                    end, shift = edit.end, shift + edit.new.count(b"\n") - old.count(b"\n")
                (self.root / name).write_bytes(b"".join([*parts, before[name][end:]]))
            yield [lines[mutation.name] for mutation in mutations]
        finally:
            for name, is_new in are_new.items():
                (self.root / name).write_bytes(before[name])
                if is_new:
                    (self.root / name).unlink()

    def _content(self, name: str) -> bytes:
        path = self.root / name
        return path.read_bytes() if path.exists() else b""

    def check(self) -> list[Finding]:
        """Return the findings of `glocal check`, or the error about the content as one."""
        try:
            return check(read_content(self.root), today=TODAY)
        except MalformedFile as error:
            texts = (error.reason, error.remedy, "content")
            return [Finding(str(error.path), error.line, *texts)]


@dataclass(frozen=True)
class Outcome:
    """Whether one change was refused, and the findings about it and what was changed with it."""

    mutation: Mutation
    is_refused: bool
    findings: list[Finding]

    def __str__(self) -> str:
        verdict = "refused" if self.is_refused else "not refused"
        lines = [f"{verdict}: {self.mutation.name} ({self.mutation.file})"]
        return "\n    ".join([*lines, *(str(each)[:300] for each in self.findings[:5])])


def try_mutations(
    mutations: Sequence[Mutation], *, in_batches: bool, tell: Callable[[str], object] = str
) -> list[Outcome]:
    """Make the changes in a copy of the content, and check it after each change or batch.

    `tell` is called with a text about each change that was not refused.
    """
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        copy = ContentCopy(Path(folder))
        batches = copy.batches(mutations) if in_batches else [[each] for each in mutations]
        for batch in batches:
            with copy.changed(batch) as places:
                findings = copy.check()
            for mutation, lines in zip(batch, places, strict=True):
                is_refused = mutation.is_refused(findings, lines, copy.root)
                about = [each for each in findings if each.path.endswith(mutation.file)]
                outcomes.append(Outcome(mutation, is_refused, about or findings))
                if not is_refused:
                    tell(str(outcomes[-1]))
    return outcomes


def main() -> None:
    """Try the changes, and print those that are not refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--batches", action="store_true")
    options = parser.parse_args()
    words, count = options.words, options.processes
    mutations = [m for m in read_mutations() if not words or any(w in m.name for w in words)]
    start = time.perf_counter()
    with get_context("spawn").Pool(count) as pool:
        trying = partial(try_mutations, in_batches=options.batches, tell=_print)
        parts = pool.map(trying, [mutations[i::count] for i in range(count)], chunksize=1)
    refused = sum(outcome.is_refused for part in parts for outcome in part)
    seconds = time.perf_counter() - start
    _print(f"{refused} of {len(mutations)} refused, in {seconds:.0f} s")
    sys.exit(0 if refused == len(mutations) else 1)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
