"""Write proofs as pages in one language: as trees and drawings, in which every name is a link."""

from collections.abc import Container, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import parse_qsl, quote, urlencode

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.description import literals
from kg.describe.evidence import GraphProvenance
from kg.namespaces import BASE, GLOCAL, RULE, SKOS
from kg.statuses import (
    DEFAULT_VIEW,
    SUPPOSED,
    VIEWS,
    Standing,
    standing_of,
    status_of,
    view_parameters,
)
from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.dataset_summary import DatasetSummary
from service.pages.reasons.proof_drawing import Drawing, draw
from service.pages.reasons.supposed_steps import SupposedSteps
from service.pages.reasons.suppositions import (
    FIELDS,
    Supposition,
    is_nameable,
    write_statement,
    write_term,
)
from service.pages.rules_page import axiom_kind
from service.pages.terms import TermWriter

if TYPE_CHECKING:
    from kg.reasoning.proofs.proof import AnyProof, EvidenceGraph, Proof
    from kg.reasoning.rules.rule import Rule

# An entity may be mentioned in dozens of passages; only the first ones are shown.
_MAX_PASSAGES: Final = 3
# A larger drawing shows nobody anything; the tree has it all.
_MAX_DRAWN: Final = 120
# The number of proofs that the link to all of them asks for.
ALL_PROOFS: Final = 50
# The other formats of a page of proofs.
FORMATS: Final = ("jsonld", "ttl", "txt", "mmd")


@dataclass(frozen=True)
class Step:
    """A step of a proof with a name on the page; a repeated one has no premises here."""

    proof: "AnyProof"
    anchor: str
    is_repeated: bool
    premises: tuple["Step", ...] = ()

    @property
    def triple(self) -> Triple | None:
        """The triple that is proved; None for a contradiction."""
        return getattr(self.proof, "triple", None)


def name_steps(proof: "AnyProof", prefix: str) -> Step:
    """Name the steps of a proof by a prefix and their number from 1 on, in the order of the tree.

    A step that occurs again keeps its name.
    """
    anchors: dict[object, str] = {}

    def name(one: "AnyProof") -> Step:
        key = (getattr(one, "triple", None), one.standing, one.attribution)
        if key in anchors:
            return Step(one, anchors[key], is_repeated=True)
        anchor = anchors[key] = f"{prefix}-{len(anchors) + 1}"
        return Step(one, anchor, False, tuple(map(name, one.premises)))

    return name(proof)


class ProofWriter:
    """The functions that templates of proofs call, in the language of `terms`.

    `files` has the paths that exist below `/ontology/`.
    """

    max_passages = _MAX_PASSAGES

    def __init__(self, terms: TermWriter, store: Store, files: Container[str] = ()) -> None:
        # Imported only here: see `Reasoner`.
        from kg.reasoning.proofs.words import format_triple

        self.terms, self.files, self.format_triple = terms, files, format_triple
        self.store = store
        self.name_steps, self.supposed = name_steps, SupposedSteps()

    def supposing(self, supposed: SupposedSteps) -> "ProofWriter":
        """Return a writer of proofs of which these steps are supposed."""
        writer = copy(self)
        writer.supposed = supposed
        return writer

    def describe(self, rule: "Rule") -> tuple[NamedNode, Sequence[Literal], Literal | None]:
        """Return the IRI of a rule, its sentence in every language, and its source in one."""
        texts = (Literal(text, language=tag) for tag, text in rule.sentence.items() if text)
        sources = (Literal(text, language=tag or "en") for tag, text in rule.sources.items())
        source = next((text for text in self.terms.sorted_texts(sources) if text.value), None)
        return RULE[rule.name], self.terms.sorted_texts(texts), source

    def axiom_kind(self, rule: "Rule") -> str:
        """Return the kind of axiom that a rule is compiled from, in words; "" if there are none."""
        return axiom_kind(self.terms.words, rule.name)

    def key_of_holder(self, proof: "Proof") -> str:
        """Return the key of the words that name the holder of what is proved.

        Nobody holds what follows from hypotheses or plans: with a holder, it is as one reads them.
        """
        return "read-by" if proof.rule and proof.status in SUPPOSED else "held-by"

    def ground(self, evidence: "EvidenceGraph") -> GraphProvenance:
        """Return the provenance of the statements in a graph of evidence, which has a status."""
        until, since = GLOCAL["validUntil"], GLOCAL["validFrom"]
        forms = {since: "{}/..", until: "../{}"}
        return GraphProvenance(
            evidence.graph,
            cast(Any, evidence.status).iri,
            is_derived=False,
            holders=(evidence.holder,) if evidence.holder else (),
            follows_from=(),
            passages=tuple(each.iri for each in evidence.passages[:_MAX_PASSAGES]),
            rules=(),
            sources=(*evidence.cited_from, *evidence.sources),
            times=tuple(
                Literal(forms.get(name, "{}").format(time.value)) for name, time in evidence.times
            ),
            purposes=evidence.purposes,
            qualifiers=evidence.qualifiers,
            notes=tuple(literals(self.store, evidence.graph, SKOS["note"])),
        )

    def views_of(self, standing: Standing) -> list[str]:
        """Return the names of the views that show what has a standing."""
        words = self.terms.words
        return [words[f"view-{name}"] for name, base in VIEWS.items() if standing.base <= base]

    def remove_address(self, leaf: "Proof", standing: Standing | None) -> str:
        """Return the address of a what-if without a leaf; "" if it cannot be removed.

        `standing` is that of what is proved, which the what-if is to show.
        """
        if leaf.status is None or self.supposed.kind_of(leaf) or not is_nameable(leaf.triple):
            return ""
        return self._address_without(leaf.triple, standing)

    def address_without(self, triple: Triple, ground: GraphProvenance) -> str:
        """Return the address of a what-if without a triple that a graph asserts; "" if none can.

        It shows where the statements of that graph stand.
        """
        standing = standing_of(status_of(ground.status), next(iter(ground.holders), None))
        return self._address_without(triple, standing) if is_nameable(triple) else ""

    def _address_without(self, triple: Triple, standing: Standing | None) -> str:
        shown = standing if standing and not DEFAULT_VIEW.includes(standing) else None
        parameters = view_parameters(shown) if shown else {}
        address = Supposition(removals=(write_statement(triple),)).address
        return self.terms.local(address, **parameters)

    def draw(self, root: Step) -> Drawing | None:
        """Draw a proof; None if there is nothing to see, or too much."""
        texts = {step.anchor: self.text_of(step) for step in _first_steps(root)}
        return draw(root, texts) if 1 < len(texts) <= _MAX_DRAWN else None

    def steps_by_anchor(self, root: Step) -> Mapping[str, Step]:
        """Return the steps of a proof by their names."""
        return {step.anchor: step for step in _first_steps(root)}

    def text_of(self, step: Step) -> str:
        """Return what a step proves, as a sentence."""
        triple = step.triple
        return self.sentence(triple) if triple else self.terms.words["contradiction"]

    def sentence(self, triple: Triple) -> str:
        """Return a triple as a sentence without links."""
        subject, object_ = self._name(triple.subject), self._name(triple.object)
        words, end = self.terms.words, self.terms.relation_text(triple.predicate, object_)
        return words["relation"].format(name=subject, end=end)

    def _name(self, term: object) -> str:
        if isinstance(term, NamedNode):
            return self.terms.label(term).value
        return term.value if isinstance(term, Literal) else "_"


