"""A path leads to other folders, and releases are switched while `glocal serve` answers."""

import asyncio
import os
import shutil
import signal
import threading
import time
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from kg.errors import BrokenRelease
from kg.store.release_folder import QUADS_FILE, write_release
from service.run.app import create_app
from service.run.switching import ReleaseWatcher
from service.settings import Settings
from tests.service.conftest import TRIG, Running, children_of, store_of, until

pytestmark = pytest.mark.slow


class Place:
    """A link, and the folders that were served after it led to them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.link = folder, folder / "newest"
        self.served = self.turn("one")
        self.questions = 0
        self.tried: list[str] = []
        self.broken: set[str] = set()

    def turn(self, name: str) -> Path:
        """Make the link lead to the folder of this name, in one step as a build does."""
        (self.folder / name).mkdir(exist_ok=True)
        new_link = self.folder / "next"
        new_link.symlink_to(name)
        new_link.replace(self.link)
        return self.link.resolve()

    def ask(self) -> Path:
        """Return what is served; a check asks once, and once more if the release is broken."""
        self.questions += 1
        return self.served

    async def switch(self, release: Path) -> None:
        """Serve this release unless it is broken."""
        self.tried.append(release.name)
        if release.name in self.broken:
            raise BrokenRelease(release, "a part is missing")
        self.served = release

    def follow(self, *steps: Callable[[ReleaseWatcher], object]) -> list[str]:
        """Take these steps, with a check after each, and return the releases that were tried."""

        async def check() -> None:
            # The check that is under way may have followed the link before.
            enough = self.questions + 3
            async with asyncio.timeout(120):
                while self.questions < enough:
                    await asyncio.sleep(0.01)

        async def whole() -> None:
            follower = ReleaseWatcher(self.link, every_seconds=0.01)
            task = asyncio.create_task(follower.watch(self.ask, self.switch))
            for step in steps:
                await check()
                step(follower)
            await check()
            task.cancel()

        asyncio.run(whole())
        return self.tried


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_another_folder_is_served_once_and_the_same_one_never_again(place: Place) -> None:
    tried = place.follow(
        lambda _: place.turn("two"), lambda _: place.turn("two"), lambda it: it.check_now()
    )

    assert tried == ["two"]


def test_what_is_broken_is_tried_again_only_if_somebody_asks(place: Place) -> None:
    place.broken = {"two"}

    assert place.follow(lambda _: place.turn("two")) == ["two"]
    assert place.follow(lambda it: it.check_now()) == ["two", "two", "two"]


def test_a_link_that_goes_back_needs_no_switch_and_forgets_what_was_broken(place: Place) -> None:
    place.broken = {"two"}

    tried = place.follow(*(lambda _, name=name: place.turn(name) for name in ("two", "one", "two")))

    assert (tried, place.served.name) == (["two", "two"], "one")


def test_links_in_a_circle_or_to_nothing_are_tried_and_end_nothing(place: Place) -> None:
    def circle(_: ReleaseWatcher) -> None:
        place.link.unlink()
        place.link.symlink_to("newest")

    place.broken = {"newest"}

    assert place.follow(circle, lambda _: place.turn("two")) == ["newest", "two"]


Serving = Callable[..., AbstractContextManager[Running]]
PREFIXES = (
    "PREFIX id: <https://w3id.org/glocal/id/> PREFIX glocal: <https://w3id.org/glocal/ontology#>\n"
)
QUERY = f"{PREFIXES} SELECT ?page {{ ?passage glocal:page ?page }}"
ADDED = "INSERT DATA { id:C40 <http://purl.org/dc/terms/relation> id:London }"
WHAT_IF = {"update": f"{PREFIXES} {ADDED}", "query": QUERY}
# Of the release with the page of this number.
PAGES = ("100", "101", "102")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Releases that differ in the number of a page."""
    place = tmp_path_factory.mktemp("releases")
    texts = [TRIG.replace("glocal:page 10 ", f"glocal:page {page} ") for page in PAGES]
    return [
        write_release(store_of(text).quads(), {"version": "1.0.0"}, place / f"release-{at}")
        for at, text in enumerate(texts)
    ]


@pytest.fixture
def release(folders: list[Path], tmp_path: Path) -> Path:
    """Link to the first of the releases, which is served."""
    link = tmp_path / "newest"
    link.symlink_to(folders[0])
    return link


def turn(link: Path, folder: Path) -> None:
    """Make the link lead to another folder, atomically."""
    link.with_name("next").symlink_to(folder)
    link.with_name("next").replace(link)


def switches(service: Running) -> int:
    """Return the number of switches so far."""
    return int(httpx2.get(f"{service.address}/readyz").json()["switches"])


def refused(service: Running) -> bool:
    """Return whether the service has refused a release."""
    return "glocal_releases_refused_total 1.0" in httpx2.get(f"{service.address}/metrics").text


