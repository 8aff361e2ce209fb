"""A JSON-LD client with only the standard library: negotiation, entity tags, frames.

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
    """Return the Accept header for a form of JSON-LD: compacted, expanded, flattened or framed."""
    return f'{JSON_LD};profile="http://www.w3.org/ns/json-ld#{name}"'


@dataclass(frozen=True)
class Answer:
    """A document with its address, its entity tag and the status: 200 if new, 304 if unchanged."""

    status: int
    address: str
    tag: str
    document: Any


class Client:
    """Gets things from a service by path, and caches documents until they change."""

    def __init__(self, service: str) -> None:
        self._service = service.rstrip("/")
        self._cache: dict[tuple[str, str], Answer] = {}

    def get(self, path: str, accept: str = JSON_LD) -> Answer:
        """Get the document about a thing; `urlopen` follows the 303 redirect.

        Raises:
            SystemExit: the service cannot be reached, or responds with an error.
        """
        cached = self._cache.get((path, accept))
        headers = {"Accept": accept, **({"If-None-Match": cached.tag} if cached else {})}
        try:
            with urlopen(Request(self._service + path, headers=headers)) as response:
                tag = response.headers["ETag"]
                answer = Answer(response.status, response.url, tag, json.load(response))
        except HTTPError as error:
            if error.code == 304 and cached:
                return Answer(304, cached.address, cached.tag, cached.document)
            problem = json.load(error)
            sys.exit(f"{problem['status']} {problem['title']}: {problem['detail']}")
        except URLError as error:
            sys.exit(f"{self._service}: {error.reason}. `make serve` starts a service.")
        self._cache[path, accept] = answer
        return answer


def main(service: str, name: str) -> None:
    """Get a thing in every form, then one form again from the cache."""
    client = Client(service)
    for form in ("compacted", "expanded", "flattened", "framed"):
        answer = client.get(f"/id/{name}", profile(form))
        size = len(json.dumps(answer.document, ensure_ascii=False).encode())
        print(f"{form}: {answer.status}, {size} bytes of JSON")
    unchanged = client.get(f"/id/{name}", profile("compacted"))
    print(f"compacted, again: {unchanged.status}")
    labels = unchanged.document["label"]
    print(", ".join(f"{text} ({language})" for language, text in sorted(labels.items())))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
