"""The triples that follow from the axioms of the modules, and some that must not."""

from collections.abc import Mapping
from typing import Final

import pyoxigraph
import pytest
from pyoxigraph import RdfFormat, Triple

from kg.errors import Contradiction
from kg.namespaces import GLOCAL, ID, PREFIXES, RDF
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.derive import Premise, derive
from kg.reasoning.rules.rule import Rule
from kg.sources.folders import read_ontology
from kg.statuses import HYPOTHESES, Base, Standing, Status

FACT, THESIS, READING = (Standing(base) for base in (Base.FACT, Base.THESIS, Base.READING))
PROLOGUE: Final = "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in PREFIXES.items())


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    """The rules that the axioms of all modules compile to."""
    return compile_axioms(read_ontology()).rules


def standings(rules: list[Rule], facts: str) -> Mapping[Triple, Standing]:
    """Each triple that follows from these facts, with its standing, of which there is only one."""
    quads = pyoxigraph.parse(PROLOGUE + facts, format=RdfFormat.TURTLE)
    premises = [Premise(quad.triple, Status.FACT) for quad in quads]
    found: dict[Triple, Standing] = {}
    for each in derive(premises, rules).derivations:
        assert found.setdefault(each.triple, each.standing) == each.standing
    return found


def triple(subject: str, predicate: str, object_: str) -> Triple:
    """A triple of two individuals and a property, by their local names."""
    return Triple(ID[subject], GLOCAL[predicate], ID[object_])


def test_what_a_committee_deals_with_concerns_neither_its_network_nor_the_members(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:UCLG glocal:established id:Committee ; glocal:hasPart id:Committee ."
        "id:Committee glocal:addressesIssue id:ConflictPrevention ."
        "id:Shanghai glocal:memberOf id:UCLG .",
    )

    assert derived[triple("UCLG", "supportsIssue", "ConflictPrevention")] == FACT
    assert triple("UCLG", "addressesIssue", "ConflictPrevention") not in derived
    assert triple("Shanghai", "participatesInGoverning", "ConflictPrevention") not in derived
    assert triple("UCLG", "actorInstitutionRelation", "Committee") not in derived


def test_whoever_launched_a_programme_has_its_issues(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:UNHabitat glocal:launched id:Initiative ."
        "id:Initiative glocal:addressesIssue id:ClimateChange .",
    )

    assert derived[triple("Initiative", "programmeOf", "UNHabitat")] == FACT
    assert derived[triple("UNHabitat", "addressesIssue", "ClimateChange")] == FACT


def test_a_successor_inherits_an_issue_but_need_not_deal_with_it(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:Old glocal:upgradedTo id:New . id:Old glocal:addressesIssue id:ConflictPrevention .",
    )

    assert derived[triple("New", "inheritsIssue", "ConflictPrevention")] == READING
    assert triple("New", "addressesIssue", "ConflictPrevention") not in derived


def test_a_city_in_a_regional_and_a_global_network_is_a_multi_level_city(
    rules: list[Rule],
) -> None:
    scopes = "id:C40 glocal:hasScope id:GlobalLevel . id:APCS glocal:hasScope id:RegionalLevel ."
    derived = standings(
        rules,
        scopes + "id:Shenzhen a glocal:City ; glocal:memberOf id:C40 , id:APCS ."
        "id:Beijing a glocal:City ; glocal:memberOf id:C40 .",
    )

    assert derived[Triple(ID["Shenzhen"], RDF["type"], GLOCAL["MultiLevelCity"])] == READING
    assert Triple(ID["Beijing"], RDF["type"], GLOCAL["MultiLevelCity"]) not in derived


def test_the_initiative_of_a_mayor_counts_for_the_city_governed(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:KenLivingstone glocal:mayorOf id:London ."
        "id:BorisJohnson glocal:formerMayorOf id:York ."
        "id:C40 glocal:initiatedBy id:KenLivingstone , id:BorisJohnson .",
    )

    assert derived[triple("C40", "initiatedByCity", "London")] == READING
    assert triple("C40", "initiatedByCity", "York") not in derived


