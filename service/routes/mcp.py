"""/mcp: the tools for agents, by the Model Context Protocol over HTTP, without sessions."""

import asyncio
from typing import Any, Final

from fastapi import Request, Response

from service.agents.calls import Caller
from service.answers.formats import JSON
from service.answers.json_types import JsonRpcAnswer
from service.http import request as http
from service.http.browsers import require_own_site
from service.http.openapi import Router
from service.served import CurrentRelease

router = Router("Agents")

_MAX_BODY_BYTES: Final = 1_000_000
_MESSAGE: Final[dict[str, Any]] = {
    "title": "JsonRpcMessage",
    "type": "object",
    "required": ["jsonrpc", "method"],
    "description": "A message of JSON-RPC 2.0, such as a call of `tools/list` or `tools/call`.",
    "properties": {
        "jsonrpc": {"type": "string", "enum": ["2.0"]},
        "id": {"type": ["string", "integer"]},
        "method": {"type": "string"},
        "params": {"type": "object"},
    },
}


@router.operation(
    "/mcp",
    "Call a tool for agents",
    (JSON,),
    (202, 400, 403, 406, 413, 415, 421, 429, 501, 503),
    what="The answer of the tool, in JSON-RPC 2.0.",
    body={JSON.media_type: _MESSAGE},
    method="POST",
    operation_id="callTool",
    answer=JsonRpcAnswer,
)
async def call_tool(request: Request, release: CurrentRelease) -> Response:
    """Answer one message of the Model Context Protocol, of any of its versions.

    All tools only read; docs/agents.md lists them. Tools have the limits and budgets of queries,
    and one ends when its client leaves. Only the service's own hosts are answered, or those of the
    setting `allowed_hosts`.
    """
    require_own_site(request.headers, release.settings)
    http.accepted_media_type(request, [JSON.media_type])
    body = bytes(await http.read_body(request, _MAX_BODY_BYTES))
    server = await asyncio.to_thread(lambda: release.agent_server)
    from service.agents.server import answer_exchange

    asking = Caller(request.app.state.answering, request.scope)
    async with http.CancelOnDisconnect(request.receive) as client:
        response = await answer_exchange(server, asking, body)
    if client.is_disconnected:
        return Response(status_code=http.CLIENT_CLOSED_REQUEST)
    return response
