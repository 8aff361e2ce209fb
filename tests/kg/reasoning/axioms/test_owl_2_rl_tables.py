"""Every rule of OWL 2 RL/RDF, tables 4 to 9, by name: what follows and what does not."""

import pytest
from pyoxigraph import Quad, RdfFormat, Triple, parse

from kg.errors import Contradiction
from kg.namespaces import PREFIXES
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.axioms.fixed_rules import datatype_rules, equality_rules, schema_rules
from kg.reasoning.derivation.derive import Premise, derive
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status

HEAD = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
HEAD += f"@prefix : <{PREFIXES['glocal']}> .\n"

TABLES = """
eq-ref eq-sym eq-trans eq-rep-s eq-rep-p eq-rep-o eq-diff1 eq-diff2 eq-diff3
prp-ap prp-dom prp-rng prp-fp prp-ifp prp-irp prp-symp prp-asyp prp-trp prp-spo1 prp-spo2 prp-eqp1
prp-eqp2 prp-pdw prp-adp prp-inv1 prp-inv2 prp-key prp-npa1 prp-npa2
cls-thing cls-nothing1 cls-nothing2 cls-int1 cls-int2 cls-uni cls-com cls-svf1 cls-svf2 cls-avf
cls-hv1 cls-hv2 cls-maxc1 cls-maxc2 cls-maxqc1 cls-maxqc2 cls-maxqc3 cls-maxqc4 cls-oo
cax-sco cax-eqc1 cax-eqc2 cax-dw cax-adc
dt-type1 dt-type2 dt-eq dt-diff dt-not-type
scm-cls scm-sco scm-eqc1 scm-eqc2 scm-op scm-dp scm-spo scm-eqp1 scm-eqp2 scm-dom1 scm-dom2
scm-rng1 scm-rng2 scm-hv scm-svf1 scm-svf2 scm-avf1 scm-avf2 scm-int scm-uni
"""
# eq-ref is not materialised. The datatype rules have literals as subjects, so they are tests in
# filters: see test_datatypes.py.
NOT_RULES = {"eq-ref", "dt-type2", "dt-eq", "dt-diff"}

P = "owl:onProperty :p"
DISTINCT = "[] a owl:AllDifferent ; owl:{} ( id:a id:b ) . :p a owl:InverseFunctionalProperty ."

