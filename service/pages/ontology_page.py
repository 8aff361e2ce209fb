"""The ontology as a document: about it, its modules, hierarchies, terms, rules and alignments."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Final

from pyoxigraph import NamedNode

from kg.describe.glossary import Glossary
from kg.namespaces import GLOCAL, GRAPH, ONTOLOGY, OWL
from kg.store.quad_store import Store
from service.answers.formats import HTML
from service.http.documents import Documents
from service.http.negotiation import Language
from service.ontology_files import OntologyFile
from service.pages.frame import breadcrumb, framed, section
from service.pages.ontology_parts import OntologyParts
from service.pages.ontology_terms import TermWriter
from service.pages.writer import Writer

_CLASSES: Final = (OWL["Class"],)
_PROPERTIES: Final = (OWL["ObjectProperty"], OWL["DatatypeProperty"], OWL["AnnotationProperty"])
# No term has a hyphen in its name, so that parts of the page cannot be taken for terms.
_PART: Final = "part-"

Parts = list[tuple[str, str, str]]


class OntologyPages:
    """The pages about the ontology of one release, and what they are read from.

    `files` are by what follows `/ontology/` in their addresses, some under several.
    """

    def __init__(self, store: Store, files: Mapping[str, OntologyFile]) -> None:
        self._store = store
        self._glossary = Glossary(store.graph(GRAPH["ontology"]), GLOCAL)
        names: dict[NamedNode, str] = {}
        for name, file in files.items():
            names[file.iri] = min(name, names.get(file.iri, name), key=len)
        self._files = {name: files[name] for name in sorted(names.values())}

    def page(self, about: Documents, language: Language) -> bytes:
        """The whole ontology in this language."""
        writer = Writer(self._store, language)
        return framed(
            writer,
            escape(writer.label(ONTOLOGY).value),
            "".join(self._written(writer, about)),
            path=about.path(HTML),
            links=about.links_at(HTML),
        )

    def _written(self, writer: Writer, about: Documents) -> Iterator[str]:
        parts = [part for part in self._parts(writer) if part[2]]
        home = f'<a href="{escape(writer.local("/"))}">Glocal</a>'
        yield breadcrumb(writer, [home, writer.say("ontology")])
        yield f"<h1>{writer.name(ONTOLOGY)}</h1>\n"
        yield f"<p>{writer.say('documents')}{writer.say('colon')}{_forms(about)}</p>\n"
        contents = "".join(
            f'<li><a href="#{_PART}{escape(name)}">{title}</a></li>' for title, name, _ in parts
        )
        label = writer.say("contents")
        yield f'<nav aria-label="{label}"><ul class="columns">{contents}</ul></nav>\n'
        yield from (section(title, text, name=f"{_PART}{name}") for title, name, text in parts)

    def _parts(self, writer: Writer) -> Parts:
        """Title, name and content of each part."""
        say = writer.say
        around = OntologyParts(self._store, self._glossary, self._files, writer)
        terms = TermWriter(writer, self._glossary, around.aligned())
        by_module = around.terms_by_module()
        return [
            (say("metadata"), "about", around.metadata()),
            (say("modules"), "modules", around.modules(by_module)),
            (say("hierarchy-classes"), "classes", self._hierarchy(terms, _CLASSES)),
            (say("hierarchy-properties"), "properties", self._hierarchy(terms, _PROPERTIES)),
            *(
                (around.module_title(name), f"module-{name}", self._terms(terms, several))
                for name, several in by_module.items()
            ),
            (say("rules"), "rules", around.rules()),
            (say("alignments"), "alignments", around.alignments()),
            (say("outside-terms"), "outside", around.outside()),
            (say("deprecated"), "deprecated", self._deprecated(terms, say("deprecated-none"))),
        ]

    def _hierarchy(self, terms: TermWriter, kinds: Sequence[NamedNode]) -> str:
        return terms.hierarchy(self._glossary.tops(kinds))

    def _terms(self, terms: TermWriter, several: Iterable[NamedNode]) -> str:
        return "".join(terms.term(one, self._glossary.terms[one]) for one in several)

    def _deprecated(self, terms: TermWriter, none: str) -> str:
        found = [one for one in self._glossary.terms if self._glossary.successors(one) is not None]
        items = "".join(f"<li>{terms.link(one)}</li>" for one in found)
        return f"<ul>{items}</ul>\n" if items else f"<p>{none}</p>\n"


def _forms(about: Documents) -> str:
    return " · ".join(
        f'<a href="{escape(about.path(form))}">.{form.name}</a>'
        for form in about.formats
        if form != HTML
    )
