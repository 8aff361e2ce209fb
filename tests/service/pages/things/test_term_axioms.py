import pytest

from kg.content import own_content
from kg.describe.glossary import Glossary
from kg.namespaces import GLOCAL
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.rules.rule import read_rules
from kg.sources.folders import read_ontology
from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.ontology_files import read_ontology_files
from service.pages.terms import TermWriter
from service.pages.things.term_axioms import Line, TermAxioms, write_expression

ONTOLOGY = read_ontology()
RULES = [*compile_axioms(ONTOLOGY).rules, *read_rules(own_content().rules)]
AXIOMS = TermAxioms(
    Glossary(ONTOLOGY, GLOCAL), read_ontology_files(own_content().ontology), lambda: RULES
)


@pytest.fixture(scope="module")
def store() -> Store:
    labels = (one for one in ONTOLOGY if one.predicate.value.endswith("#label"))
    return Store.in_memory(
        quad for one in labels for quad in (one, type(one)(one.subject, one.predicate, one.object))
    )


def lines(store: Store, name: str, language: str = "en") -> dict[str, list[Line]]:
    rows = AXIOMS.rows(TermWriter(store, Language(language, False)), GLOCAL[name])
    return {row.striptags(): several for row, several in rows}


def told(store: Store, name: str, language: str = "en") -> dict[str, list[str]]:
    found = lines(store, name, language).items()
    return {name: [line.words.striptags() for line in several] for name, several in found}


def test_a_class_has_its_place_its_expressions_and_their_meaning_in_words(store: Store) -> None:
    assert told(store, "CapabilityActor")["Superclasses"] == [
        "global city",
        "capability-supporting city in the wide reading",
    ]
    city = told(store, "GlobalCity")
    assert city["Superclasses"] == ["city"]
    assert "is of kind id:GlobalCity" in city["subclass of"]
    actor = told(store, "CapabilityActor")["In words"]
    assert any("and X has policy W and W is a policy" in sentence for sentence in actor)


def test_a_class_has_those_directly_below_it_and_the_others_folded(store: Store) -> None:
    near, further = lines(store, "City")["Subclasses"]

    assert "global city" in near.words.striptags().split(", ")
    assert "Chinese global city" not in near.words.striptags().split(", ")
    assert further.words.startswith("<details><summary>")
    assert "Chinese global city" in further.words.striptags()
    assert told(store, "ChineseGlobalCity")["Superclasses"] == ["global city"]


def test_a_property_has_the_rules_that_use_it_and_do_not_derive_it(store: Store) -> None:
    folded = "\n".join(told(store, "coMemberWith")["Rules that use it"])
    said = "\n".join(told(store, "coMemberWith").get("In words", []))

    assert "Two cities connected through a network stand in an actor–actor relation." in folded
    assert "Two cities connected through a network" not in said


def test_a_property_has_its_chain(store: Store) -> None:
    assert "follows from the chain" in told(store, "contributedToFoundingOf")


def test_a_term_names_its_module_and_its_alignments(store: Store) -> None:
    (module,) = lines(store, "University")["Module"]

    assert 'href="/ontology/actors"' in module.words
    alignments = told(store, "University")["Alignments to other vocabularies"]
    assert "subclass of: org:FormalOrganization" in alignments


@pytest.mark.parametrize(
    ("name", "words", "query"),
    [
        ("City", "its members", "SELECT+%3Fmember+%7B+%3Fmember+a+glocal%3ACity+%7D"),
        ("memberOf", "statements with it", "%7B+%3Fsubject+glocal%3AmemberOf+%3Fobject+%7D"),
        ("Fact", "statements with this value", "%7B+%3Fsubject+%3Fproperty+glocal%3AFact+%7D"),
    ],
)
def test_a_term_has_names_to_copy_and_a_query_for_it(
    store: Store, name: str, words: str, query: str
) -> None:
    (curie,), (iri,), (ask,) = (lines(store, name)[key] for key in ("CURIE", "IRI", "Query"))

    assert curie.words == f'<code class="copied">glocal:{name}</code>'
    assert iri.words == f'<code class="copied">{GLOCAL[name].value}</code>'
    assert ask.words.striptags() == words
    prefix = "PREFIX+glocal%3A+%3Chttps%3A%2F%2Fw3id.org%2Fglocal%2Fontology%23%3E%0A"
    assert f'href="/sparql?query={prefix}SELECT' in ask.words
    assert query in ask.words


def test_terms_in_an_expression_lead_to_their_pages(store: Store) -> None:
    (only,) = lines(store, "ChineseGlobalCity")["equivalent to"]

    assert '<a href="/data/ontology/GlobalCity">global city</a>' in only.words


def test_a_restriction_reads_as_in_a_sentence(store: Store) -> None:
    place = "acts at level id:RegionalLevel and acts at level id:GlobalLevel"
    assert told(store, "MultiLevelCity")["equivalent to"] == [f"city and {place}"]
    (china,) = told(store, "ChineseGlobalCity", "zh")["等价于"]
    assert china == "全球城市 且 所属国家为id:China"


def test_an_expression_within_another_keeps_its_parentheses(store: Store) -> None:
    terms = TermWriter(store, Language("en", False))

    nested = "(glocal:City or (glocal:State and (glocal:partOf some glocal:City)))"
    written = write_expression(terms, nested).striptags()
    assert written == "(city or (state and is part of some city))"
    only = write_expression(terms, "(glocal:memberOf only glocal:State)").striptags()
    assert only == "is a member of only state"
    assert write_expression(terms, "(glocal:partOf max 1)").striptags() == "is part of max 1"


def test_decisions_of_the_authors_are_marked(store: Store) -> None:
    told = {
        line.words.striptags(): line for line in lines(store, "exportsNormTo")["Superproperties"]
    }

    assert told["stands in an actor-space relation to"].is_decision
    assert not any(line.is_decision for line in lines(store, "GlobalCity")["Superclasses"])


def test_the_meaning_is_told_in_the_language_of_the_page(store: Store) -> None:
    actor = told(store, "CapabilityActor", "zh")

    assert any("且甲“奉行的政策为”乙，且乙属“政策”" in one for one in actor["含义"])


def test_an_expression_is_written_in_the_language_of_the_page(store: Store) -> None:
    assert told(store, "City", "zh")["子类于"] == ["归入id:City一类"]
    (chain, *_) = told(store, "contributedToFoundingOf")["follows from the chain"]
    assert " ∘ " in chain


def test_what_the_ontology_does_not_declare_has_no_axioms(store: Store) -> None:
    assert lines(store, "Unheard") == {}