@contextmanager
def streams_of_requests(address: str) -> Iterator[list[tuple[str, int, str, str]]]:
    """Send requests from three clients until the context ends; yield path, status, tag and body."""
    found: list[tuple[str, int, str, str]] = []
    over = threading.Event()

    def ask(number: int) -> None:
        with httpx2.Client(base_url=address, timeout=90) as client:
            while not over.is_set():
                match number % 3:
                    case 0:
                        answer = client.get("/sparql", params={"query": QUERY})
                    case 1:
                        answer = client.get("/data/source/wang/p10.2.jsonld")
                    case _:
                        answer = client.post("/whatif?format=json", data=WHAT_IF)
                tag = answer.headers.get("etag", "")
                found.append((answer.url.path, answer.status_code, tag, answer.text))

    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(ask, number) for number in range(3)]
        try:
            yield found
        finally:
            over.set()
            for one in asked:
                one.result()


def tags(found: list[tuple[str, int, str, str]]) -> set[tuple[str, str]]:
    """Return the paths of answers with the entity tags that they had."""
    return {(path, tag) for path, _, tag, _ in list(found) if tag}


def test_no_request_fails_while_releases_are_switched_and_each_answer_is_of_one(
    serving: Serving, folders: list[Path], release: Path
) -> None:
    with serving() as service:
        with streams_of_requests(service.address) as found:
            until(lambda: len(tags(found)) == 2)
            for times in (1, 2):
                turn(release, folders[times])
                service.process.send_signal(signal.SIGHUP)
                until(lambda times=times: switches(service) == times)  # type: ignore[misc]
                # Two of the three kinds of answers have a tag of their release.
                until(lambda times=times: len(tags(found)) == 2 * times + 2)  # type: ignore[misc]
        # The parents of the query processes before have ended, and these with them.
        until(lambda: len(children_of(service.process.pid)) == 2)

    assert {status for _, status, _, _ in found} == {200}
    pages: dict[tuple[str, str], set[frozenset[str]]] = defaultdict(set)
    for path, _, tag, body in found:
        pages[path, tag].add(frozenset(page for page in PAGES if page in body))
    assert {len(said) for of_tag in pages.values() for said in of_tag} == {1}
    assert all(len(pages[key]) == 1 for key in tags(found))


def test_a_damaged_release_is_not_served_until_it_is_mended_and_asked_for(
    serving: Serving, folders: list[Path], release: Path, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(folders[1], damaged)
    shutil.copy(folders[2] / QUADS_FILE, damaged / QUADS_FILE)
    with serving() as service:
        turn(release, damaged)
        until(lambda: refused(service))
        kept = switches(service), service.ask(QUERY).text
        shutil.copy(folders[1] / QUADS_FILE, damaged / QUADS_FILE)
        service.process.send_signal(signal.SIGHUP)
        until(lambda: switches(service) == 1)
        mended = service.ask(QUERY).text
        service.process.terminate()
        _, told = service.process.communicate(timeout=60)

    assert (kept[0], "100" in kept[1], "101" in mended) == (0, True, True)
    _, error, switched = told.decode().splitlines()
    assert f"{QUADS_FILE} was changed: its SHA-256 is not the one in SHA256SUMS" in error
    assert f"The release in {damaged} is served now, after {folders[0]}" in switched


def test_a_release_that_is_removed_while_it_is_served_is_served_on(
    serving: Serving, folders: list[Path], release: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folders[2], copy)
    turn(release, copy)
    with serving() as service:
        shutil.rmtree(copy)
        for one in service.query_processes():
            os.kill(one, signal.SIGKILL)
        asked = service.ask(QUERY).text
        document = httpx2.get(f"{service.address}/data/source/wang/p10.2.jsonld").text

    assert ("102" in asked, "102" in document) == (True, True)


def test_nothing_holds_what_was_served_before(folders: list[Path], release: Path) -> None:
    app = create_app(Settings(release=release, release_check_seconds=0.05))
    before = weakref.ref(app.state.served)
    with TestClient(app) as client:
        client.get("/data/source/wang/p10.2.jsonld")
        client.post("/whatif", data=WHAT_IF)
        turn(release, folders[1])
        until(lambda: client.get("/healthz").json()["switches"] == 1)
        until(lambda: before() is None)


def test_a_store_that_lies_in_no_folder_is_never_switched(tmp_path: Path) -> None:
    settings = Settings(release=tmp_path, release_check_seconds=0.01)
    with TestClient(create_app(settings, store=store_of(TRIG))) as client:
        time.sleep(0.1)
        found = client.get("/metrics").text

    assert "glocal_releases_refused_total 0.0" in found


def test_what_begins_on_disk_is_soon_answered_from_memory(folders: list[Path]) -> None:
    app = create_app(Settings(release=folders[0]))
    app.state.served = replace(app.state.served, is_on_disk=True)
    ask = "/sparql?query=SELECT (COUNT(*) AS ?n) { ?s ?p ?o }&format=csv"
    with TestClient(app) as client:
        from_disk = client.get(ask)
        until(lambda: not app.state.served.is_on_disk)
        from_memory = client.get(ask)

    assert from_disk.text == from_memory.text
    assert from_disk.headers["etag"] != from_memory.headers["etag"]
    assert app.state.served.metrics.value("glocal_release_switches_total") == 0


def test_what_is_too_large_for_memory_stays_on_disk(folders: list[Path]) -> None:
    app = create_app(Settings(release=folders[0], max_quads_in_memory=1))
    with TestClient(app) as client:
        time.sleep(1)
        answer = client.get("/sparql?query=ASK {}")

    assert answer.status_code == 200
    assert app.state.served.is_on_disk
