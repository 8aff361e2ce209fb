"""A JSON-LD client with nothing but Python: negotiation, entity tags, frames.

python examples/json_ld_client.py http://127.0.0.1:8000 London
"""

import json
import sys
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

JSON_LD = "application/ld+json"


def profile(name: str) -> str:
    """What to accept for a form of JSON-LD: compacted, expanded, flattened or framed."""
    return f'{JSON_LD};profile="http://www.w3.org/ns/json-ld#{name}"'


@dataclass(frozen=True)
class Answer:
    """A document, where it lies, its tag, and whether it came now (200) or is as it was (304)."""

    status: int
    address: str
    tag: str
    document: Any


class Client:
    """Asks a service for things by path, and keeps what it was given until that changes."""

    def __init__(self, service: str) -> None:
        self._service = service.rstrip("/")
        self._kept: dict[tuple[str, str], Answer] = {}

    def get(self, path: str, accept: str = JSON_LD) -> Answer:
        """The document about a thing; `urlopen` follows the 303 that leads there.

        Raises:
            SystemExit: nobody answers there, or it is refused; says what the service says.
        """
        kept = self._kept.get((path, accept))
        headers = {"Accept": accept, **({"If-None-Match": kept.tag} if kept else {})}
        try:
            with urlopen(Request(self._service + path, headers=headers)) as found:
                tag = found.headers["ETag"]
                answer = Answer(found.status, found.url, tag, json.load(found))
        except HTTPError as error:
            if error.code == 304 and kept:
                return Answer(304, kept.address, kept.tag, kept.document)
            problem = json.load(error)
            sys.exit(f"{problem['status']} {problem['title']}: {problem['detail']}")
        except URLError as error:
            sys.exit(f"{self._service}: {error.reason}. `make serve` starts a service.")
        self._kept[path, accept] = answer
        return answer


def main(service: str, name: str) -> None:
    """Get a thing in every form, and once more what is kept."""
    client = Client(service)
    for form in ("compacted", "expanded", "flattened", "framed"):
        answer = client.get(f"/id/{name}", profile(form))
        size = len(json.dumps(answer.document, ensure_ascii=False).encode())
        print(f"{form}: {answer.status}, {size} bytes of JSON")
    again = client.get(f"/id/{name}", profile("compacted"))
    print(f"compacted, once more: {again.status}")
    labels = again.document["label"]
    print(", ".join(f"{text} ({language})" for language, text in sorted(labels.items())))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