def test_influence_is_passed_on_by_what_one_initiated_and_by_nothing_else(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:C40 glocal:initiatedByCity id:London ; glocal:influences id:UNHabitat ."
        "id:UNHabitat glocal:influences id:Nairobi ; glocal:launched id:Initiative ."
        "id:C40 glocal:initiatedBy id:Livingstone .",
    )

    assert derived[triple("London", "indirectlyInfluences", "UNHabitat")] == READING
    assert derived[triple("London", "contributedToLaunchOf", "Initiative")] == READING
    assert triple("C40", "influences", "Nairobi") not in derived
    assert triple("C40", "indirectlyInfluences", "Nairobi") not in derived
    assert triple("C40", "contributedToLaunchOf", "Initiative") not in derived
    assert triple("Livingstone", "indirectlyInfluences", "UNHabitat") not in derived


def test_a_state_that_only_contemplates_withdrawal_weakens_nothing(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:Canada glocal:withdrewFrom id:Kyoto ."
        "id:Iran glocal:contemplatesWithdrawalFrom id:Kyoto ."
        "id:Kyoto glocal:addressesIssue id:ClimateChange .",
    )

    assert derived[triple("Canada", "weakensGovernanceOf", "ClimateChange")] == READING
    assert triple("Iran", "weakensGovernanceOf", "ClimateChange") not in derived


def test_what_lies_in_an_area_lies_in_its_city_and_climbs_no_higher(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:NGOs glocal:inCity id:GreaterLondon ."
        "id:GreaterLondon glocal:administrativeAreaOf id:London ."
        "id:London glocal:cityOf id:UnitedKingdom .",
    )

    assert derived[triple("NGOs", "inCity", "London")] == FACT
    assert triple("NGOs", "inCity", "UnitedKingdom") not in derived


def test_the_founders_of_an_organisation_build_it_and_the_place_does_not(
    rules: list[Rule],
) -> None:
    derived = standings(rules, "id:C40 glocal:foundedAt id:London ; glocal:foundedBy id:Cities .")

    related = triple("Cities", "actorInstitutionRelation", "C40")
    assert (
        derived[related] == derived[triple("Cities", "constructiveInteraction", "C40")] == READING
    )
    ends = {(one.subject, one.predicate) for one in derived}
    assert not any((ID["London"], GLOCAL[name]) in ends for name in RELATIONS)
    assert triple("C40", "constructiveInteraction", "Cities") not in derived
    assert triple("London", "memberOf", "C40") not in derived


RELATIONS: Final = (
    "actorActorRelation",
    "actorSpaceRelation",
    "actorInstitutionRelation",
    "microMacroRelation",
    "actionStructureRelation",
    "cooperativeInteraction",
    "constructiveInteraction",
    "regulatoryInteraction",
    "empoweringInteraction",
)


@pytest.mark.parametrize(
    "name",
    [
        "arbitrates",
        "coHosted",
        "coMemberWith",
        "curbs",
        "divestsFrom",
        "empoweredWith",
        "enables",
        "established",
        "evaluates",
        "guides",
        "heldIn",
        "hosted",
        "influences",
        "initiatedBy",
        "isCentreOf",
        "isNodeOf",
        "launched",
        "leadsOrLed",
        "memberOf",
        "pressures",
        "produced",
        "promotes",
        "proposed",
        "refusedToJoin",
        "seatOf",
        "serves",
        "setsStandard",
        "shapes",
        "sharedExperienceOn",
        "supports",
        "withdrewFrom",
    ],
)
def test_what_is_no_relation_of_a_city_to_a_party_has_neither_pattern_nor_mode(
    rules: list[Rule], name: str
) -> None:
    derived = standings(rules, f"id:X glocal:{name} id:Y . id:Y glocal:exemplifies id:Z .")

    assert not {one.predicate for one in derived} & {GLOCAL[each] for each in RELATIONS}


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("becameGlobalCityIn", "actorSpaceRelation"),
        ("exportsNormTo", "actorSpaceRelation"),
        ("hostsHeadquartersOf", "actorInstitutionRelation"),
        ("pledgesToContinue", "actionStructureRelation"),
        ("promptedLaunchOf", "actionStructureRelation"),
        ("sharedExperienceWith", "actorSpaceRelation"),
    ],
)
def test_a_relation_has_one_pattern_and_no_mode_as_a_reading(
    rules: list[Rule], name: str, pattern: str
) -> None:
    derived = standings(rules, f"id:X glocal:{name} id:Y .")

    patterns = {
        one: derived[one] for one in derived if one.predicate.value[len(GLOCAL) :] in RELATIONS
    }
    assert patterns == {triple("X", pattern, "Y"): READING}


