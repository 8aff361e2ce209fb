"""A path comes to name other folders."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.errors import BrokenRelease
from service.following import Follower


class Place:
    """A link, and the folders that were served after it named them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.link = folder, folder / "newest"
        self.served = self.turn("one")
        self.tried: list[str] = []
        self.broken: set[str] = set()

    def turn(self, name: str) -> Path:
        """Let the link name the folder of this name."""
        self.link.unlink(missing_ok=True)
        (self.folder / name).mkdir(exist_ok=True)
        self.link.symlink_to(name)
        return self.link.resolve()

    async def switch(self, release: Path) -> None:
        """Serve this one, if it is not broken."""
        self.tried.append(release.name)
        if release.name in self.broken:
            raise BrokenRelease(release, "a part is missing")
        self.served = release

    def follow(self, *steps: Callable[[Follower], object]) -> list[str]:
        """What was tried while these steps were taken, the path being looked at between them."""

        async def whole() -> None:
            follower = Follower(self.link, every_seconds=0.01)
            task = asyncio.create_task(follower.follow(lambda: self.served, self.switch))
            for step in steps:
                await asyncio.sleep(0.1)
                step(follower)
            await asyncio.sleep(0.1)
            task.cancel()

        asyncio.run(whole())
        return self.tried


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_another_folder_is_served_once_and_the_same_one_never_again(place: Place) -> None:
    tried = place.follow(
        lambda _: place.turn("two"), lambda _: place.turn("two"), lambda it: it.look()
    )

    assert tried == ["two"]


def test_what_is_broken_is_tried_again_only_if_somebody_asks(place: Place) -> None:
    place.broken = {"two"}

    assert place.follow(lambda _: place.turn("two")) == ["two"]
    assert place.follow(lambda it: it.look()) == ["two", "two", "two"]


def test_a_link_that_goes_back_needs_no_switch_and_forgets_what_was_broken(place: Place) -> None:
    place.broken = {"two"}

    tried = place.follow(*(lambda _, name=name: place.turn(name) for name in ("two", "one", "two")))

    assert (tried, place.served.name) == (["two", "two"], "one")


def test_links_in_a_circle_or_to_nothing_are_tried_and_end_nothing(place: Place) -> None:
    def circle(_: Follower) -> None:
        place.link.unlink()
        place.link.symlink_to("newest")

    place.broken = {"newest"}

    assert place.follow(circle, lambda _: place.turn("two")) == ["newest", "two"]
