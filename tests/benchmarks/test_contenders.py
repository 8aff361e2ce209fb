from pathlib import Path

from benchmarks.contenders import CONTENDERS
from benchmarks.lines import link, named, typed
from kg.namespaces import OWL, RDF


def test_of_a_closure_only_what_is_new_and_said_of_the_graph_counts(tmp_path: Path) -> None:
    asserted = [*named("Lyon", "City"), link("Lyon", "memberOf", "Network1")]
    derived = [typed("Lyon", "Actor"), link("Lyon", "participatesIn", "Network1")]
    beside = [
        f"{OWL['Thing']} {RDF['type']} {OWL['Class']} .\n",
        f"{link('Lyon', 'x', 'y').split()[0]} {RDF['type']} {OWL['Thing']} .\n",
        f"<https://example.org/governance#City> {RDF['type']} {OWL['Class']} .\n",
    ]
    (tmp_path / "owlrl").mkdir()
    (tmp_path / "facts.nt").write_text("".join(asserted))
    closure = [line.strip(" .\n").split(" ", 2) for line in (*asserted, *derived, *beside)]
    rows = ("\t".join(term.strip("<>") for term in terms) + "\n" for terms in closure)
    (tmp_path / "owlrl" / "closure.tsv").write_text("".join(rows))

    assert CONTENDERS["owlrl"].count(tmp_path) == 2


def test_what_was_derived_is_counted_by_line(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "derived.nt").write_text(link("a", "p", "b") + link("b", "p", "c"))
    (tmp_path / "nemo" / "derived").mkdir(parents=True)
    for name in ("class_0", "property_1"):
        (tmp_path / "nemo" / "derived" / f"{name}.csv").write_text("<a>\n<b>\n<c>\n")

    assert CONTENDERS["ours"].count(tmp_path) == 2
    assert CONTENDERS["nemo"].count(tmp_path) == 6
