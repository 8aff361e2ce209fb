import asyncio
import gzip
import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, parse

from kg.errors import BrokenRelease
from kg.store.quad_store import Store
from kg.store.release_folder import write_release
from service.errors import QueryProcessesDown
from service.queries.messages import QueryLimits
from service.queries.snapshot import (
    AdoptedProcess,
    ParentOptions,
    Snapshot,
    is_too_large_for_memory,
    opens_from_disk_first,
    quads_file,
    reap,
    snapshot_store,
    spawn_parent,
)

PAIRS = "SELECT ?s ?o { ?s <http://e/p> ?o }"


def test_a_store_comes_back_with_the_same_quads_and_blank_nodes(store: Store) -> None:
    with snapshot_store(store) as snapshot:
        copied = set(snapshot.open().quads())
        path = snapshot.path

    assert copied == set(store.quads())
    assert not path.exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a file needs a name")
def test_a_copy_is_there_for_others_and_in_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    quad = Quad(NamedNode("http://e/s"), NamedNode("http://e/p"), NamedNode("http://e/o"))
    with quads_file([quad]) as path:
        reading = [sys.executable, "-c", f"print(open({str(path)!r}).read(), end='')"]
        read = subprocess.run(reading, capture_output=True, text=True, check=True).stdout
        named = list(tmp_path.iterdir())

    assert (read, named) == ("<http://e/s> <http://e/p> <http://e/o> .\n", [])


@pytest.mark.parametrize("is_on_disk", [False, True])
@pytest.mark.parametrize("text", ["'x'@en", "'x'@en--ltr", "<<( <a:a> <a:b> 1 )>>"])
def test_a_snapshot_tells_whether_it_has_rdf_1_2(
    tmp_path: Path, text: str, *, is_on_disk: bool
) -> None:
    store = Store.in_memory(parse(f"<a:s> <a:p> {text} .", format=RdfFormat.TURTLE))
    release = Store.open(write_release(store.quads(), {"version": "1"}, tmp_path / "release"))

    for snapshot_of in (store, release):
        with snapshot_store(snapshot_of, is_on_disk=is_on_disk) as snapshot:
            assert snapshot.may_have_rdf_1_2() is (text != "'x'@en")


def test_a_release_is_the_same_in_memory_and_on_disk(store: Store, tmp_path: Path) -> None:
    release = Store.open(write_release(store.quads(), {"version": "1"}, tmp_path / "release"))

    for is_on_disk in (False, True):
        with snapshot_store(release, is_on_disk=is_on_disk) as snapshot:
            assert snapshot.is_on_disk is is_on_disk
            opened = snapshot.open()
            assert set(opened.quads()) == set(store.quads())
            assert opened.manifest == release.manifest


@pytest.mark.parametrize(
    ("quads", "most", "at_first", "for_good"),
    [
        (500_000, 3_000_000, False, False),
        (500_001, 3_000_000, True, False),
        (3_000_001, 3_000_000, True, True),
        (10, 9, True, True),
    ],
)
def test_what_takes_long_to_load_begins_on_disk_and_what_is_too_large_stays_there(
    quads: int, most: int, at_first: bool, for_good: bool
) -> None:
    release = {"quads": quads}

    assert (opens_from_disk_first(release, most), is_too_large_for_memory(release, most)) == (
        at_first,
        for_good,
    )


def test_blank_nodes_keep_their_names() -> None:
    quad = Quad(BlankNode("c14n7"), NamedNode("http://e/p"), BlankNode("c14n8"))
    with snapshot_store(Store.in_memory([quad])) as snapshot:
        [row] = snapshot.open().query(PAIRS)

    assert (row["s"], row["o"]) == (BlankNode("c14n7"), BlankNode("c14n8"))


@pytest.mark.slow
def test_a_parent_that_cannot_be_started_leaves_no_socket_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket_pairs
) -> None:
    options = ParentOptions(Snapshot(tmp_path, is_on_disk=True), None, QueryLimits())
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))

    with pytest.raises(QueryProcessesDown):
        asyncio.run(spawn_parent(options))

    assert {end.fileno() for pair in socket_pairs for end in pair} == {-1}


def test_the_folder_of_temporary_files_is_named_if_they_cannot_be_written(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    _, hard = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        with pytest.raises(OSError, match=str(tmp_path)), quads_file(store.quads()):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("damage", [b"", b"no gzip", gzip.compress(b"no quads", mtime=0)[:-9]])
def test_quads_that_cannot_be_read_are_a_broken_release(
    store: Store, tmp_path: Path, damage: bytes
) -> None:
    release = write_release(store.quads(), {"version": "1"}, tmp_path / "release")
    (release / "glocal.nq.gz").write_bytes(damage or gzip.compress(b"<a> <b> ."))

    broken = snapshot_store(Store.open(release))
    with broken as snapshot, pytest.raises(BrokenRelease):
        snapshot.open()


@pytest.fixture
def sleeper() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


@pytest.mark.slow
def test_it_is_waited_for_and_killed(sleeper: "subprocess.Popen[bytes]") -> None:
    adopted = AdoptedProcess(sleeper.pid)
    with pytest.raises(subprocess.TimeoutExpired):
        adopted.wait(0.01)
    adopted.kill()

    assert adopted.wait() == -signal.SIGKILL
    adopted.kill()
    sleeper.wait()


@pytest.mark.slow
def test_one_that_is_nobodys_child_here_is_over_once_it_is_gone(
    sleeper: "subprocess.Popen[bytes]",
) -> None:
    sleeper.kill()
    sleeper.wait()

    assert AdoptedProcess(sleeper.pid).wait(1) == 0


@pytest.mark.slow
def test_only_a_child_is_reaped(sleeper: "subprocess.Popen[bytes]") -> None:
    reap(os.getppid(), 60)
    reap(sleeper.pid, 0.01)
    assert sleeper.poll() is None

    os.kill(sleeper.pid, signal.SIGKILL)
    reap(sleeper.pid, 10)
    with pytest.raises(ChildProcessError):
        os.waitpid(sleeper.pid, os.WNOHANG)
    sleeper.wait()
