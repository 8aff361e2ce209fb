"""The prefixes that files declare, and the CURIEs that they make of IRIs.

Names of files that nobody chose together may collide: the first declaration of a prefix stays, and
a later one for another namespace gets a number.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from xml.parsers import expat

from pyoxigraph import NamedNode, RdfFormat, parse

from kg.errors import MalformedParameter, UnknownName
from kg.namespaces import BASE, PREFIXES

# Local names that a CURIE in SPARQL and Turtle may have without escapes.
_LOCAL_NAME: Final = re.compile(r"[\w](?:[\w.-]*[\w-])?")
# A prefix of XML or JSON-LD may have characters that SPARQL does not allow.
_PREFIX: Final = re.compile(r"(?:[^\W\d_](?:[\w.-]*[\w-])?)?")
# The bytes of a file in which its prefixes are looked for, where it is not read as a whole.
BEGINNING_BYTES: Final = 65_536
_ENDS: Final = "#/:?[]@"
# Public vocabularies, for data that uses them without a prefix.
WELL_KNOWN: Final[Mapping[str, str]] = {
    name: namespace for name, namespace in PREFIXES.items() if not namespace.startswith(BASE)
}


@dataclass(frozen=True)
class PrefixTable:
    """Prefixes with their namespaces, each of which has one prefix.

    Those that are `declared` come first, in their order. Public vocabularies follow under their
    usual prefixes, unless these are taken or the table `is_closed`.
    """

    declared: Mapping[str, str] = field(default_factory=dict)
    is_closed: bool = False

    @cached_property
    def namespaces(self) -> Mapping[str, str]:
        """The namespace of each prefix."""
        known = dict(self.declared)
        taken = set(known.values())
        for name, namespace in () if self.is_closed else WELL_KNOWN.items():
            if namespace not in taken:
                known.setdefault(name, str(namespace))
        return known

    @cached_property
    def _by_length(self) -> list[tuple[str, str]]:
        pairs = ((namespace, name) for name, namespace in self.namespaces.items())
        return sorted(pairs, key=lambda pair: len(pair[0]), reverse=True)

    @cached_property
    def _in_texts(self) -> re.Pattern[str]:
        spaces = "|".join(re.escape(namespace) for namespace, _ in self._by_length)
        return re.compile(rf"(?:{spaces})(?:[\w-]|\.(?=[\w.-]))++(?![/#:?%&=~@!$*+])")

    def shorten_in(self, text: str) -> str:
        """Return a text with the CURIEs of the IRIs in it.

        >>> PrefixTable({"e": "http://e.org/"}).shorten_in("(http://e.org/p some http://e.org/a.b/c)")
        '(e:p some http://e.org/a.b/c)'
        """
        if not self.namespaces:
            return text
        return self._in_texts.sub(lambda found: self.shorten(found[0]), text)

    def for_json_ld(self, iris: Iterable[str], taken: Collection[str] = ()) -> "PrefixTable":
        """Return the prefixes that shorten some of these IRIs, as a context can declare them.

        JSON-LD has no empty prefix and takes what begins with a prefix for a CURIE, so a scheme is
        no prefix. Names that are `taken` have another meaning in the context.

        >>> PrefixTable({"": "http://e.org/", "urn": "urn:x:"}).for_json_ld(
        ...     ["http://e.org/a", "urn:x:b"]).declared
        {'ns': 'http://e.org/'}
        """
        known = set(iris)
        used = {short.partition(":")[0] for iri in known if (short := self.shorten(iri)) != iri}
        refused = {*taken, *(iri.partition(":")[0] for iri in known)}
        named: dict[str, str] = {}
        for name, namespace in self.namespaces.items():
            names = (name,) if name else ("ns", *(f"ns{number}" for number in range(2, 10)))
            free = [one for one in names if one not in refused and one not in named]
            if name in used and namespace[-1:] in _ENDS and free:
                named[next((one for one in free if one not in self.namespaces), free[0])] = (
                    namespace
                )
        return PrefixTable(named, is_closed=True)

    def shorten(self, iri: str) -> str:
        """Return the CURIE of an IRI, if SPARQL can read it without escapes, or the IRI itself.

        >>> PrefixTable({"": "http://e.org/"}).shorten("http://e.org/a")
        ':a'
        """
        for namespace, name in self._by_length:
            if iri.startswith(namespace):
                local_name = iri.removeprefix(namespace)
                return f"{name}:{local_name}" if _LOCAL_NAME.fullmatch(local_name) else iri
        return iri

    def write(self, iri: str) -> str:
        """Return how SPARQL writes an IRI: its CURIE, or `<IRI>`."""
        short = self.shorten(iri)
        return f"<{iri}>" if short == iri else short

    def spell(self, iri: str) -> str:
        """Return an IRI as `expand` reads it: in brackets if its scheme is a prefix, too.

        >>> PrefixTable({"urn": "http://e.org/"}).spell("urn:x")
        '<urn:x>'
        """
        scheme, _, rest = iri.partition(":")
        return f"<{iri}>" if scheme in self.namespaces and not rest.startswith("//") else iri

    def expand(self, name: str) -> NamedNode:
        """Parse an IRI, `<IRI>` or CURIE; anything else with a colon is an IRI.

        Raises UnknownName for a name without a colon, and MalformedParameter for a wrong IRI.
        """
        prefix, colon, local_name = name.partition(":")
        if name.startswith("<") and name.endswith(">"):
            name = name[1:-1]
        elif not colon:
            raise UnknownName(name, kind="resource", remedy="an IRI or CURIE")
        elif prefix in self.namespaces and not local_name.startswith("//"):
            name = self.namespaces[prefix] + local_name
        try:
            return NamedNode(name)
        except ValueError as error:
            raise MalformedParameter("iri", f"'{name}' is not an IRI: {error}") from error


def merge_prefixes(files: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return the prefixes of several files together; what SPARQL cannot read is left out.

    >>> merge_prefixes([{"ex": "http://a/"}, {"ex": "http://b/", "other": "http://a/"}])
    {'ex': 'http://a/', 'ex2': 'http://b/'}
    """
    merged: dict[str, str] = {}
    for declared in files:
        # If a file has two for one namespace, a prefix with letters says more than the empty one.
        for name, namespace in sorted(declared.items(), key=lambda pair: not pair[0]):
            if namespace in merged.values() or not _is_usable(name, namespace):
                continue
            names = (name, *(f"{name or 'ns'}{number}" for number in range(2, 1000)))
            merged[next(one for one in names if one not in merged)] = namespace
    return merged


