"""What the reasoner is measured by, beside peers on the same data in the same run, as Markdown.

    .venv/bin/python benchmarks/reasoning.py [--only NAME …] [--runs 3] [--folder FOLDER]

Needs `make bench-setup`. Without `--only`, all of `CONTENDERS` and `ROWS`: some ten minutes. With
a folder, the data stays there for the next run.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.contenders import CONTENDERS
from benchmarks.deriving import Deriving, table
from benchmarks.rows import ROWS

_MUST_AGREE: Final = ("nemo", "nemo-tables", "owlrl")


def check_agreement(deriving: Deriving, names: Sequence[str]) -> None:
    """Ends the run if one that makes the same claim as we do derives another number of triples."""
    for name in set(names) & {*_MUST_AGREE} if "ours" in names else ():
        for size in CONTENDERS[name].sizes:
            ours, theirs = (deriving.measure(each, size).derived for each in ("ours", name))
            if ours != theirs:
                raise SystemExit(f"{size:,} triples: {ours:,} derived, {theirs:,} by {name}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Measure the reasoner beside peers.")
    parser.add_argument("--only", nargs="+", choices=[*CONTENDERS, *ROWS], metavar="NAME")
    parser.add_argument("--runs", type=int, default=3, help="repetitions; of slow ones, one")
    parser.add_argument("--folder", type=Path, help="where the data may stay for the next run")
    options = parser.parse_args()
    wanted = options.only or [*CONTENDERS, *ROWS]
    with tempfile.TemporaryDirectory() as temporary:
        deriving = Deriving(options.folder or Path(temporary), options.runs)
        names = [name for name in wanted if name in CONTENDERS]
        if names:
            sys.stdout.write(f"{table(deriving, names)}\n\n")
            check_agreement(deriving, names)
        rows = [ROWS[name](deriving) for name in wanted if name in ROWS]
        if rows:
            lines = ["| what | measured | beside | to reach |", "| --- | --- | --- | --- |"]
            lines += [f"| {' | '.join(row)} |" for row in rows]
            sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
