"""The terms of a query that a release does not have: misspelt names, which match nothing.

In SPARQL a misspelt class is no error: `?x a glocal:Evidense` has no solutions. But a release has
all terms of its own namespaces, so those that it lacks can be named, with similar ones that exist.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from itertools import takewhile
from typing import Final

from pyoxigraph import NamedNode

from kg.errors import MalformedQuery, RefusedQuery
from kg.namespaces import BASE, PREFIXES, SOURCE, shorten
from kg.sparql.hints import QueryHint
from kg.sparql.query import Query
from kg.sparql.tokens import SparqlToken
from kg.store.quad_store import Store

# Queries for Wikidata are asked here too, whose terms a release mentions where it links to them.
_WIKIDATA: Final = (PREFIXES["wdt"], PREFIXES["wd"])
_MEANT: Final = {f"{_WIKIDATA[0]}P31": ("rdf:type",), f"{_WIKIDATA[0]}P279": ("rdfs:subClassOf",)}
_KNOWN: Final = (BASE, *_WIKIDATA)
_OWN: Final = (*(space for space in PREFIXES.values() if space.startswith(BASE)), SOURCE)
_NAMESPACES: Final = (*_OWN, *_WIKIDATA)
# Terms beyond this number are not looked for: whoever corrects the first ones asks again.
_MAX_TERMS: Final = 3
_MAX_NEAR: Final = 3
# Lower, and other words with the same beginning and end are similar too.
_LEAST_SIMILARITY: Final = 0.8
# Terms that are remembered to exist.
_MAX_REMEMBERED: Final = 100_000
# What looks like a declaration, what follows a prefix, or an own IRI, perhaps in a comment.
_DECLARATION: Final = re.compile(r"PREFIX\s+([\w.-]*):\s*<([^<>\s]*)>", re.IGNORECASE)
_LOCAL_NAME: Final = re.compile(r":((?:[\w.:%-]|\\.)+)")
_IRI: Final = re.compile(rf"<((?:{'|'.join(map(re.escape, _KNOWN))})[^<>\s]*\w)>")


class TermChecker:
    """Finds the terms of queries that are in no quad of a store that does not change."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._remembered: set[str] = set()

    def check(self, query: Query) -> list[QueryHint]:
        """Return the first unknown terms of a query, in their order."""
        return [self.describe(iri) for iri in self.find_unknown(query)]

    def find_unknown(self, query: Query) -> list[str]:
        """Return the IRIs of the first unknown terms."""
        unknown: list[str] = []
        if self.remembers_all(query.full_text):
            return unknown
        for iri in dict.fromkeys(_own_iris(query)):
            if not self._exists(iri):
                unknown.append(iri)
                if len(unknown) == _MAX_TERMS:
                    break
        return unknown

    def describe(self, iri: str) -> QueryHint:
        """Return an unknown term with similar ones, all as CURIEs, which takes milliseconds.

        The same local name in another namespace comes first: `glocal:Evidence` for `id:Evidence`.
        """
        if iri.startswith(_WIKIDATA):
            return QueryHint("unknown-term", shorten(iri), _MEANT.get(iri, ()))
        own = _namespace(iri)
        local_name = iri.removeprefix(own).casefold()
        elsewhere = [names[local_name] for names in self._names.values() if local_name in names]
        names = self._names[own]
        similar = get_close_matches(local_name, names, n=_MAX_NEAR, cutoff=_LEAST_SIMILARITY)
        near = dict.fromkeys([*elsewhere, *(names[name] for name in similar)])
        return QueryHint("unknown-term", shorten(iri), tuple(near)[:_MAX_NEAR])

    def remembers_all(self, text: str) -> bool:
        """Return whether all that looks like an own term is known to exist.

        It takes a tenth of the time of `find_unknown`, and never reads the store.
        """
        prefixes = [pair for pair in _DECLARATION.findall(text) if pair[1].startswith(_KNOWN)]
        names = {
            iri + found[1].rstrip(".")
            for found in _LOCAL_NAME.finditer(text)
            for prefix, iri in prefixes
            if text.endswith(prefix, 0, found.start())
        }
        return self._remembered.issuperset(names) and self._remembered.issuperset(
            _IRI.findall(text)
        )

    def _exists(self, iri: str) -> bool:
        if iri in self._remembered:
            return True
        try:
            node = NamedNode(iri)
        except ValueError:
            # The engine says what is wrong with it.
            return True
        patterns = ((node,), (None, node), (None, None, node))
        exists = self._store.has_graph(node) or any(
            next(self._store.quads(*pattern), None) for pattern in patterns
        )
        if exists and len(self._remembered) < _MAX_REMEMBERED:
            self._remembered.add(iri)
        return exists

    @cached_property
    def _names(self) -> Mapping[str, Mapping[str, str]]:
        """The CURIEs of known terms by namespace and local name in lower case."""
        names: dict[str, dict[str, str]] = {space: {} for space in _OWN}
        for iri in self._store.known_iris:
            if iri.startswith(_OWN):
                space = _namespace(iri)
                names[space][iri.removeprefix(space).casefold()] = shorten(iri)
        return names


def _own_iris(query: Query) -> Iterator[str]:
    """Yield the terms in the release's namespaces, and Wikidata's, that a query names."""
    try:
        declared, services = query.prologue.prefixes, query.services
    except (MalformedQuery, RefusedQuery):
        # The engine says what is wrong with it.
        return
    prefixes = {name for name, iri in declared.items() if iri.startswith(_KNOWN)}
    for token in _tokens_of_patterns(query):
        # Another endpoint may have other terms.
        if any(block.start <= token.offset < block.end for block in services):
            continue
        if token.kind == "name" and token.text.partition(":")[0] in prefixes:
            # A token includes the full stop that ends its triple, if there is no space.
            if token.text.endswith(".") and not token.text.endswith("\\."):
                token = token._replace(text=token.text.rstrip("."))
            iri = query.resolve(token)
        elif token.kind == "iri" and token.text.startswith(_KNOWN, 1):
            iri = token.text[1:-1]
        else:
            continue
        # Others are the beginning of names, as in a PREFIX or `STRSTARTS(STR(?graph), STR(ev:))`.
        if iri.startswith(_NAMESPACES) and iri[-1].isalnum():
            yield iri


def _tokens_of_patterns(query: Query) -> Iterator[SparqlToken]:
    """Yield the tokens except those of the template of a CONSTRUCT, which may make new terms."""
    tokens = iter(query.tokens)
    for token in tokens:
        yield token
        if token.keyword == "CONSTRUCT" and next(tokens, token).text == "{":
            for _ in takewhile(lambda one: one.text != "}", tokens):
                pass


def _namespace(iri: str) -> str:
    return max((space for space in _NAMESPACES if iri.startswith(space)), key=len)
