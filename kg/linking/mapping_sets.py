"""Mapping sets as they are published: the link files, each alone or all as one.

The build has checked the files (`kg.sources.sssom`), so that nothing is checked here.

Source: A Simple Standard for Sharing Ontological Mappings (SSSOM); what it calls propagation is
here the way from the metadata of a set to a column.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from kg.namespaces import expand
from kg.sources.sssom import COLUMNS, read_header

# What would not be read as a text in YAML.
_MARKS: Final = (": ", " #")
# A comment in one language; the parts of the slot are separated by bars.
_OTHER_COMMENT: Final = re.compile(r"(?:^|\|)comment_([a-z]{2,3})=([^|]*)")


@dataclass(frozen=True)
class MappingSet:
    """Mappings with what is said of all of them.

    `metadata` has the values by slot, without lists; `prefixes` the namespaces; `rows` the cells by
    column; `sources` the IRIs of the sets that this one was merged from.
    """

    metadata: Mapping[str, str]
    prefixes: Mapping[str, str]
    rows: Sequence[Mapping[str, str]]
    sources: Sequence[str] = ()

    @classmethod
    def parse(cls, text: str) -> "MappingSet":
        """Read a set from the text of an SSSOM file."""
        lines = text.splitlines()
        cells = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
        rows = [dict(zip(cells[0], row, strict=True)) for row in cells[1:]]
        return cls(*read_header(lines), rows)

    def term(self, name: str) -> NamedNode:
        """Return the term that a cell names by a CURIE or an IRI."""
        prefix, _, local_name = name.partition(":")
        is_own = prefix in self.prefixes
        return NamedNode(self.prefixes[prefix] + local_name) if is_own else expand(name)

    @staticmethod
    def comments(row: Mapping[str, str], language: str) -> list[Literal]:
        """Return the comment of a row, which is in this language, and those in other languages.

        SSSOM has one comment per mapping; the slot `other` has the others, as `comment_zh=…`.
        """
        own = row.get("comment", "")
        others = _OTHER_COMMENT.findall(row.get("other", ""))
        given = [(language, own), *others] if own else others
        return [Literal(text, language=tag) for tag, text in given]

    def write(self) -> str:
        """Write the set as SSSOM, with the columns in the order of the standard."""
        used = {column for row in self.rows for column, cell in row.items() if cell}
        columns = [column for column in COLUMNS if column in used]
        sources = ["# mapping_set_source:", *(f"#   - {iri}" for iri in self.sources)]
        lines = [
            "# curie_map:",
            *(f"#   {prefix}: {space}" for prefix, space in sorted(self.prefixes.items())),
            *(f"# {slot}: {_quote(value)}" for slot, value in sorted(self.metadata.items())),
            *(sources if self.sources else ()),
            "\t".join(columns),
            *("\t".join(row.get(column, "") for column in columns) for row in self.rows),
        ]
        return "\n".join([*lines, ""])


def merge(sets: Sequence[MappingSet], iri: str, title: str) -> MappingSet:
    """Merge sets that mean the same by a prefix; what they do not share becomes columns."""
    first = sets[0].metadata.items() if sets else ()
    shared = {
        slot: value for slot, value in first if all(one.metadata.get(slot) == value for one in sets)
    }
    rows = [
        {**{slot: value for slot, value in own if slot in COLUMNS and slot not in shared}, **row}
        for one in sets
        for own in [one.metadata.items()]
        for row in one.rows
    ]
    prefixes = {prefix: space for one in sets for prefix, space in one.prefixes.items()}
    sources = [source for one in sets if (source := one.metadata.get("mapping_set_id"))]
    names = {"mapping_set_id": iri, "mapping_set_title": title}
    return MappingSet({**shared, **names}, prefixes, rows, sources)


def _quote(value: str) -> str:
    is_plain = value[:1].isalnum() and not any(mark in value for mark in _MARKS)
    return value if is_plain else json.dumps(value, ensure_ascii=False)
