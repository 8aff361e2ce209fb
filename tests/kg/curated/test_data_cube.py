"""The integrity constraints of the data cube vocabulary that our cubes can break.

Source: The RDF Data Cube Vocabulary, section 11; the queries are our own wording. Code lists,
slices and measure dimensions (constraints 5, 7 to 10, 15 to 21) do not occur here.
"""

from dataclasses import dataclass

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from kg.namespaces import GLOCAL, PREFIXES, RDFS
from kg.sources.folders import read_curated, read_ontology

PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())


@dataclass(frozen=True)
class Constraint:
    """A pattern that no cube may match, and an update that makes ours match it."""

    number: str
    forbidden: str
    breaks: str


TOKYO = "id:obs-Tokyo-IndCityGDP-2014"
OBSERVED = "?o qb:dataSet/qb:structure/qb:component ?c ."
CONSTRAINTS = [
    Constraint(
        "IC-1 an observation has exactly one data set",
        "?o a qb:Observation . OPTIONAL { ?o qb:dataSet ?a } OPTIONAL { ?o qb:dataSet ?b "
        "FILTER(?a != ?b) } FILTER(!BOUND(?a) || BOUND(?b))",
        f"INSERT DATA {{ {TOKYO} qb:dataSet id:RankingsDataSet }}",
    ),
    Constraint(
        "IC-2 a data set has exactly one structure",
        "?d a qb:DataSet . FILTER NOT EXISTS { ?d qb:structure ?s }",
        "DELETE DATA { id:FiguresDataSet qb:structure id:FiguresStructure }",
    ),
    Constraint(
        "IC-3 a structure has a measure",
        "?s a qb:DataStructureDefinition . FILTER NOT EXISTS { ?s qb:component/qb:measure ?m }",
        "DELETE DATA { id:RankingsStructure qb:component id:RankComponent }",
    ),
    Constraint(
        "IC-4 a dimension has a range",
        "?d a qb:DimensionProperty . FILTER NOT EXISTS { ?d rdfs:range ?r }",
        "DELETE WHERE { glocal:indicator rdfs:range ?r }",
    ),
    Constraint(
        "IC-6 only attributes may be optional",
        "?c qb:componentRequired false . FILTER NOT EXISTS { ?c qb:attribute ?a }",
        "INSERT DATA { id:IndicatorComponent qb:componentRequired false }",
    ),
    Constraint(
        "IC-11 an observation has every dimension",
        f"{OBSERVED} ?c qb:dimension ?p . FILTER NOT EXISTS {{ ?o ?p ?v }}",
        f"DELETE DATA {{ {TOKYO} glocal:indicator id:IndCityGDP }}",
    ),
    Constraint(
        "IC-12 no two observations of a data set have the same dimensions",
        "?o qb:dataSet ?d ; glocal:subject ?s ; glocal:indicator ?i . "
        "?p qb:dataSet ?d ; glocal:subject ?s ; glocal:indicator ?i . FILTER(?o != ?p)",
        "INSERT DATA { id:obs-again qb:dataSet id:FiguresDataSet ; "
        "glocal:subject id:Tokyo ; glocal:indicator id:IndCityGDP }",
    ),
    Constraint(
        "IC-13 an observation has every required attribute",
        f"{OBSERVED} ?c qb:attribute ?p ; qb:componentRequired true . "
        "FILTER NOT EXISTS { ?o ?p ?v }",
        f"DELETE DATA {{ {TOKYO} glocal:unit id:TrillionUSDollars }}",
    ),
    Constraint(
        "IC-14 an observation has every measure",
        f"{OBSERVED} ?c qb:measure ?p . FILTER NOT EXISTS {{ ?o ?p ?v }}",
        f"DELETE DATA {{ {TOKYO} glocal:value 1.4 }}",
    ),
    # What lets the figures of one indicator be compared, whatever unit the paper prints.
    Constraint(
        "a normalised value is the value in the base unit",
        "?o glocal:normalizedValue ?n ; glocal:value ?v ; glocal:unit/glocal:factor ?f "
        "FILTER(?n != ?v * ?f)",
        f"DELETE DATA {{ {TOKYO} glocal:value 1.4 }} ; INSERT DATA {{ {TOKYO} glocal:value 1.5 }}",
    ),
    Constraint(
        "the figures of an indicator have one base unit",
        "?o glocal:indicator ?i ; glocal:unit ?u . ?p glocal:indicator ?i ; glocal:unit ?w . "
        "OPTIONAL { ?u glocal:baseUnit ?b } OPTIONAL { ?w glocal:baseUnit ?c } "
        "FILTER(COALESCE(?b, ?u) != COALESCE(?c, ?w))",
        "DELETE DATA { id:BillionUSDollars glocal:baseUnit id:USDollars }",
    ),
    Constraint(
        "a base unit has the factor one",
        "?u glocal:baseUnit ?b . ?b glocal:factor ?f FILTER(?f != 1)",
        "INSERT DATA { id:Count glocal:baseUnit id:Percent }",
    ),
]


@pytest.fixture(scope="module")
def described() -> list[Quad]:
    """The curated observations, their structures and units, and the ranges of properties."""
    quads = [*read_curated(), *read_ontology()]
    cube, unit = PREFIXES["qb"], {GLOCAL["baseUnit"], GLOCAL["factor"]}
    kept = {
        quad.subject
        for quad in quads
        if quad.object == GLOCAL["Observation"]
        or quad.predicate in {*unit, RDFS["range"]}
        or quad.predicate.value.startswith(cube)
        or (isinstance(quad.object, NamedNode) and quad.object.value.startswith(cube))
    }
    return [Quad(*quad.triple, DefaultGraph()) for quad in quads if quad.subject in kept]


@pytest.fixture
def cubes(described: list[Quad]) -> Store:
    """The cubes in one graph."""
    store = Store()
    store.extend(described)
    store.update(PROLOGUE + "INSERT { ?o a qb:Observation } WHERE { ?o a glocal:Observation }")
    return store


@pytest.mark.parametrize("constraint", CONSTRAINTS, ids=lambda one: one.number)
def test_our_cubes_meet_it_and_a_broken_one_does_not(cubes: Store, constraint: Constraint) -> None:
    ask = f"{PROLOGUE}ASK {{ {constraint.forbidden} }}"

    assert not bool(cubes.query(ask))

    cubes.update(PROLOGUE + constraint.breaks)
    assert bool(cubes.query(ask))