def test_what_a_strand_emphasizes_or_is_criticised_for_is_not_what_a_scholar_does(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:Strand glocal:hasRepresentative id:Barber ; glocal:emphasizes id:MaterialPower ."
        "id:Book glocal:belongsToStrand id:Strand ."
        "id:CapabilitySupportDimension glocal:correspondsTo id:MaterialPower ."
        "id:Critique glocal:critiques id:Strand .",
    )

    assert derived[triple("Barber", "subjectToCritique", "Critique")] == READING
    assert set(derived) == {triple("Barber", "subjectToCritique", "Critique")}


def test_what_acts_inward_is_what_a_city_betters_and_not_what_it_wants(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:London a glocal:GlobalCity ; glocal:upgrades id:Transport ."
        "id:Lyon glocal:upgrades id:Trams ."
        "id:Shanghai a glocal:GlobalCity ; glocal:hasTarget id:Vision .",
    )

    able = {
        one.subject: each for one, each in derived.items() if one.object == ID["DirectionInward"]
    }
    assert able == {ID["London"]: READING}
    assert derived[triple("London", "actsInward", "Transport")] == READING
    assert triple("Shanghai", "actsInward", "Vision") not in derived


def test_only_a_step_that_was_taken_makes_an_absent_state_and_the_paper_says_so(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:Canada a glocal:State ; glocal:withdrewFrom id:Kyoto . id:Kyoto a glocal:Treaty ."
        "id:US a glocal:State ; glocal:refusedToJoin id:Kyoto ."
        "id:France a glocal:State ; glocal:announcedWithdrawalFrom id:Kyoto ."
        "id:Italy a glocal:State ; glocal:withdrewFrom id:UNESCO .",
    )

    absent = {
        one.subject: each for one, each in derived.items() if one.object == GLOCAL["AbsentState"]
    }
    assert absent == {ID["Canada"]: THESIS, ID["US"]: THESIS}


def test_the_act_of_a_state_is_an_event_and_no_act_of_governance(rules: list[Rule]) -> None:
    derived = standings(rules, "id:Retreat a glocal:StateAct .")

    assert derived[type_of("Retreat", "Event")] == FACT
    assert type_of("Retreat", "GovernanceAct") not in derived


def test_what_lies_in_a_city_counts_for_it_only_where_the_axiom_says_so(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:Mansions glocal:inCity id:HongKong ; glocal:expresses id:Ethos ;"
        " glocal:hosted id:Fair ."
        "id:University glocal:inCity id:HongKong ; glocal:established id:School ."
        "id:School glocal:addressesIssue id:Training . id:HongKong glocal:cityOf id:China .",
    )

    assert derived[triple("HongKong", "expresses", "Ethos")] == READING
    assert derived[triple("University", "supportsIssue", "Training")] == FACT
    assert derived[triple("HongKong", "supportsIssue", "Training")] == READING
    assert triple("HongKong", "hosted", "Fair") not in derived
    assert not {one for one in derived if one.subject == ID["China"]}


def test_what_a_department_did_counts_for_the_city_as_a_reading(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:Government glocal:cityGovernmentOf id:London ."
        "id:Authority glocal:partOf id:Government ; glocal:issued id:Plan ."
        "id:Survey glocal:conductedBy id:Authority ."
        "id:London glocal:cityOf id:UK .",
    )

    assert derived[triple("London", "issued", "Plan")] == READING
    assert derived[triple("Survey", "conductedByCity", "London")] == READING
    assert not {one for one in derived if ID["UK"] in (one.subject, one.object)} - {
        triple("London", "locatedIn", "UK")
    }


def test_what_a_mayor_stands_for_is_said_of_the_leadership_alone(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:Khan glocal:mayorOf id:London ; glocal:supports id:FreeTrade ;"
        " glocal:opposes id:Protectionism .",
    )

    assert derived[triple("London", "leadershipSupports", "FreeTrade")] == FACT
    assert derived[triple("London", "leadershipOpposes", "Protectionism")] == FACT
    assert triple("London", "supports", "FreeTrade") not in derived


