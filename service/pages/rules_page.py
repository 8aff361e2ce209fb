"""The page of all rules: the rule files first, then those compiled from axioms, by module."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from pyoxigraph import NamedNode, Triple

from kg.namespaces import DCTERMS, GLOCAL, RULE, is_in
from service.pages.terms import TermWriter

# The folder of the rule files, whose rules form one group.
_FILES: Final = "rules"


def write_rules_page(
    terms: TermWriter, about_rules: Iterable[Triple], documents: Collection[str]
) -> bytes:
    """Write the page from the triples about the rules; `documents` are paths below /ontology/."""
    values: defaultdict[Any, defaultdict[NamedNode, list[Any]]]
    values = defaultdict(lambda: defaultdict(list))
    for triple in about_rules:
        if isinstance(triple.subject, NamedNode) and is_in(triple.subject, RULE):
            values[triple.subject][triple.predicate].append(triple.object)
    groups: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for rule, about in values.items():
        row = _describe_rule(terms, rule, about)
        groups[_group(row["places"])].append(row)
    title = terms.words["rules"]
    return terms.write_page(
        "rules.html",
        title=title,
        path="/rules",
        place="ontology",
        way=[terms.macros["local_link"]("/ontology", terms.words["ontology"]), title],
        count=len(values),
        groups=dict(sorted(groups.items(), key=lambda group: (group[0] != _FILES, group[0]))),
        files_group=_FILES,
        documents=documents,
    )


def axiom_kind(words: Mapping[str, str], rule: str) -> str:
    """Return the kind of axiom that a rule is compiled from, in words; "" of the other rules."""
    return words.get(f"axiom-{'-'.join(rule.split('-')[:2])}", "")


def _describe_rule(
    terms: TermWriter, rule: NamedNode, about: Mapping[NamedNode, Sequence[Any]]
) -> dict[str, Any]:
    """Return what the page shows of a rule; `about` has its values by property."""
    name = rule.value.removeprefix(RULE)
    return {
        "iri": rule,
        "name": name,
        "kind": axiom_kind(terms.words, name),
        "status": next(iter(about[GLOCAL["hasStatus"]]), None),
        "sentences": terms.sorted_texts(about[GLOCAL["ruleSentence"]])[:1],
        "sources": terms.sorted_texts(about[DCTERMS["description"]])[:1],
        "places": sorted(text.value for text in about[GLOCAL["definedAt"]]),
    }


def _group(places: Sequence[str]) -> str:
    """Return the module whose axiom a rule is from, or the folder of the rule files."""
    first = places[0].partition(":")[0] if places else ""
    return _FILES if first.startswith(f"{_FILES}/") else first.removesuffix(".ttl")
