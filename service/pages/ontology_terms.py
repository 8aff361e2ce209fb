"""Terms of the ontology -> HTML: each with labels, definitions, axioms; their hierarchies."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from kg.describe.glossary import EXPRESSIONS, Glossary
from kg.namespaces import PREFIXES, RDFS, RULE, SKOS, expand, shorten
from service.pages.statements import listed_terms
from service.pages.writer import Writer

_NOTES: Final = tuple(SKOS[name] for name in ("scopeNote", "example", "note", "editorialNote"))
_CURIE: Final = re.compile(rf"\b(?:{'|'.join(PREFIXES)}):[A-Za-z][\w-]*")
_DEFINITIONS: Final = (SKOS["definition"], RDFS["comment"])


class TermWriter:
    """Writes the terms of an ontology, of which each is an anchor of its page."""

    def __init__(
        self, writer: Writer, glossary: Glossary, aligned: Mapping[NamedNode, Sequence[str]]
    ) -> None:
        self._writer, self._glossary, self._aligned = writer, glossary, aligned

    def term(self, term: NamedNode, kind: NamedNode) -> str:
        """One term with all that is said of it."""
        writer, name = self._writer, escape(anchor(term))
        named = writer.sorted_texts(self._texts(term, RDFS["label"]))
        labels = " ".join(map(writer.text, named or [Literal(anchor(term))]))
        told = listed_terms((name, values) for name, values in self._rows(term) if values)
        return (
            f'<article id="{name}"><h3>{labels}</h3>\n<p><a href="#{name}">'
            f"<code>{escape(shorten(term.value))}</code></a> · {self._kind(kind)}"
            f"{self._deprecated(term)}</p>\n{self._definitions(term)}{told}</article>\n"
        )

    def hierarchy(self, tops: Iterable[NamedNode], above: Sequence[NamedNode] = ()) -> str:
        """The terms below these as nested lists; one with several above it stands under each.

        Where terms stand below each other in a circle, the list ends before the first is met again.
        """
        items = []
        for term in sorted(set(tops) - {*above}, key=lambda one: self._writer.label(one).value):
            below = self.hierarchy(self._glossary.nearest(term), (*above, term))
            items.append(f"<li>{self.link(term)}{below}</li>")
        return f"<ul>{''.join(items)}</ul>" if items else ""

    def link(self, term: NamedNode) -> str:
        """A link to a term: within the page, if it stands there."""
        if term not in self._glossary.terms:
            return self._writer.link(term)
        return f'<a href="#{escape(anchor(term))}">{self._writer.name(term)}</a>'

    def _rows(self, term: NamedNode) -> Iterator[tuple[str, list[str]]]:
        say, glossary = self._writer.say, self._glossary
        yield say("super"), [self._above(term, one) for one in glossary.broader(term)]
        below = glossary.narrower(term)
        yield say("sub"), [self._line(below)] if below else []
        characteristics = [shorten(one.value) for one in glossary.characteristics(term)]
        yield say("characteristics"), [*map(self._writer.word, characteristics)]
        expressions = list(glossary.expressions(term))
        for relation in EXPRESSIONS:
            said = [one for one in expressions if one.relation == relation]
            texts = [f"{self._expression(one.text)}{self._mark(one.is_decision)}" for one in said]
            yield self._writer.word(shorten(relation.value)), texts
        yield say("in-words"), [self._rule(one) for one in glossary.rules_of(term)]
        for note in _NOTES:
            notes = self._writer.sorted_texts(self._texts(term, note))
            yield self._writer.word(shorten(note.value)), [*map(self._writer.text, notes)]
        yield say("alignments"), list(self._aligned.get(term, ()))

    def _line(self, terms: Sequence[NamedNode]) -> str:
        return self._writer.say("comma").join(map(self.link, terms))

    def _above(self, term: NamedNode, above: NamedNode) -> str:
        relations = (RDFS["subClassOf"], RDFS["subPropertyOf"])
        is_decision = any(self._glossary.is_decision(term, one, above) for one in relations)
        return f"{self.link(above)}{self._mark(is_decision)}"

    def _mark(self, is_decision: bool) -> str:
        mark = self._writer.say("modelling")
        return f' <small class="status">{mark}</small>' if is_decision else ""

    def _rule(self, rule: Any) -> str:
        sentence = rule.sentence.get(self._writer.language) or next(iter(rule.sentence.values()))
        address = escape(self._writer.address(RULE[rule.name]))
        return (
            f'{escape(sentence)} <small><a href="{address}">{self._writer.say("rule")}</a></small>'
        )

    def _expression(self, text: str) -> str:
        """An expression in which every CURIE is a link."""
        parts = []
        end = 0
        for found in _CURIE.finditer(text):
            parts += [escape(text[end : found.start()]), self.link(expand(found[0]))]
            end = found.end()
        return "".join([*parts, escape(text[end:])])

    def _kind(self, kind: NamedNode) -> str:
        return self._writer.word(shorten(kind.value))

    def _definitions(self, term: NamedNode) -> str:
        texts = [text for one in _DEFINITIONS for text in self._texts(term, one)]
        return "".join(
            f"<p>{self._writer.text(one)}</p>\n" for one in self._writer.sorted_texts(texts)
        )

    def _deprecated(self, term: NamedNode) -> str:
        successors = self._glossary.successors(term)
        if successors is None:
            return ""
        instead = f" → {self._line(successors)}" if successors else ""
        return f' · <strong class="status">{self._writer.say("deprecated-term")}</strong>{instead}'

    def _texts(self, term: NamedNode, predicate: NamedNode) -> list[Literal]:
        ends = self._glossary.graph.objects(term, predicate)
        return [one for one in ends if isinstance(one, Literal)]


def anchor(term: NamedNode) -> str:
    """The fragment by which a term is found in the page: that of its IRI."""
    return term.value.rpartition("#")[2]