def test_a_source_of_an_international_norm_exports_it_and_a_source_of_another_does_not(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:Idea glocal:originatesFrom id:Shenzhen ; glocal:becomes id:InternationalNorm ."
        "id:Habit glocal:originatesFrom id:Lyon ; glocal:becomes id:LocalNorm .",
    )

    assert derived[triple("Shenzhen", "sourceOfNorm", "InternationalNorm")] == FACT
    assert derived[triple("Shenzhen", "exportsNormTo", "InternationalSociety")] == READING
    assert triple("Lyon", "exportsNormTo", "InternationalSociety") not in derived


def test_a_host_shares_in_what_the_event_contributed_to_and_a_place_does_not(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:Shenzhen glocal:hosted id:Meeting . id:Meeting glocal:heldIn id:Lyon ;"
        " glocal:contributedToFoundingOf id:Council ; glocal:produced id:Declaration .",
    )

    assert derived[triple("Shenzhen", "contributedToFoundingOf", "Council")] == READING
    assert derived[triple("Shenzhen", "originOf", "Declaration")] == FACT
    assert not {one for one in derived if one.subject == ID["Lyon"]}


def test_to_engage_with_a_problem_is_not_to_govern_it_and_to_curb_one_not_to_oppose_it(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules, "id:NGO glocal:engagesWithIssue id:Problem . id:Idea glocal:curbs id:Problem ."
    )

    assert not derived


def test_meeting_a_criterion_makes_a_participant_only_as_a_hypothesis(rules: list[Rule]) -> None:
    derived = standings(rules, "id:London a glocal:MeetsBoundaryCriterion2 .")

    kinds = {name: Triple(ID["London"], RDF["type"], GLOCAL[name]) for name in ("City", "Agent")}
    participant = Triple(ID["London"], RDF["type"], GLOCAL["BoundaryParticipant"])
    assert {derived[each] for each in kinds.values()} == {FACT}
    assert derived[participant] == Standing(Base.FACT, HYPOTHESES)


def type_of(subject: str, name: str) -> Triple:
    """That an individual is of a class, by their local names."""
    return Triple(ID[subject], RDF["type"], GLOCAL[name])


def test_a_figure_on_capability_makes_a_capability_actor_and_any_other_figure_does_not(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:Tokyo a glocal:GlobalCity . id:Rome a glocal:GlobalCity . id:Lyon a glocal:City ."
        "id:GDP a glocal:CapabilityIndicator . id:Rain a glocal:Indicator ."
        "id:x glocal:subject id:Tokyo , id:Lyon ; glocal:indicator id:GDP ."
        "id:y glocal:subject id:Rome ; glocal:indicator id:Rain .",
    )

    assert derived[type_of("Tokyo", "CapabilityActor")] == READING
    assert triple("Tokyo", "provides", "GlobalPublicGoods") not in derived
    assert not {type_of(city, "WideCapabilityActor") for city in ("Rome", "Lyon")} & set(derived)


def test_membership_makes_an_institution_actor_in_the_wide_reading_alone(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:HongKong a glocal:GlobalCity ; glocal:memberOf id:C40 ."
        "id:C40 a glocal:TransnationalCityNetwork .",
    )

    assert derived[type_of("HongKong", "WideInstitutionActor")] == READING
    assert type_of("HongKong", "InstitutionActor") not in derived


def test_a_city_founds_institutions_by_its_mayor_only_as_a_reading(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:London a glocal:GlobalCity . id:C40 glocal:initiatedByCity id:London ."
        "id:Lyon a glocal:GlobalCity . id:C41 glocal:foundedAt id:Lyon ."
        "id:Paris a glocal:GlobalCity ; glocal:hosted id:Fair . id:Fair a glocal:Event .",
    )

    assert derived[type_of("London", "InstitutionActor")] == READING
    assert not {type_of(city, "InstitutionActor") for city in ("Lyon", "Paris")} & set(derived)


def test_an_ethos_makes_a_norm_actor_in_the_wide_reading_alone(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:Paris a glocal:GlobalCity ; glocal:hasEthos id:E . id:E a glocal:EthosItem ."
        "id:Lyon a glocal:City ; glocal:hasEthos id:E ."
        "id:Shenzhen a glocal:GlobalCity ; glocal:sourceOfNorm id:N . id:N a glocal:Norm .",
    )

    assert derived[type_of("Paris", "WideNormActor")] == READING
    assert derived[type_of("Shenzhen", "NormActor")] == READING
    assert not {type_of("Paris", "NormActor"), type_of("Lyon", "WideNormActor")} & set(derived)


