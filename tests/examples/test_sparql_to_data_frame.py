from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

pytestmark = pytest.mark.slow

Run = Callable[..., "CompletedProcess[str]"]


def test_a_release_and_a_service_give_the_same_table(run: Run, service: str) -> None:
    on_disk = run("sparql_to_data_frame.py")
    over_http = run("sparql_to_data_frame.py", f"{service}/sparql")

    assert on_disk.stdout.splitlines()[2].split() == ["London", "1", "4"]
    assert on_disk.stdout.splitlines()[-1] == "Rank correlation of the 11 cities in both: 0.78"
    assert (on_disk.stderr, over_http.stderr) == ("", "")
    assert over_http.stdout == on_disk.stdout