# Rule, ontology, facts, what follows by this rule, facts from which it does not.
FOLLOWING = [
    ("eq-sym", "", "id:a owl:sameAs id:b .", "id:b owl:sameAs id:a .", "id:a :p id:b ."),
    (
        "eq-trans",
        "",
        "id:a owl:sameAs id:b . id:b owl:sameAs id:c .",
        "id:a owl:sameAs id:c .",
        "id:a owl:sameAs id:b . id:d owl:sameAs id:c .",
    ),
    ("eq-rep-s", "", "id:a owl:sameAs id:b ; :p id:c .", "id:b :p id:c .", "id:a :p id:c ."),
    ("eq-rep-p", "", ":p owl:sameAs :q . id:a :p id:c .", "id:a :q id:c .", "id:a :p id:c ."),
    (
        "eq-rep-o",
        "",
        "id:a owl:sameAs id:b . id:c :p id:a .",
        "id:c :p id:b .",
        "id:a owl:sameAs id:d . id:c :p id:a .",
    ),
    ("prp-dom", ":p rdfs:domain :A .", "id:a :p id:b .", "id:a a :A .", "id:a :q id:b ."),
    ("prp-rng", ":p rdfs:range :A .", "id:a :p id:b .", "id:b a :A .", "id:b :p id:a ."),
    (
        "prp-fp",
        ":p a owl:FunctionalProperty .",
        "id:a :p id:b , id:c .",
        "id:b owl:sameAs id:c .",
        "id:a :p id:b . id:d :p id:c .",
    ),
    (
        "prp-ifp",
        ":p a owl:InverseFunctionalProperty .",
        "id:a :p 1 . id:b :p 1 .",
        "id:a owl:sameAs id:b .",
        "id:a :p 1 , 2 . id:b :p 3 .",
    ),
    (
        "prp-symp",
        ":p a owl:SymmetricProperty .",
        "id:a :p id:b .",
        "id:b :p id:a .",
        "id:a :q id:b .",
    ),
    (
        "prp-trp",
        ":p a owl:TransitiveProperty .",
        "id:a :p id:b . id:b :p id:c .",
        "id:a :p id:c .",
        "id:a :p id:b . id:b :q id:c .",
    ),
    (
        "prp-spo1",
        ":p rdfs:subPropertyOf :q .",
        "id:a :p id:b .",
        "id:a :q id:b .",
        "id:b :q id:a .",
    ),
    (
        "prp-spo2",
        ":r owl:propertyChainAxiom ( :p :q :p :q ) .",
        "id:a :p id:b . id:b :q id:c . id:c :p id:d . id:d :q id:e .",
        "id:a :r id:e .",
        "id:a :p id:b . id:b :q id:c . id:c :q id:d . id:d :q id:e .",
    ),
    ("prp-eqp1", ":p owl:equivalentProperty :q .", "id:a :p 1 .", "id:a :q 1 .", "id:a :p 2 ."),
    ("prp-eqp2", ":p owl:equivalentProperty :q .", "id:a :q 1 .", "id:a :p 1 .", "id:a :q 2 ."),
    ("prp-inv1", ":p owl:inverseOf :q .", "id:a :p id:b .", "id:b :q id:a .", "id:b :p id:a ."),
    ("prp-inv2", ":p owl:inverseOf :q .", "id:a :q id:b .", "id:b :p id:a .", "id:b :q id:a ."),
    (
        "prp-key",
        ":A owl:hasKey ( :p :q :r ) .",
        "id:a a :A ; :p 1 ; :q id:c ; :r 'r' . id:b a :A ; :p 1 ; :q id:c ; :r 'r' .",
        "id:a owl:sameAs id:b .",
        "id:a a :A ; :p 1 ; :q id:c ; :r 'r' . id:b :p 1 ; :q id:c ; :r 'r' . "
        "id:c a :A ; :p 1 ; :q id:c .",
    ),
    (
        "cls-int1",
        "[ owl:intersectionOf ( :A :B ) ] rdfs:subClassOf :C .",
        "id:a a :A , :B .",
        "id:a a :C .",
        "id:a a :A .",
    ),
    (
        "cls-int2",
        ":C owl:intersectionOf ( :A :B ) .",
        "id:a a :C .",
        "id:a a :A , :B .",
        "id:a a :D .",
    ),
    ("cls-uni", ":C owl:unionOf ( :A :B ) .", "id:a a :B .", "id:a a :C .", "id:b a :B ."),
    (
        "cls-svf1",
        f"[ {P} ; owl:someValuesFrom :B ] rdfs:subClassOf :C .",
        "id:a :p id:b . id:b a :B .",
        "id:a a :C .",
        "id:a :p id:b .",
    ),
    (
        "cls-svf2",
        f"[ {P} ; owl:someValuesFrom owl:Thing ] rdfs:subClassOf :C .",
        "id:a :p id:b .",
        "id:a a :C .",
        "id:b :p id:a .",
    ),
    (
        "cls-avf",
        f":A rdfs:subClassOf [ {P} ; owl:allValuesFrom :B ] .",
        "id:a a :A ; :p id:b .",
        "id:b a :B .",
        "id:a a :C ; :p id:b .",
    ),
    (
        "cls-hv1",
        f":A rdfs:subClassOf [ {P} ; owl:hasValue id:k ] .",
        "id:a a :A .",
        "id:a :p id:k .",
        "id:a a :B .",
    ),
    (
        "cls-hv2",
        f"[ {P} ; owl:hasValue 5 ] rdfs:subClassOf :A .",
        "id:a :p '5.0'^^xsd:decimal .",
        "id:a a :A .",
        "id:a :p '5'^^xsd:double , '5' , 6 .",
    ),
    (
        "cls-maxc2",
        f":A rdfs:subClassOf [ {P} ; owl:maxCardinality 1 ] .",
        "id:a a :A ; :p id:b , id:c .",
        "id:b owl:sameAs id:c .",
        "id:a :p id:b , id:c . id:d a :A ; :p id:b .",
    ),
    (
        "cls-maxqc3",
        f":A rdfs:subClassOf [ {P} ; owl:maxQualifiedCardinality 1 ; owl:onClass :B ] .",
        "id:a a :A ; :p id:b , id:c . id:b a :B . id:c a :B .",
        "id:b owl:sameAs id:c .",
        "id:a a :A ; :p id:b , id:c . id:b a :B .",
    ),
    (
        "cls-maxqc4",
        f":A rdfs:subClassOf [ {P} ; owl:maxQualifiedCardinality 1 ; owl:onClass owl:Thing ] .",
        "id:a a :A ; :p id:b , id:c .",
        "id:b owl:sameAs id:c .",
        "id:a :p id:b , id:c .",
    ),
    ("cls-oo", "[ owl:oneOf ( id:a id:b ) ] rdfs:subClassOf :C .", "", "id:b a :C .", None),
    ("cax-sco", ":A rdfs:subClassOf :B .", "id:a a :A .", "id:a a :B .", "id:a a :C ."),
    ("cax-eqc1", ":A owl:equivalentClass :B .", "id:a a :A .", "id:a a :B .", "id:b a :A ."),
    ("cax-eqc2", ":A owl:equivalentClass :B .", "id:a a :B .", "id:a a :A .", "id:b a :B ."),
]

