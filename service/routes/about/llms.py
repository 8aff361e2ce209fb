"""/llms.txt: what is here and where to begin, for language models (llmstxt.org)."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Final

from fastapi import Request, Response

from kg.content import english
from service.answers.formats import TEXT, Choice
from service.http.conditional import conditional_response
from service.http.openapi import Router
from service.http.request import base_url
from service.routes.home import INTERFACES
from service.served import CurrentRelease, ServedRelease

router = Router("Agents")

_TEXT: Final = Choice(TEXT, TEXT.media_type)
# In the order in which a reader would follow them.
_BEGINNINGS: Final = (
    *("/queries", "/sparql", "/ontology", "/whatif", "/rules", "/disagreements", "/dumps"),
    "/openapi.json",
)


@router.operation(
    "/llms.txt",
    "What is here, for language models",
    (TEXT,),
    (304,),
    operation_id="getTextForLanguageModels",
)
def llms(request: Request, release: CurrentRelease) -> Response:
    """Describe the data, where to begin, the tools for agents, and how to read answers."""
    base = base_url(request)
    text = "\n".join(_lines(release, base.rstrip("/")))
    return conditional_response(request, _TEXT, text.encode, text)


def _lines(release: ServedRelease, base: str) -> Iterator[str]:
    # The schemas of the tools' answers take 10 ms to load.
    from service.agents.tools import CONVENTIONS, TOOLS, summarize

    content = release.content
    yield f"# {english(content.title)}\n"
    yield f"> {english(content.summary)}\n"
    yield f"Release {release.release_hash}, version {release.version}. How to read it:\n"
    yield from (f"- {line}" for line in CONVENTIONS)
    if find_spec("mcp") is not None:
        yield f"\n## Tools\n\nBy the Model Context Protocol at {base}/mcp, without a key:\n"
        yield from (f"- `{name}`: {summarize(tool)}" for name, tool in TOOLS.items())
    yield "\n## Where to begin\n"
    yield from (f"- [{path}]({base}{path}): {INTERFACES[path]['en']}" for path in _BEGINNINGS)
    yield f"\n## Saved questions\n\nEach is at {base}/queries/<name>?<parameter>=<value>:\n"
    for query in release.queries.values():
        names = ", ".join(query.parameters)
        yield f"- `{query.name}`{f' of {names}' if names else ''}: {query.question}"
    yield ""
