from pathlib import Path

from pyoxigraph import RdfFormat, parse

from benchmarks.nemo_program import NemoProgram
from kg.namespaces import OWL, RDF, RDFS
from kg.reasoning.axioms.compiler import compile_axioms

TURTLE = f"""
@prefix : <https://example.org/> . @prefix owl: <{OWL}> . @prefix rdfs: <{RDFS}> .
:memberOf rdfs:domain :Actor . :Actor owl:disjointWith :Norm .
"""


def program() -> NemoProgram:
    return NemoProgram(compile_axioms(parse(TURTLE, format=RdfFormat.TURTLE)).rules)


def test_a_class_has_one_place_and_a_property_two_and_only_what_is_new_is_exported() -> None:
    text = program().over_triples(Path("facts.nt"))

    assert text.splitlines() == [
        '@import triple :- ntriples{resource="facts.nt"} .',
        f"asserted_class_0(?x) :- triple(?x, {RDF['type']}, <https://example.org/Actor>) .",
        f"class_1(?x) :- triple(?x, {RDF['type']}, <https://example.org/Norm>) .",
        "property_2(?x, ?y) :- triple(?x, <https://example.org/memberOf>, ?y) .",
        "class_0(?x) :- asserted_class_0(?x) .",
        "new_class_0(?x) :- class_0(?x), ~asserted_class_0(?x) .",
        '@export new_class_0 :- csv{resource="class_0.csv"} .',
        "contradiction(1) :- class_0(?x), class_1(?x) .",
        "class_0(?x) :- property_2(?x, ?y) .",
    ]
    assert program().exported == ["new_class_0"]


def test_tables_hold_the_triples_of_their_predicate_and_no_others(tmp_path: Path) -> None:
    facts = tmp_path / "facts.nt"
    facts.write_text(
        "<https://example.org/a> <https://example.org/memberOf> <https://example.org/b> .\n"
        f"<https://example.org/b> {RDF['type']} <https://example.org/Norm> .\n"
        '<https://example.org/b> <https://example.org/name> "b c ."@en .\n'
    )

    program().write_tables(facts, tmp_path / "tables")

    written = {path.name: path.read_text() for path in (tmp_path / "tables").iterdir()}
    assert written == {
        "class_0.csv": "",
        "class_1.csv": "<https://example.org/b>\n",
        "property_2.csv": "<https://example.org/a>,<https://example.org/b>\n",
    }