def _first_steps(root: Step) -> list[Step]:
    """Return the steps that are not repeated, from the top."""
    found = [] if root.is_repeated else [root]
    return [*found, *(step for premise in root.premises for step in _first_steps(premise))]


class ProofPageWriter:
    """Writes pages of proofs for one release; caches the names that it has written.

    For `files` see `ProofWriter`; `release` is its hash, which a copy in memory does not know.
    """

    def __init__(
        self,
        store: Store,
        files: Container[str] = (),
        view: Standing = DEFAULT_VIEW,
        release: str = "",
    ) -> None:
        def write(language: Language) -> ProofWriter:
            terms = TermWriter(store, language, view)
            terms.release = release or terms.release
            return ProofWriter(terms, store, files)

        self.writer = lru_cache(write)

    def page(
        self,
        proofs: "Sequence[AnyProof]",
        language: Language,
        *,
        title: str,
        path: str,
        triple: Triple | None = None,
        has_more: bool = False,
        constraints: "Sequence[Rule]" = (),
        cited: Sequence[Triple] = (),
        supposed: "Sequence[Proof]" = (),
    ) -> bytes:
        """Write the proofs of triples or of contradictions, in their order.

        `title` is the key of the heading; `path` has the parameters except the language. If all
        are proofs of one `triple`, that is the heading, and the page leads to further proofs if it
        `has_more`, has the form with it, and says how to cite it by what is `cited` of the data
        set.
        `constraints` are the rules that say what would be a contradiction. For `supposed` see
        `Explainer.suppositions`.
        """
        writer = self.writer(language)
        terms = writer.terms
        asked, heading, name = dict[str, str](), terms.words[title], terms.words[title]
        if triple is not None:
            asked = dict(zip(FIELDS, map(write_term, triple), strict=True))
            heading = writer.sentence(triple)
            name = f"{name}{terms.words['colon']}{heading}"
        return terms.write_page(
            "proofs.html",
            title=name,
            path=path,
            heading=heading,
            triple=triple,
            own_path=own_path(path, asked),
            formats_of_proofs=FORMATS,
            about=DatasetSummary(cited),
            base_iri=BASE,
            intro=terms.words.get(title.replace("-title", "-intro")),
            proofs=proofs,
            asked=asked,
            more=terms.in_language(own_path(path, {"limit": str(ALL_PROOFS)}))
            if has_more and f"limit={ALL_PROOFS}" not in path
            else "",
            constraints=constraints,
            supposed=supposed,
            writer=writer,
        )


def own_path(path: str, terms: Mapping[str, str]) -> str:
    """Return the path of a page for links and citations: with these terms, and in no format."""
    name, _, query = path.partition("?")
    kept = {key: value for key, value in parse_qsl(query) if key != "format"} | {**terms}
    parameters = urlencode(kept, quote_via=quote, safe=":/")
    return f"{name}?{parameters}" if parameters else name
