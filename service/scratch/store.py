"""The state of a scratch store, and how it is changed.

The data itself is held only by the query processes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Annotated, ClassVar

from fastapi import Depends, Request
from pyoxigraph import Literal, NamedNode
from starlette.datastructures import State

from kg.errors import KgError, MalformedParameter
from kg.reasoning.regimes.names import RegimeName
from kg.reasoning.upkeep.entailment import Entailment
from kg.sources.prefixes import BEGINNING_BYTES, PrefixTable, merge_prefixes, read_first_prefixes
from service.errors import NotWritable
from service.excerpts.overview import read_titles
from service.excerpts.reader import DataReader
from service.http.endpoint import Changed, Endpoint, current_endpoint
from service.http.negotiation import Language
from service.http.request import client_key, parse_iri, query_parameters, url_as_sent
from service.pages.data.terms import DATA_PLACES, REASONING_PLACES, DataSite, DataTerms
from service.pages.terms import read_words
from service.queries.clients import NOBODY, networks_of
from service.queries.messages import SYNTAXES, Change, SentBody
from service.scratch.token import WriteToken


@dataclass(frozen=True, kw_only=True)
class ScratchStore(Endpoint):
    """One state of a scratch store, replaced by the next state with each change.

    `run_id` is a random text that distinguishes this store from those of other runs of the service.
    Without a token the store is read-only. With an `entailment`, it has what follows, too.
    `prefixes` are those of the data; `titles` are its names in any languages, and `title` is what
    it is called without any. `contradictions` is how many its default graph has.
    """

    is_scratch: ClassVar[bool] = True
    run_id: str
    token: WriteToken | None
    entailment: Entailment | None = None
    prefixes: PrefixTable = field(default_factory=PrefixTable)
    titles: Sequence[Literal] = ()
    title: str = ""
    contradictions: int = 0

    def graph_at(self, request: Request, name: str) -> NamedNode:
        """Return the graph whose IRI is the request's URL, as sent; no parameter may name one."""
        _ = name
        if any(key in ("graph", "default") for key, _ in query_parameters(request)):
            raise MalformedParameter("graph", "the path already names a graph")
        return parse_iri("graph", url_as_sent(request))

    def require_write_access(self, request: Request) -> None:
        """Refuse a change of a read-only store (NotWritable); else see `WriteToken.check`."""
        if self.token is None:
            raise NotWritable
        network = networks_of(client_key(request))[0]
        self.token.check(request.headers.getlist("authorization"), network)

    async def apply_change(
        self,
        request: Request,
        change: Change,
        check: "Callable[[ScratchStore], None]" = lambda _: None,
    ) -> Changed:
        """Make a change, which every later query sees.

        The change is made even if the client disconnects meanwhile. `check` is called with the
        current state right before the change, and may raise to prevent it. See `ChangeQueue.apply`.
        """
        state, counts = request.app.state, list[int]()

        def advance(contradictions: int) -> None:
            counts.extend((state.served.contradictions, contradictions))
            generation = self.processes.pool.generation
            state.served = replace(
                state.served, generation=generation, contradictions=contradictions
            )

        created = await self.processes.writer.apply(
            change, client_key(request), check=lambda: check(state.served), then=advance
        )
        await self.read_titles(state)
        before, after = counts
        return Changed(created, after, max(0, after - before))

    @staticmethod
    async def read_titles(state: State) -> None:
        """Read the titles of the data anew, for the current state of the store."""
        store: ScratchStore = state.served
        # Without an answer, such as in a service that ends, the titles stay as they are.
        with suppress(KgError):
            titles = await read_titles(DataReader(store, NOBODY))
            if titles != store.titles:
                state.served = replace(state.served, titles=titles)

    def note_prefixes(self, state: State, bodies: Iterable[SentBody]) -> None:
        """Add the prefixes at the beginning of documents that were written to those of the data.

        `state` is that of the application, whose current state of the store then has them.
        """
        found = [
            read_first_prefixes(bytes(body.content[:BEGINNING_BYTES]), SYNTAXES[body.media_type])
            for body in bodies
            if body.media_type in SYNTAXES and not body.is_gzipped
        ]
        merged = merge_prefixes([state.served.prefixes.declared, *found])
        if merged != state.served.prefixes.declared:
            state.served = replace(state.served, prefixes=PrefixTable(merged))

    @cached_property
    def page_terms(self) -> Callable[[Language], DataTerms]:
        """The writers of terms on pages, by the language of the page; they know no names yet."""
        return lru_cache(lambda language: self._make_terms(language))

    def _make_terms(self, language: Language) -> DataTerms:
        places = REASONING_PLACES if self.has_derived else DATA_PLACES
        title = self.title or read_words(language.tag)["own-title"]
        site = DataSite(title, self.prefixes, places, self.contradictions)
        terms = DataTerms(language, site)
        for found in terms.own_texts(self.titles)[:1]:
            return DataTerms(language, replace(site, title=found.value))
        return terms

    @property
    def release_hash(self) -> str:
        """A text that is different for each state, in place of a content hash."""
        return f"scratch-{self.run_id}-{self.generation}"

    @property
    def version(self) -> str:
        """The number of changes so far."""
        return str(self.generation)

    @property
    def tag_parts(self) -> tuple[str, ...]:
        """The state, and the versions of the service and the engine."""
        return self.release_hash, self.service_version, self.engine

    @property
    def has_derived(self) -> bool:
        """Whether the store has what follows from its default graph."""
        return self.entailment is not None

    @property
    def regime(self) -> RegimeName | None:
        """The regime under which something follows from the default graph, if there is one."""
        return self.entailment.regime if self.entailment else None

    @property
    def known_prefixes(self) -> Mapping[str, str]:
        """The prefixes of the data."""
        return self.prefixes.namespaces

    @property
    def may_change(self) -> bool:
        """Whether the store is writable."""
        return self.token is not None

    @property
    def cache_control(self) -> str:
        """The Cache-Control value: caches must revalidate, since the store may have changed."""
        return "no-cache"


# The type of a route's parameter that gets the state of its request.
CurrentStore = Annotated[ScratchStore, Depends(current_endpoint)]
