"""A release that is not as it was built is not served: from the start, and by `glocal serve`."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random

import httpx2
import pytest
from fastapi.testclient import TestClient

from benchmarks.tamper import tamper
from kg.errors import BrokenRelease, UnknownName
from kg.store.quad_store import Store
from kg.store.release_checks import hash_of_checksums, write_checksums
from kg.store.release_folder import write_release
from service.run.app import create_app
from service.run.verification import FirstVerification
from service.settings import Settings
from tests.service.conftest import Running, free_port, serve, until

pytestmark = pytest.mark.slow

Serving = Callable[..., AbstractContextManager[Running]]
COMMAND = "from service.cli import app; app()"
ASK = "/sparql?query=ASK%7B%7D"
# Every release is as large as if it took long to verify.
LARGE = {"max_quads_in_memory": 1, "log_requests": False}


def ended(release: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run `glocal serve` on a release that it refuses."""
    arguments = ["serve", "--release", str(release), "--port", str(free_port()), *options]
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments], capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_release_that_was_tampered_with_ends_the_start_with_a_remedy(
    release: Path, seed: int
) -> None:
    tamper(release, Random(seed))

    refused = ended(release)

    assert refused.returncode == 1
    assert "Remedy: copy the release again" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "http://" not in refused.stderr


@pytest.mark.parametrize("text", ["{}", "[" * 100_000, '{"hash": 1}', "\0"])
def test_a_malformed_manifest_is_one_line_with_a_remedy(release: Path, text: str) -> None:
    (release / "release.json").write_text(text, encoding="utf-8")

    refused = ended(release)

    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "release.json" in refused.stderr
    assert "Remedy: copy the release again" in refused.stderr


def test_hashes_that_were_all_computed_anew_are_not_those_expected(
    serving: Serving, release: Path
) -> None:
    pin = hash_of_checksums(release)
    with serving(expect=pin) as service:
        assert service.ask("ASK {}").status_code == 200
    (release / "content" / "compiled.rq").write_bytes(b"# other")
    manifest = release / "release.json"
    manifest.write_bytes(manifest.read_bytes() + b"\n")
    write_checksums(release)

    refused = ended(release, "--expect", pin)

    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "it is not the release expected" in refused.stderr
    assert "Remedy: correct the setting expect" in refused.stderr


@pytest.mark.parametrize("hash_", ["c0ffee", "g" * 64, "0" * 65])
def test_what_cannot_be_a_hash_is_refused(release: Path, hash_: str) -> None:
    refused = ended(release, "--expect", hash_)

    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    assert refused.stderr.startswith("expect, from the command line: ")


def test_another_release_is_not_the_one_expected(store: Store, tmp_path: Path) -> None:
    one, other = (
        write_release(store.quads(), {"version": version}, tmp_path / version)
        for version in ("1.0.0", "1.0.1")
    )
    link = tmp_path / "newest"
    link.symlink_to(one)
    settings = Settings(release=link, release_check_seconds=0.05, expect=hash_of_checksums(one))
    with TestClient(create_app(settings)) as client:
        link.unlink()
        link.symlink_to(other)
        until(lambda: client.get("/readyz").json()["refused"] == 1)
        ready = client.get("/readyz").json()

    assert (ready["status"], ready["version"], ready["switches"]) == ("ready", "1.0.0", 0)


def test_nobody_waits_for_a_release_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnknownName):
        FirstVerification(Settings(release=tmp_path / "none")).wait_until_servable()


def test_the_store_is_not_opened_before_its_files_are_verified(release: Path) -> None:
    for path in (release / "store").glob("*.sst"):
        path.write_bytes(b"\0" * path.stat().st_size)

    with pytest.raises(BrokenRelease, match=r"store/\d+\.sst was changed"):
        create_app(Settings(release=release))


def test_a_small_release_is_verified_when_it_is_served(release: Path) -> None:
    verification = FirstVerification(Settings(release=release))

    assert verification.wait_until_servable() == release
    assert verification.is_complete


def test_a_large_release_is_ready_as_soon_as_it_is_verified(serving: Serving) -> None:
    with serving(**LARGE) as service:
        until(lambda: readiness(service) == (200, ""))
        asked = service.ask("ASK {}")

    assert asked.status_code == 200


def readiness(service: Running) -> tuple[int, str]:
    answer = httpx2.get(f"{service.address}/readyz")
    return answer.status_code, answer.json().get("type", "")


@pytest.fixture
def large(release: Path) -> Path:
    """A release whose last file takes seconds to verify, and was changed."""
    with (release / "store" / "9.sst").open("wb") as file:
        file.truncate(2**30)
    sums = release / "SHA256SUMS"
    lines = [*sums.read_text("utf-8").splitlines(), f"{'0' * 64}  store/9.sst"]
    lines.sort(key=lambda line: line.partition("  ")[2])
    sums.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return release


def test_a_large_release_that_was_changed_is_served_until_that_is_known(
    large: Path, store: Store, tmp_path: Path
) -> None:
    link = tmp_path / "newest"
    link.symlink_to(large)
    good = write_release(store.quads(), {"version": "1.0.1"}, tmp_path / "good")
    with serve("--release", str(link), **LARGE) as service:
        before = readiness(service)
        asked_before = service.ask("ASK {}").status_code, httpx2.get(service.address + ASK)
        until(lambda: service.ask("ASK {}").status_code == 503)
        refused = [httpx2.get(f"{service.address}{path}") for path in (ASK, "/", "/id/London")]
        health = httpx2.get(f"{service.address}/healthz")
        metrics = httpx2.get(f"{service.address}/metrics").text
        link.unlink()
        link.symlink_to(good)
        until(lambda: readiness(service)[0] == 200)
        after = service.ask("ASK {}").status_code
        service.process.terminate()
        _, told = service.process.communicate(timeout=60)

    assert before == (503, "/problems/release-not-verified")
    assert (asked_before[0], asked_before[1].status_code) == (200, 200)
    assert {answer.status_code for answer in refused} == {503}
    assert "store/9.sst was changed" in refused[0].json()["detail"]
    assert str(tmp_path) not in refused[0].text
    assert "*" in refused[0].headers["access-control-allow-origin"]
    assert (health.status_code, health.json()["refused"]) == (200, 1)
    assert "glocal_releases_refused_total 1.0" in metrics
    assert after == 200
    assert b"is refused; nothing is answered from it any more" in told
    assert b"Traceback" not in told


def test_a_service_ends_at_once_while_it_verifies(large: Path) -> None:
    with serve("--release", str(large), **LARGE) as service:
        service.process.terminate()
        _, told = service.process.communicate(timeout=60)

    assert told.decode().count("\n") == 1


def test_a_copy_is_served_like_the_release(release: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(release, tmp_path / "copy")
    settings = Settings(release=copy, expect=hash_of_checksums(release))

    with TestClient(create_app(settings)) as client:
        assert client.get(ASK).status_code == 200