# Rule, ontology, facts that contradict it, facts that do not.
FORBIDDING = [
    (
        "eq-diff1",
        ":p a owl:FunctionalProperty .",
        "id:a owl:differentFrom id:b . id:c :p id:a , id:b .",
        "id:a owl:differentFrom id:b . id:c :p id:a , id:d .",
    ),
    ("eq-diff1", "", "id:a owl:differentFrom id:a .", "id:a owl:differentFrom id:b ."),
    ("eq-diff2", DISTINCT.format("members"), "id:a :p 1 . id:b :p 1 .", "id:a :p 1 . id:b :p 2 ."),
    (
        "eq-diff3",
        DISTINCT.format("distinctMembers"),
        "id:a :p 1 . id:b :p 1 .",
        "id:a :p 1 . id:c :p 1 .",
    ),
    (
        "prp-rng",
        ":p rdfs:range xsd:integer .",
        "id:a :p 2.5 .",
        "id:a :p 2 , '2.0'^^xsd:decimal , '2'^^xsd:byte , id:b .",
    ),
    (
        "prp-fp",
        ":p a owl:FunctionalProperty , owl:DatatypeProperty .",
        "id:a :p 1 , '1' .",
        "id:a :p 1 , '01'^^xsd:integer , 1.0 . id:b :p 2 .",
    ),
    ("prp-irp", ":p a owl:IrreflexiveProperty .", "id:a :p id:a .", "id:a :p id:b ."),
    (
        "prp-asyp",
        ":p a owl:AsymmetricProperty .",
        "id:a :p id:b . id:b :p id:a .",
        "id:a :p id:b . id:c :p id:a .",
    ),
    (
        "prp-pdw",
        ":p owl:propertyDisjointWith :q .",
        "id:a :p id:b ; :q id:b .",
        "id:a :p id:b ; :q id:c .",
    ),
    (
        "prp-adp",
        "[] a owl:AllDisjointProperties ; owl:members ( :p :q :r ) .",
        "id:a :q id:b ; :r id:b .",
        "id:a :q id:b ; :r id:c .",
    ),
    (
        "prp-npa1",
        "[] owl:sourceIndividual id:a ; owl:assertionProperty :p ; owl:targetIndividual id:b .",
        "id:a :p id:b .",
        "id:a :p id:c . id:b :p id:a .",
    ),
    (
        "prp-npa2",
        "[] owl:sourceIndividual id:a ; owl:assertionProperty :p ; owl:targetValue 5 .",
        "id:a :p 5.0 .",
        "id:a :p 6 . id:b :p 5 .",
    ),
    ("cls-nothing2", ":A rdfs:subClassOf owl:Nothing .", "id:a a :A .", "id:a a :B ."),
    ("cls-com", ":A owl:complementOf :B .", "id:a a :A , :B .", "id:a a :A . id:b a :B ."),
    (
        "cls-avf",
        f":A rdfs:subClassOf [ {P} ; owl:allValuesFrom xsd:string ] .",
        "id:a a :A ; :p 1 .",
        "id:a a :A ; :p 'one' . id:b :p 1 .",
    ),
    (
        "cls-maxc1",
        f":A rdfs:subClassOf [ {P} ; owl:maxCardinality 0 ] .",
        "id:a a :A ; :p id:b .",
        "id:a :p id:b . id:b a :A .",
    ),
    (
        "cls-maxqc1",
        f":A rdfs:subClassOf [ {P} ; owl:maxQualifiedCardinality 0 ; owl:onClass :B ] .",
        "id:a a :A ; :p id:b . id:b a :B .",
        "id:a a :A ; :p id:b .",
    ),
    (
        "cls-maxqc2",
        f":A rdfs:subClassOf [ {P} ; owl:maxQualifiedCardinality 0 ; owl:onClass owl:Thing ] .",
        "id:a a :A ; :p id:b .",
        "id:a :p id:b .",
    ),
    (
        "cls-maxqc3",
        f":A rdfs:subClassOf [ {P} ; owl:maxQualifiedCardinality 1 ; owl:onDataRange xsd:int ] .",
        "id:a a :A ; :p 1 , 2 .",
        "id:a a :A ; :p 1 , 'two' .",
    ),
    ("cax-dw", ":A owl:disjointWith :B .", "id:a a :A , :B .", "id:a a :A . id:b a :B ."),
    (
        "cax-adc",
        "[] a owl:AllDisjointClasses ; owl:members ( :A :B :C ) .",
        "id:a a :B , :C .",
        "id:a a :B . id:b a :C .",
    ),
]

