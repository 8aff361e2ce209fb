"""Write proofs as a page in one language, in which every name links to its own document."""

from collections.abc import Container, Iterator, Sequence
from functools import lru_cache, partial
from html import escape
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from kg.namespaces import RULE
from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.layout import write_list, write_page, write_section
from service.pages.statements import write_triple
from service.pages.terms import TermWriter, place_link

if TYPE_CHECKING:
    from kg.reasoning.proofs.proof import AnyProof, EvidenceGraph
    from kg.reasoning.rules.rule import Rule


class ProofPageWriter:
    """Writes pages of proofs for one release; caches the names that it has written.

    `files` has the paths that exist below `/ontology/`.
    """

    def __init__(self, store: Store, files: Container[str] = ()) -> None:
        self._files = files
        self._writers = lru_cache(partial(TermWriter, store))

    def page(
        self, proofs: "Sequence[AnyProof]", language: Language, *, title: str, path: str
    ) -> bytes:
        """Write the proofs of triples or of contradictions as nested lists.

        Args:
            proofs: the proofs, in the order in which they are shown.
            language: the language of the page.
            title: the key of its heading in the words of the pages.
            path: the path of the page, with its parameters except the language.
        """
        writer = self._writers(language)
        tree = _Tree(writer, self._files)
        parts = [
            write_section(
                writer.say("proof", number=str(number)),
                write_list([tree.step(proof)], "proof", end=""),
            )
            for number, proof in enumerate(proofs, start=1)
        ]
        content = "".join(parts) or f"<p>{writer.say('none')}</p>"
        heading = writer.say(title)
        return write_page(writer, heading, f"<h1>{heading}</h1>\n{content}", path=path)


class _Tree:
    """Writes the steps of proofs."""

    def __init__(self, writer: TermWriter, files: Container[str]) -> None:
        self._writer, self._files = writer, files

    def step(self, proof: "AnyProof") -> str:
        """Write the conclusion, its status, its rule or evidence, and its premises below it."""
        below = write_list(map(self.step, proof.premises), end="")
        reasons = "".join(f"<small>{reason}</small>" for reason in self._reasons(proof))
        return f"{self._headline(proof)} {self._status(proof)}{reasons}{below}"

    def _headline(self, proof: "AnyProof") -> str:
        """Write the triple in words, with its CURIEs as a tooltip."""
        # Imported only here: see `ReleaseExplainer`.
        from kg.reasoning.proofs import words
        from kg.reasoning.proofs.proof import ContradictionProof

        if isinstance(proof, ContradictionProof):
            name = self._writer.say("contradiction")
            return name if proof.iri is None else self._writer.link(proof.iri, name)
        curies = escape(words.format_triple(proof.triple))
        return f'<span title="{curies}">{write_triple(self._writer, proof.triple)}</span>'

    def _status(self, proof: "AnyProof") -> str:
        writer, say = self._writer, self._writer.say
        prefix = f"{say('derived')}{say('colon')}" if proof.rule else ""
        css_classes = "status derived" if proof.rule else "status"
        status = writer.link(proof.status.iri) if proof.status else say("asserted")
        holder = f" {say('held-by', holder=writer.link(proof.holder))}" if proof.holder else ""
        return f'<b class="{css_classes}">{prefix}{status}</b>{holder}'

    def _reasons(self, proof: "AnyProof") -> Iterator[str]:
        from kg.reasoning.proofs.proof import Proof

        if proof.rule is not None:
            yield self._rule(proof.rule)
        prefix = self._writer.say("absent") + self._writer.say("colon")
        yield from (f"{prefix}<code>{escape(str(pattern))}</code>" for pattern in proof.absent)
        yield from map(self._evidence, proof.evidence if isinstance(proof, Proof) else ())

    def _rule(self, rule: "Rule") -> str:
        """Write the sentence of a rule in the language of the page, its name, source and place."""
        writer = self._writer
        texts = (Literal(text, language=tag) for tag, text in rule.sentence.items() if text)
        parts = [
            writer.say("rule") + writer.say("colon") + "".join(writer.texts(texts)[:1]),
            writer.code_link(RULE[rule.name]),
            writer.text(Literal(rule.source, language="en")) if rule.source else "",
            place_link(rule.location, self._files),
        ]
        return " · ".join(filter(None, parts))

    def _evidence(self, evidence: "EvidenceGraph") -> str:
        """Write who states the triple and where, and the graph that contains it."""
        writer, say = self._writer, self._writer.say
        prefix = say("source") + say("colon")
        parts = [writer.link(evidence.status.iri)] if evidence.status else []
        parts += [say("held-by", holder=writer.link(evidence.holder))] if evidence.holder else []
        parts += [writer.link(passage.iri) for passage in evidence.passages]
        sources = (*evidence.cited_from, *evidence.sources)
        parts += [prefix + writer.link(source) for source in sources]
        return " · ".join((*parts, writer.code_link(evidence.graph)))
