"""Compare the reasoner with its peers on the same data; print Markdown tables.

    .venv/bin/python benchmarks/reasoning.py [--only NAME …] [--runs 3] [--folder FOLDER]

Needs `make bench-setup`. `--only` selects names from `CONTENDERS` and `ROWS`; by default all are
measured, which takes about ten minutes. `--folder` keeps the data for the next run.
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
    """Check that reasoners with the same semantics derive as many triples as we do.

    Raises:
        SystemExit: the numbers differ.
    """
    for name in set(names) & {*_MUST_AGREE} if "ours" in names else ():
        for size in CONTENDERS[name].sizes:
            ours, theirs = (deriving.measure(who, size).derived for who in ("ours", name))
            if ours != theirs:
                raise SystemExit(f"{size:,} triples: we derive {ours:,}, {name} derives {theirs:,}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Compare the reasoner with its peers.")
    parser.add_argument("--only", nargs="+", choices=[*CONTENDERS, *ROWS], metavar="NAME")
    parser.add_argument(
        "--runs", type=int, default=3, help="number of runs; slow contenders run once"
    )
    parser.add_argument("--folder", type=Path, help="folder that keeps the data for the next run")
    options = parser.parse_args()
    selected = options.only or [*CONTENDERS, *ROWS]
    with tempfile.TemporaryDirectory() as temporary:
        deriving = Deriving(options.folder or Path(temporary), options.runs)
        names = [name for name in selected if name in CONTENDERS]
        if names:
            sys.stdout.write(f"{table(deriving, names)}\n\n")
            check_agreement(deriving, names)
        rows = [ROWS[name](deriving) for name in selected if name in ROWS]
        if rows:
            lines = ["| measurement | result | peer | target |", "| --- | --- | --- | --- |"]
            lines += [f"| {' | '.join(row)} |" for row in rows]
            sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