R = ":R {} ; {} . :S {} ; {} ."
SAME_PROPERTY = R.format(P, "owl:{0} :A", P, "owl:{0} :B")
SAME_VALUE = R.format(P, "owl:{0} :A", "owl:onProperty :q", "owl:{0} :A")

# Rule, axioms, what follows by the rule, axioms from which it does not.
SCHEMA = [
    ("prp-ap", "", "rdfs:label a owl:AnnotationProperty .", None),
    ("cls-thing", "", "owl:Thing a owl:Class .", None),
    ("cls-nothing1", "", "owl:Nothing a owl:Class .", None),
    (
        "scm-cls",
        ":A a owl:Class .",
        ":A rdfs:subClassOf :A , owl:Thing ; owl:equivalentClass :A . "
        "owl:Nothing rdfs:subClassOf :A .",
        ":B a owl:Class .",
    ),
    (
        "scm-sco",
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :C .",
        ":A rdfs:subClassOf :C .",
        ":A rdfs:subClassOf :B . :C rdfs:subClassOf :B .",
    ),
    (
        "scm-eqc1",
        ":A owl:equivalentClass :B .",
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :A .",
        ":A owl:disjointWith :B .",
    ),
    (
        "scm-eqc2",
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :A .",
        ":A owl:equivalentClass :B .",
        ":A rdfs:subClassOf :B .",
    ),
    (
        "scm-op",
        ":p a owl:ObjectProperty .",
        ":p rdfs:subPropertyOf :p ; owl:equivalentProperty :p .",
        ":q a owl:ObjectProperty .",
    ),
    (
        "scm-dp",
        ":p a owl:DatatypeProperty .",
        ":p rdfs:subPropertyOf :p ; owl:equivalentProperty :p .",
        ":q a owl:DatatypeProperty .",
    ),
    (
        "scm-spo",
        ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :r .",
        ":p rdfs:subPropertyOf :r .",
        ":p rdfs:subPropertyOf :q . :r rdfs:subPropertyOf :q .",
    ),
    (
        "scm-eqp1",
        ":p owl:equivalentProperty :q .",
        ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :p .",
        ":p owl:inverseOf :q .",
    ),
    (
        "scm-eqp2",
        ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :p .",
        ":p owl:equivalentProperty :q .",
        ":p rdfs:subPropertyOf :q .",
    ),
    (
        "scm-dom1",
        ":p rdfs:domain :A . :A rdfs:subClassOf :B .",
        ":p rdfs:domain :B .",
        ":p rdfs:domain :A . :B rdfs:subClassOf :A .",
    ),
    (
        "scm-dom2",
        ":q rdfs:domain :A . :p rdfs:subPropertyOf :q .",
        ":p rdfs:domain :A .",
        ":q rdfs:domain :A . :q rdfs:subPropertyOf :p .",
    ),
    (
        "scm-rng1",
        ":p rdfs:range :A . :A rdfs:subClassOf :B .",
        ":p rdfs:range :B .",
        ":p rdfs:range :A . :B rdfs:subClassOf :A .",
    ),
    (
        "scm-rng2",
        ":q rdfs:range :A . :p rdfs:subPropertyOf :q .",
        ":p rdfs:range :A .",
        ":q rdfs:range :A . :q rdfs:subPropertyOf :p .",
    ),
    (
        "scm-hv",
        SAME_VALUE.format("hasValue") + ":p rdfs:subPropertyOf :q .",
        ":R rdfs:subClassOf :S .",
        SAME_VALUE.format("hasValue") + ":q rdfs:subPropertyOf :p .",
    ),
    (
        "scm-svf1",
        SAME_PROPERTY.format("someValuesFrom") + ":A rdfs:subClassOf :B .",
        ":R rdfs:subClassOf :S .",
        SAME_PROPERTY.format("someValuesFrom") + ":B rdfs:subClassOf :A .",
    ),
    (
        "scm-svf2",
        SAME_VALUE.format("someValuesFrom") + ":p rdfs:subPropertyOf :q .",
        ":R rdfs:subClassOf :S .",
        SAME_VALUE.format("someValuesFrom") + ":q rdfs:subPropertyOf :p .",
    ),
    (
        "scm-avf1",
        SAME_PROPERTY.format("allValuesFrom") + ":A rdfs:subClassOf :B .",
        ":R rdfs:subClassOf :S .",
        SAME_PROPERTY.format("allValuesFrom") + ":B rdfs:subClassOf :A .",
    ),
    (
        "scm-avf2",
        SAME_VALUE.format("allValuesFrom") + ":p rdfs:subPropertyOf :q .",
        ":S rdfs:subClassOf :R .",
        SAME_VALUE.format("allValuesFrom") + ":q rdfs:subPropertyOf :p .",
    ),
    (
        "scm-int",
        ":C owl:intersectionOf ( :A :B ) .",
        ":C rdfs:subClassOf :A , :B .",
        ":C owl:unionOf ( :A :B ) .",
    ),
    (
        "scm-uni",
        ":C owl:unionOf ( :A :B ) .",
        ":A rdfs:subClassOf :C . :B rdfs:subClassOf :C .",
        ":C owl:intersectionOf ( :A :B ) .",
    ),
    ("dt-type1", "", "xsd:integer a rdfs:Datatype .", None),
]


