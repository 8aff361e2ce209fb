from pathlib import Path

import pytest

from benchmarks.attacks.commands import Commands, Outcome
from benchmarks.attacks.mutants import mutants
from benchmarks.attacks.seeds import SEEDS
from kg.sources.rdf_syntaxes import read_rdf_file


@pytest.mark.parametrize("extension", SEEDS)
def test_a_document_is_well_formed_before_it_is_mutated(extension: str, tmp_path: Path) -> None:
    path = tmp_path / f"document.{extension}"
    for document in SEEDS[extension]:
        path.write_text(document, encoding="utf-8")
        assert list(read_rdf_file(path))


def test_the_same_seed_gives_the_same_files_and_another_one_others() -> None:
    files = list(mutants(60, 1))

    assert files == list(mutants(60, 1))
    assert files != list(mutants(60, 2))
    assert {extension.removesuffix(".gz") for extension, _ in files} == set(SEEDS)
    assert any(extension.endswith(".gz") for extension, _ in files)
    assert len({content for _, content in files}) > 55


@pytest.mark.parametrize(
    ("code", "output", "fault"),
    [
        (0, "", ""),
        (1, "a.ttl:1:1: not well-formed", ""),
        (1, "", "exit code 1, no word"),
        (3, "what", "exit code 3: what"),
        (-11, "", "exit code -11: "),
        (1, "Traceback (most recent call last)\nKeyError: 1", "a traceback: "),
        (1, "\nthread '<unnamed>' panicked at x", "a traceback: "),
        (None, "", "no end within "),
    ],
)
def test_what_a_command_must_not_do_is_a_fault(code: int | None, output: str, fault: str) -> None:
    found = Outcome(code, output).fault((0, 1, 2))

    assert found.startswith(fault) if fault else found == ""


def test_commands_go_on_in_another_process_after_one_has_died(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.ttl", tmp_path / "bad.ttl"
    good.write_text("<a:a> <a:b> <a:c> .", encoding="ascii")
    bad.write_text("<a:a> <a:b", encoding="ascii")
    with Commands() as commands:
        first = commands.run(["reason", str(good)])
        commands.end()
        second = commands.run(["reason", str(bad)])

    assert (first.code, first.fault((0,))) == (0, "")
    assert second.code == 1
    assert "bad.ttl:1:" in second.output
