"""Proofs -> a page in one language, in which every name leads to its own document."""

from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from kg.namespaces import RULE, shorten
from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.layout import framed, section
from service.pages.statements import sentence
from service.pages.terms import Writer, address, place_link

if TYPE_CHECKING:
    from kg.reasoning.proofs.proof import AnyProof, Evidence
    from kg.reasoning.rules.rule import Rule


class ProofPages:
    """The pages of proofs by one release; remembers the names that they write."""

    def __init__(self, store: Store, files: Container[str] = ()) -> None:
        """Pages of this store; `files` can follow `/ontology/` in an address here."""
        self._store, self._files = store, files
        self._writers = lru_cache(self._make_writer)

    def page(
        self, proofs: "Sequence[AnyProof]", language: Language, *, title: str, path: str
    ) -> bytes:
        """The trees of the proofs, of triples or of contradictions, as nested lists.

        Args:
            proofs: in the order in which they are shown.
            language: of the page.
            title: the key of its heading in the words of the pages.
            path: of the page, with its parameters but for the language.
        """
        writer = self._writers(language)
        tree = _Tree(writer, self._files)
        parts = [
            section(
                writer.say("proof", number=str(number)), f'<ul class="proof">{tree.step(one)}</ul>'
            )
            for number, one in enumerate(proofs, start=1)
        ]
        shown = "".join(parts) or f"<p>{writer.say('none')}</p>"
        heading = writer.say(title)
        return framed(writer, heading, f"<h1>{heading}</h1>\n{shown}", path=path)

    def _make_writer(self, language: Language) -> Writer:
        return Writer(self._store, language)


class _Tree:
    """Writes the steps of proofs."""

    def __init__(self, writer: Writer, files: Container[str]) -> None:
        self._writer, self._files = writer, files

    def step(self, proof: "AnyProof") -> str:
        """What is proved, how it stands and on what, and below it its premises."""
        premises = "".join(map(self.step, proof.premises))
        below = f"<ul>{premises}</ul>" if premises else ""
        reasons = "".join(f"<small>{one}</small>" for one in self._reasons(proof))
        return f"<li>{self._headline(proof)} {self._standing(proof)}{reasons}{below}</li>"

    def _headline(self, proof: "AnyProof") -> str:
        """The triple in words, its CURIEs being shown where somebody points at it."""
        # Not at the start: see `Reasons`.
        from kg.reasoning.proofs import words
        from kg.reasoning.proofs.proof import ContradictionProof

        if isinstance(proof, ContradictionProof):
            name = self._writer.say("contradiction")
            if proof.iri is None:
                return name
            where = escape(self._writer.local(address(proof.iri)))
            return f'<a href="{where}">{name}</a>'
        curies = escape(words.statement(proof.triple))
        return f'<span title="{curies}">{sentence(self._writer, proof.triple)}</span>'

    def _standing(self, proof: "AnyProof") -> str:
        writer, say = self._writer, self._writer.say
        said = writer.link(proof.status.iri) if proof.status else say("asserted")
        mark = "status"
        if proof.rule is not None:
            said, mark = f"{say('derived')}{say('colon')}{said}", "status derived"
        holder = f" {say('held-by', holder=writer.link(proof.holder))}" if proof.holder else ""
        return f'<b class="{mark}">{said}</b>{holder}'

    def _reasons(self, proof: "AnyProof") -> Iterator[str]:
        from kg.reasoning.proofs.proof import Proof

        if proof.rule is not None:
            yield self._rule(proof.rule)
        before = self._writer.say("absent") + self._writer.say("colon")
        yield from (f"{before}<code>{escape(str(one))}</code>" for one in proof.absent)
        yield from map(self._evidence, proof.evidence if isinstance(proof, Proof) else ())

    def _rule(self, rule: "Rule") -> str:
        """The sentence of a rule in the language of the page, its name, origin and place."""
        writer, name = self._writer, RULE[rule.name]
        found = [Literal(text, language=tag) for tag, text in rule.sentence.items() if text]
        sentences = [writer.text(one) for one in writer.sorted_texts(found)[:1]]
        parts = [
            writer.say("rule") + writer.say("colon") + "".join(sentences),
            writer.link(name, f"<code>{escape(shorten(name.value))}</code>"),
            writer.text(Literal(rule.source, language="en")) if rule.source else "",
            place_link(rule.place, self._files),
        ]
        return " · ".join(filter(None, parts))

    def _evidence(self, one: "Evidence") -> str:
        """Who says so and where, and the graph that holds it."""
        writer, say = self._writer, self._writer.say
        before = say("source") + say("colon")
        parts = [writer.link(one.status.iri)] if one.status else []
        parts += [say("held-by", holder=writer.link(one.holder))] if one.holder else []
        parts += [writer.link(passage.iri) for passage in one.passages]
        parts += [before + writer.link(source) for source in (*one.cited_from, *one.sources)]
        code = f"<code>{escape(shorten(one.graph.value))}</code>"
        return " · ".join((*parts, writer.link(one.graph, code)))