def quads(text: str) -> list[Quad]:
    return list(parse(HEAD + text, RdfFormat.TURTLE))


def triples(text: str) -> set[Triple]:
    return {quad.triple for quad in quads(text)}


def derived(facts: set[Triple], rules: list[Rule]) -> dict[str, set[Triple]]:
    """Return what follows, by rule."""
    found: dict[str, set[Triple]] = {}
    for one in derive([Premise(triple, Status.FACT) for triple in facts], rules).derivations:
        found.setdefault(one.rule, set()).add(one.triple)
    return found


def compiled(ontology: str) -> list[Rule]:
    return compile_axioms(quads(ontology), facts_make_equal=not ontology).rules


def by(name: str, found: dict[str, set[Triple]]) -> set[Triple]:
    return {
        each for rule, made in found.items() if f"{rule}-".startswith(f"{name}-") for each in made
    }


@pytest.mark.parametrize(("rule", "ontology", "facts", "following", "others"), FOLLOWING)
def test_this_follows_by_the_rule_and_from_other_facts_it_does_not(
    rule: str, ontology: str, facts: str, following: str, others: str | None
) -> None:
    assert triples(following) <= by(rule, derived(triples(facts), compiled(ontology)))

    if others is not None:
        assert by(rule, derived(triples(others), compiled(ontology))).isdisjoint(triples(following))


