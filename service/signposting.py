"""What an answer says of the document that it is: its links, its address, its language."""

from urllib.parse import quote

from fastapi import Request, Response

from kg.describe.json_ld_context import COMPACTED
from service.address import in_address, single
from service.answers.formats import HTML, Choice
from service.documents import Documents
from service.languages import Language
from service.resource_request import kept_parameters
from service.web_links import link_header


def headers_of(
    request: Request, about: Documents, choice: Choice, language: Language | None = None
) -> dict[str, str]:
    """What an answer with one of the documents says of it and of the others.

    Where the format or the language was negotiated, Content-Location is the address that gives
    the same without, if there is one.
    """
    root = request.scope.get("root_path", "")
    path = f"{root}{about.path(choice.format)}"
    headers = {"Link": link_header(about.links_at(choice.format), root=root)}
    is_in_place = quote(request.scope["path"]) == path and "format" not in dict(in_address(request))
    if language is not None:
        path = f"{path}?lang={language.tag}"
        is_in_place = is_in_place and language.is_asked
    else:
        path += kept_parameters(request)
    # A form of JSON-LD or a version of RDF that Accept asked for has no address of its own.
    if not is_in_place and choice.profiles == COMPACTED and not choice.version:
        headers["Content-Location"] = path
    return headers | of_page(language) if HTML in about.formats else headers


def of_page(language: Language | None) -> dict[str, str]:
    """What any form of a document says that can also be a page: its language if it is one."""
    # A page in a language is one of the things that may be negotiated, whatever was chosen.
    vary = {"Vary": "Accept, Accept-Encoding, Accept-Language"}
    return vary if language is None else {**vary, "Content-Language": language.tag}


def see_other(request: Request, about: Documents, choice: Choice) -> Response:
    """An answer that leads from the thing to the document in the chosen format."""
    root = request.scope.get("root_path", "")
    language = single(in_address(request), "lang") if choice.format == HTML else None
    asked = f"?lang={quote(language)}" if language else ""
    # A path alone: whichever host and scheme answers here also has the document.
    return Response(
        status_code=303,
        headers={
            "Location": f"{root}{about.path(choice.format)}{asked}",
            "Link": link_header(about.links_of_the_thing(), root=root),
            "Vary": "Accept",
        },
    )
