"""Read graphs as the Direct Semantics of OWL 2 does: without annotations, and with punning.

An IRI may name a class, a property and an individual at once; these have nothing to do with each
other. So an individual that shares its IRI with a class or property gets a name of its own here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from pyoxigraph import NamedNode, Triple

from kg.namespaces import OWL, RDF
from kg.reasoning.derivation.assertions import Assertions
from kg.reasoning.entailment.vocabulary import (
    ANNOTATED,
    ANNOTATIONS,
    CLASS_ENDS,
    CLASS_TYPES,
    PROPERTY_ENDS,
    PROPERTY_TYPES,
    TYPE,
    is_reserved,
    owl,
)
from kg.reasoning.facts.dictionary import TermDictionary

_INDIVIDUALS_AT_BOTH_ENDS: Final = owl("sameAs differentFrom")
_INDIVIDUAL_AS_OBJECT: Final = owl("hasValue sourceIndividual targetIndividual")
_LISTS_OF_INDIVIDUALS: Final = owl("oneOf members distinctMembers")
_KINDS: Final = CLASS_TYPES | PROPERTY_TYPES
_DEPRECATED: Final = owl("DeprecatedClass DeprecatedProperty")
_FIRST, _REST = RDF["first"], RDF["rest"]
_MARK: Final = "*individual"


def shared_names(assertions: Assertions, conclusion: Sequence[Triple]) -> frozenset[str]:
    """Return the IRIs that name an individual and also a class or a property.

    Annotations do not count as a use.
    """
    ignored = _annotation_properties(assertions, conclusion)
    axioms = [triple for triple in _schema(assertions) if triple.predicate not in ignored]
    stated = [triple for triple in conclusion if triple.predicate not in ignored]
    lists = _individual_lists([*axioms, *stated])
    names, individuals = set[str](), set[str]()
    iris = partial(_iris, assertions.vocabulary)
    for predicate, (subjects, objects) in assertions.columns.items():
        term = assertions.vocabulary.decode(predicate)
        if term == TYPE:
            by_type: dict[int, set[int]] = defaultdict(set)
            for subject, object_ in zip(subjects, objects, strict=True):
                by_type[object_].add(subject)
            for type_, members in by_type.items():
                if not is_reserved(assertions.vocabulary.decode(type_)):
                    names.update(iris([type_]))
                    individuals.update(iris(members))
        elif not is_reserved(term) and term not in ignored:
            names.add(term.value)
            individuals.update(iris({*subjects, *objects}))
    for triple in [*axioms, *stated]:
        _collect(triple, lists, names, individuals)
    shared = names & individuals
    return frozenset(name for name in shared if not is_reserved(NamedNode(name)))


def make_direct(assertions: Assertions, shared: frozenset[str]) -> None:
    """Remove annotations from the assertions, and rename the individuals that share a name."""
    for annotation in _annotation_properties(assertions, ()):
        assertions.columns.pop(assertions.vocabulary.encode(annotation), None)
    if shared:
        lists = _individual_lists(list(_schema(assertions)))
        _rename_columns(assertions, lists, shared)


def as_direct_conclusion(
    assertions: Assertions, triples: Sequence[Triple], shared: frozenset[str]
) -> list[Triple]:
    """Return the conclusion without annotations, and with individuals renamed as above."""
    ignored = {*_annotation_properties(assertions, triples), *ANNOTATED}
    nodes = {each.subject for each in triples if each.predicate in ANNOTATED}
    lists = _individual_lists(triples)
    return [
        _rename(triple, lists, shared)
        for triple in triples
        if triple.predicate not in ignored
        and triple.subject not in nodes
        and not (triple.predicate == TYPE and triple.object in _DEPRECATED)
    ]


def original_term(term: object) -> object:
    """Return an individual under the name that it has in the file."""
    if isinstance(term, NamedNode) and term.value.endswith(_MARK):
        return NamedNode(term.value.removesuffix(_MARK))
    return term


def _annotation_properties(assertions: Assertions, conclusion: Iterable[Triple]) -> set[NamedNode]:
    kind = OWL["AnnotationProperty"]
    declared = (
        triple.subject
        for triples in (_schema(assertions), conclusion)
        for triple in triples
        if triple.predicate == TYPE and triple.object == kind
    )
    named = {each for each in declared if isinstance(each, NamedNode)}
    return named | (ANNOTATIONS - {OWL["imports"]})


def _iris(vocabulary: TermDictionary, codes: Iterable[int]) -> Iterator[str]:
    return (vocabulary.spelling(code)[1:-1] for code in codes if vocabulary.is_iri(code))


def _schema(assertions: Assertions) -> Iterator[Triple]:
    """Yield the triples in the vocabulary of RDF, RDFS or OWL; no types by other classes."""
    vocabulary = assertions.vocabulary
    for predicate, (subjects, objects) in assertions.columns.items():
        term = vocabulary.decode(predicate)
        if not is_reserved(term):
            continue
        wanted = set(objects)
        if term == TYPE:
            wanted = {code for code in wanted if is_reserved(vocabulary.decode(code))}
        for subject, object_ in zip(subjects, objects, strict=True):
            if object_ in wanted:
                yield vocabulary.decode_triple((subject, predicate, object_))


def _individual_lists(triples: Iterable[Triple]) -> set[object]:
    """Return the nodes of the lists whose members are individuals."""
    rest = {each.subject: each.object for each in triples if each.predicate == _REST}
    groups = {each.subject for each in triples if each.object == OWL["AllDifferent"]}
    found = set[object]()
    for triple in triples:
        is_group = triple.predicate == OWL["members"]
        if triple.predicate in _LISTS_OF_INDIVIDUALS and (not is_group or triple.subject in groups):
            node: object = triple.object
            while node is not None and node not in found:
                found.add(node)
                node = rest.get(node)  # type: ignore[call-overload]
    return found


def _individual_ends(triple: Triple, lists: set[object]) -> tuple[bool, bool]:
    """Return whether subject and object of a triple are individuals."""
    predicate, object_ = triple.predicate, triple.object
    if predicate == TYPE:
        is_kind = is_reserved(object_) and object_ not in {OWL["NamedIndividual"], OWL["Thing"]}
        return not is_kind, False
    if predicate in _INDIVIDUALS_AT_BOTH_ENDS:
        return True, True
    if predicate in _INDIVIDUAL_AS_OBJECT or (predicate == _FIRST and triple.subject in lists):
        return False, True
    is_fact = not is_reserved(predicate)
    return is_fact, is_fact


def _collect(triple: Triple, lists: set[object], names: set[str], individuals: set[str]) -> None:
    """Add the IRIs of a triple to the names of classes and properties, or of individuals."""
    ends = triple.subject, triple.object
    for end, is_individual in zip(ends, _individual_ends(triple, lists), strict=True):
        if is_individual and isinstance(end, NamedNode):
            individuals.add(end.value)
    predicate = triple.predicate
    roles = [
        CLASS_ENDS.get(predicate, (False, False)),
        PROPERTY_ENDS.get(predicate, (False, False)),
    ]
    if predicate == TYPE and triple.object in _KINDS:
        roles.append((True, False))
    if predicate == _FIRST and triple.subject not in lists:
        roles.append((False, True))
    for role in roles:
        for end, is_name in zip(ends, role, strict=True):
            if is_name and isinstance(end, NamedNode):
                names.add(end.value)
    if not is_reserved(predicate):
        names.add(predicate.value)


def _rename(triple: Triple, lists: set[object], shared: frozenset[str]) -> Triple:
    def renamed(end: object, is_individual: bool) -> object:
        is_shared = is_individual and isinstance(end, NamedNode) and end.value in shared
        return NamedNode(f"{end.value}{_MARK}") if is_shared else end  # type: ignore[attr-defined]

    is_subject, is_object = _individual_ends(triple, lists)
    return Triple(
        renamed(triple.subject, is_subject),  # type: ignore[arg-type]
        triple.predicate,
        renamed(triple.object, is_object),  # type: ignore[arg-type]
    )


def _rename_columns(assertions: Assertions, lists: set[object], shared: frozenset[str]) -> None:
    vocabulary = assertions.vocabulary
    for predicate, (subjects, objects) in list(assertions.columns.items()):
        for index, pair in enumerate(zip(subjects, objects, strict=True)):
            triple = vocabulary.decode_triple((pair[0], predicate, pair[1]))
            renamed = _rename(triple, lists, shared)
            if renamed != triple:
                subjects[index] = vocabulary.encode(renamed.subject)  # type: ignore[arg-type]
                objects[index] = vocabulary.encode(renamed.object)  # type: ignore[arg-type]