@pytest.mark.parametrize(("rule", "ontology", "forbidden", "allowed"), FORBIDDING)
def test_this_is_a_contradiction_and_that_is_none(
    rule: str, ontology: str, forbidden: str, allowed: str
) -> None:
    derived(triples(allowed), compiled(ontology))

    with pytest.raises(Contradiction) as caught:
        derived(triples(forbidden), compiled(ontology))

    assert f"{caught.value.rule}-".startswith(f"{rule}-")


@pytest.mark.parametrize(("rule", "axioms", "following", "others"), SCHEMA)
def test_this_axiom_follows_from_those(
    rule: str, axioms: str, following: str, others: str | None
) -> None:
    assert triples(following) <= by(rule, schema(axioms))

    if others is not None:
        assert by(rule, schema(others)).isdisjoint(triples(following))


def schema(axioms: str) -> dict[str, set[Triple]]:
    ontology = quads(axioms)
    return derived({quad.triple for quad in ontology}, [*schema_rules(ontology), *datatype_rules()])


def test_a_literal_that_its_datatype_does_not_have_is_a_contradiction() -> None:
    derived(triples("id:a :p '1'^^xsd:integer , 'one'^^:myType ."), datatype_rules())

    with pytest.raises(Contradiction) as caught:
        derived(triples("id:a :p 'one'^^xsd:integer ."), datatype_rules())

    assert caught.value.rule == "dt-not-type"


@pytest.mark.parametrize("twice", ["id:a id:b id:a", "id:a 1 01"])
def test_what_is_listed_twice_as_different_is_a_contradiction_without_a_fact(twice: str) -> None:
    rules = compiled(f"id:c owl:sameAs id:d . [] a owl:AllDifferent ; owl:members ( {twice} ) .")

    with pytest.raises(Contradiction, match="eq-diff2"):
        derived(set(), rules)


def test_a_key_of_a_described_class_asks_both_for_the_description() -> None:
    rules = compiled("""[ owl:onProperty :p ; owl:someValuesFrom
        [ a rdfs:Datatype ; owl:onDatatype xsd:integer ;
            owl:withRestrictions ( [ xsd:minInclusive 5 ] ) ] ] owl:hasKey ( :q ) .""")

    same = derived(triples("id:a :p 5 ; :q 1 . id:b :p 6 ; :q 1 . id:c :p 4 ; :q 1 ."), rules)

    key = by("prp-key", same)
    assert key == triples("id:a owl:sameAs id:b . id:b owl:sameAs id:a .")


@pytest.mark.parametrize("number", ["1", "1.0", "'01'^^xsd:nonNegativeInteger"])
def test_a_number_counts_in_any_spelling(number: str) -> None:
    at_most = compiled(f":A rdfs:subClassOf [ {P} ; owl:maxCardinality {number} ] .")
    at_least = compiled(f"[ {P} ; owl:minCardinality {number} ] rdfs:subClassOf :A .")

    assert "cls-maxc2-A-max-1-p-Thing" in {rule.name for rule in at_most}
    assert [rule.name for rule in at_least] == ["cls-svf2-p-Thing-A"]


def test_every_rule_of_the_tables_has_its_row() -> None:
    rows = {row[0] for row in (*FOLLOWING, *FORBIDDING, *SCHEMA)} | {"dt-not-type"}

    assert rows == set(TABLES.split()) - NOT_RULES


def test_equality_is_no_matter_where_nothing_can_be_the_same() -> None:
    rules = compile_axioms(quads(":A rdfs:subClassOf :B . id:a owl:differentFrom id:b .")).rules

    assert [rule.name for rule in rules] == ["cax-sco-A-B"]


def test_every_rule_of_equality_has_its_sentence_in_both_languages() -> None:
    for rule in (*equality_rules(), *schema_rules(quads(":C owl:unionOf ( :A :B ) ."))):
        assert set(rule.sentence) == {"en", "zh"}
        assert all(rule.sentence.values())
