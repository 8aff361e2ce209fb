"""A query's prologue -> the IRIs that its names stand for."""

from collections.abc import Mapping
from dataclasses import dataclass

from kg.errors import MalformedQuery
from kg.query_dataset import resolved, unescaped
from kg.query_text import FORMS, Token, position, tokens


@dataclass(frozen=True)
class Names:
    """What a query declares before its form: the text of it, prefixes, and the base."""

    prologue: str
    prefixes: Mapping[str, str]
    base: str

    @classmethod
    def of(cls, text: str, base_iri: str) -> "Names":
        """The names that this query declares; relative IRIs are resolved against the base.

        Raises:
            MalformedQuery: what should be an IRI is none, with line and column.
        """
        prefixes: dict[str, str] = {}
        base, end = base_iri, len(text)
        stream = tokens(text)
        for token in stream:
            word = token.text.upper() if token.kind == "word" else ""
            if word == "BASE":
                base = resolved(text, base, next(stream, token))
            elif word == "PREFIX":
                prefix = next(stream, token).text.rstrip(":")
                prefixes[prefix] = resolved(text, base, next(stream, token))
            elif word in FORMS:
                end = token.offset
                break
        return cls(f"BASE <{base_iri}>\n{text[:end]}", prefixes, base)

    def iri(self, text: str, token: Token) -> str:
        """The IRI that a token of the query stands for.

        Raises:
            MalformedQuery: its prefix is not declared, or it is no IRI; with line and column.
        """
        if token.kind == "iri":
            return resolved(text, self.base, token)
        prefix, _, local_name = token.text.partition(":")
        if prefix not in self.prefixes:
            reason = f"the prefix '{prefix}:' is not declared"
            raise MalformedQuery(reason, *position(text, token.offset))
        return self.prefixes[prefix] + unescaped(local_name)
