"""What the document about the ontology says around its terms: header, modules, rules, files."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.glossary import Glossary
from kg.namespaces import BASE, DCTERMS, GLOCAL, GRAPH, ONTOLOGY, OWL, RDF, shorten
from kg.store.quad_store import Store
from service.ontology_files import OntologyFile
from service.pages.frame import table
from service.pages.statements import listed_terms
from service.pages.writer import Writer

_TITLES: Final = (DCTERMS["title"], DCTERMS["description"])
_ALIGNMENTS: Final = "alignments/"

Files = Mapping[str, OntologyFile]


class OntologyParts:
    """Writes the parts of the document that are about more than one term."""

    def __init__(self, store: Store, glossary: Glossary, files: Files, writer: Writer) -> None:
        self._store, self._glossary, self._files, self._writer = store, glossary, files, writer

    def metadata(self) -> str:
        """What the header says: each of its properties with its values."""
        values: defaultdict[NamedNode, list[Triple]] = defaultdict(list)
        for triple in self._store.matching(ONTOLOGY, graph=GRAPH["ontology"]):
            if triple.predicate not in (RDF["type"], OWL["imports"]):
                values[triple.predicate].append(triple)
        rows = []
        for predicate in sorted(values, key=_by_weight):
            texts = [one.object for one in values[predicate] if isinstance(one.object, Literal)]
            names = [one.object for one in values[predicate] if isinstance(one.object, NamedNode)]
            said = [self._writer.text(one) for one in self._writer.sorted_texts(texts)]
            said += [self._writer.link(one, escape(one.value)) for one in sorted(names, key=str)]
            rows.append((self._writer.word(shorten(predicate.value)), said))
        return listed_terms([("IRI", [f"<code>{ONTOLOGY.value}</code>"]), *rows])

    def terms_by_module(self) -> Mapping[str, list[NamedNode]]:
        """The terms by the module whose file declares them; under no name what none declares."""
        modules = self._modules()
        declared = {
            triple.subject: name
            for name, file in modules.items()
            for triple in file.triples
            if triple.predicate == RDF["type"]
        }
        found: dict[str, list[NamedNode]] = {name: [] for name in modules}
        for term in self._glossary.terms:
            found.setdefault(declared.get(term, ""), []).append(term)
        return {name: terms for name, terms in found.items() if terms}

    def module_title(self, name: str) -> str:
        """The title of a module, in HTML."""
        file = self._files.get(name)
        return self._writer.name(file.iri) if file else self._writer.say("terms")

    def modules(self, terms: Mapping[str, Sequence[NamedNode]]) -> str:
        """A table of the modules, with what each is about and where its own file is."""
        say = self._writer.say
        rows = [
            [
                f'<a href="#part-module-{escape(name)}">{self._writer.name(file.iri)}</a>',
                self._description(file.iri),
                f"{len(terms.get(name, ())):,}",
                self._writer.link(file.iri, f"<code>{escape(name)}</code>"),
            ]
            for name, file in self._modules().items()
        ]
        heads = [say(one) for one in ("module", "description", "terms", "document")]
        return table("modules", say("modules"), heads, rows) if rows else ""

    def rules(self) -> str:
        """The rules that stand in rule files, each by its sentence."""
        rows = []
        for triple in self._store.matching(predicate=GLOCAL["definedAt"]):
            place = getattr(triple.object, "value", "")
            if place.startswith("rules/") and isinstance(triple.subject, NamedNode):
                rows.append((triple.subject, place))
        items = [
            f"<li>{self._sentence(rule)} <small>{self._writer.link(rule)} · "
            f'<a href="/ontology/{escape(place)}"><code>{escape(place)}</code></a></small></li>'
            for rule, place in sorted(rows, key=lambda row: row[1])
        ]
        intro = f"<p>{self._writer.say('rules-intro', all=self._all_rules())}</p>\n"
        return f"{intro}<ul>{''.join(items)}</ul>\n" if items else ""

    def alignments(self) -> str:
        """The files by which terms meet other vocabularies."""
        items = [
            f"<li>{self._writer.link(file.iri, escape(title))}</li>"
            for name, file in self._files.items()
            if name.startswith(_ALIGNMENTS)
            for title in [self._title_in(file)]
        ]
        return f"<ul>{''.join(items)}</ul>\n" if items else ""

    def aligned(self) -> Mapping[NamedNode, list[str]]:
        """For each term what the alignments say of it, in HTML."""
        found: defaultdict[NamedNode, list[str]] = defaultdict(list)
        for name, file in self._files.items():
            for triple in file.triples if name.startswith(_ALIGNMENTS) else ():
                term, other = triple.subject, triple.object
                if not isinstance(term, NamedNode) or not isinstance(other, NamedNode):
                    continue
                if term in self._glossary.terms:
                    relation = self._writer.word(shorten(triple.predicate.value))
                    link = self._writer.link(other, f"<code>{escape(shorten(other.value))}</code>")
                    found[term].append(f"{relation}{self._writer.say('colon')}{link}")
        return found

    def outside(self) -> str:
        """The terms of other vocabularies that the ontology uses."""
        links = [
            self._writer.link(term, f"<code>{escape(shorten(term.value))}</code>")
            for term in self._glossary.outside_terms
            if not term.value.startswith(BASE)
        ]
        items = "".join(f"<li>{link}</li>" for link in links)
        return f'<ul class="columns">{items}</ul>\n' if items else ""

    def _modules(self) -> Files:
        """The files of what the ontology imports, in order of name."""
        imports = self._store.matching(ONTOLOGY, OWL["imports"], graph=GRAPH["ontology"])
        imported = {one.object for one in imports}
        return {name: file for name, file in self._files.items() if file.iri in imported}

    def _description(self, iri: NamedNode) -> str:
        found = self._store.matching(iri, DCTERMS["description"], graph=GRAPH["ontology"])
        texts = [one.object for one in found if isinstance(one.object, Literal)]
        return "".join(self._writer.text(one) for one in self._writer.sorted_texts(texts)[:1])

    def _sentence(self, rule: NamedNode) -> str:
        found = self._store.matching(rule, GLOCAL["ruleSentence"])
        texts = [one.object for one in found if isinstance(one.object, Literal)]
        return "".join(self._writer.text(one) for one in self._writer.sorted_texts(texts)[:1])

    def _title_in(self, file: OntologyFile) -> str:
        titles = [
            one.object
            for one in file.triples
            if one.subject == file.iri
            and one.predicate == DCTERMS["title"]
            and isinstance(one.object, Literal)
        ]
        ordered = self._writer.sorted_texts(titles)
        return ordered[0].value if ordered else file.iri.value

    def _all_rules(self) -> str:
        return (
            f'<a href="{escape(self._writer.local("/rules"))}">{self._writer.say("rules-all")}</a>'
        )


def _by_weight(predicate: NamedNode) -> tuple[bool, str]:
    """Title and description come first."""
    is_title = predicate in _TITLES
    return not is_title, "" if predicate == _TITLES[0] else predicate.value