def test_dependence_on_trade_is_no_capability_and_the_use_of_economic_weight_is(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:Paris a glocal:GlobalCity ; glocal:memberOfGroup id:Traders ."
        "id:Traders glocal:hasFeature id:HighForeignTradeDependence ."
        "id:Oslo a glocal:GlobalCity ; glocal:memberOfGroup id:Investors ."
        "id:Act glocal:hasActor id:Investors ; glocal:exemplifies id:EconomicLeverage .",
    )

    assert derived[type_of("Oslo", "WideCapabilityActor")] == READING
    assert type_of("Paris", "WideCapabilityActor") not in derived


def test_a_thing_is_of_the_kind_of_its_class_and_has_nothing_that_is_said_of_it(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:NewYork a glocal:GlobalCity . id:GlobalCity glocal:participatesIn id:GlobalGovernance ;"
        " glocal:provides id:GlobalPublicGoods .",
    )

    assert derived[triple("NewYork", "ofKind", "GlobalCity")] == FACT
    assert not {
        one for one in derived if one.predicate.value.endswith(("participatesIn", "provides"))
    }


def test_a_beginning_or_a_death_is_not_the_date_of_the_thing(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        'id:Survey glocal:startedOn "2007" . id:Barber glocal:diedOn "2017" .'
        'id:C40 glocal:foundedOn "2005" .',
    )

    assert not {one for one in derived if one.predicate == GLOCAL["hasDate"]}


def test_a_full_spectrum_actor_acts_strictly_in_all_three_dimensions(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:London a glocal:CapabilityActor , glocal:InstitutionActor , glocal:NormActor ."
        "id:Paris a glocal:CapabilityActor , glocal:InstitutionActor , glocal:WideNormActor .",
    )

    assert derived[type_of("London", "FullSpectrumActor")] == FACT
    assert not {type_of("Paris", f"{w}FullSpectrumActor") for w in ("", "Wide")} & set(derived)


def test_a_place_in_a_ranking_makes_no_rising_global_city(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:Guangzhou a glocal:City ; glocal:cityOf id:China ; glocal:rankedIn id:R ."
        "id:R a glocal:Ranking .",
    )

    assert type_of("Guangzhou", "RisingGlobalCity") not in derived


def test_a_city_does_not_govern_what_a_headquarters_in_it_deals_with(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:SCO glocal:headquarteredIn id:Beijing ; glocal:addressesIssue id:Security .",
    )

    assert derived[triple("Beijing", "hostsHeadquartersOf", "SCO")] == FACT
    assert not {one for one in derived if one.object == ID["Security"]}


def test_a_pairing_of_a_feature_is_none_of_what_has_it(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:Fragmentation glocal:hasFeature id:Conflict ."
        "id:Conflict glocal:counteredBy id:NormGuidanceDimension .",
    )

    assert not derived


@pytest.mark.parametrize(
    "facts",
    [
        "id:London a glocal:City ; glocal:withdrewFrom id:ParisAgreement .",
        "id:WTCF a glocal:IntergovernmentalOrganization , glocal:TransnationalCityNetwork .",
        "id:PKU a glocal:University , glocal:IntergovernmentalOrganization .",
        "id:X a glocal:State , glocal:City .",
        "id:X a glocal:Treaty , glocal:Person .",
        "id:X a glocal:Issue , glocal:University .",
    ],
)
def test_what_cannot_be_both_is_a_contradiction(rules: list[Rule], facts: str) -> None:
    with pytest.raises(Contradiction):
        standings(rules, facts)


@pytest.mark.parametrize(
    "facts",
    [
        "id:Canada a glocal:State ; glocal:withdrewFrom id:KyotoProtocol .",
        "id:ICLEICCP a glocal:Programme , glocal:TransnationalCityNetwork .",
        "id:Shenzhen a glocal:GlobalCity , glocal:RisingGlobalCity .",
    ],
)
def test_what_can_be_both_is_no_contradiction(rules: list[Rule], facts: str) -> None:
    assert standings(rules, facts)