def read_first_prefixes(content: bytes, syntax: RdfFormat) -> dict[str, str]:
    """Return the prefixes that the beginning of a text declares, whatever follows after it."""
    if syntax == RdfFormat.JSON_LD:
        try:
            return dict(read_json_ld_prefixes(json.loads(content)))
        except (ValueError, RecursionError):
            return {}
    if syntax == RdfFormat.RDF_XML:
        return read_xml_prefixes(content)
    quads = parse(content, format=syntax, base_iri="urn:x:base")
    with suppress(SyntaxError):
        next(quads, None)
    return dict(quads.prefixes)


def read_xml_prefixes(beginning: bytes) -> dict[str, str]:
    """Return the prefixes that the beginning of an XML document declares.

    The engine leaves out those whose namespace is an entity, as in many ontologies. External
    entities are not loaded.
    """
    found: dict[str, str] = {}

    def note(prefix: str | None, namespace: str | None) -> None:
        found.setdefault(prefix or "", namespace or "")

    parser = expat.ParserCreate("UTF-8", namespace_separator=" ")
    parser.StartNamespaceDeclHandler = note
    with suppress(expat.ExpatError):
        parser.Parse(beginning, False)
    return found


def read_json_ld_prefixes(document: Any) -> Iterator[tuple[str, str]]:
    """Yield the prefixes of the contexts at the top of a JSON-LD document, and of its `@vocab`."""
    for node in document if isinstance(document, list) else [document]:
        contexts = node.get("@context") if isinstance(node, dict) else None
        for context in contexts if isinstance(contexts, list) else [contexts]:
            if isinstance(context, dict):
                yield from _prefixes_of(context)


def _prefixes_of(context: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, definition in context.items():
        if name == "@vocab" and isinstance(definition, str):
            yield "", definition
        elif isinstance(definition, str) and not name.startswith("@") and definition[-1:] in _ENDS:
            yield name, definition
        elif isinstance(definition, dict) and definition.get("@prefix") is True:
            yield name, str(definition.get("@id", ""))


def _is_usable(name: str, namespace: str) -> bool:
    if _PREFIX.fullmatch(name) is None or ":" not in namespace:
        return False
    try:
        NamedNode(namespace)
    except ValueError:
        return False
    return True
