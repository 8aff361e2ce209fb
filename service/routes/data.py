"""/data: the page about the data for people; `/data/…` are the documents of resources."""

from fastapi import Request, Response

from kg.linking.mapping_sets import MappingSet
from service.answers.formats import HTML
from service.http.openapi import FORMAT_PARAMETER, LANGUAGE_PARAMETER, Router
from service.http.request import base_url
from service.pages.data_pages import write_data_page
from service.pages.page_or_document import send_page
from service.pages.service_description import example_query
from service.pages.terms import TermWriter
from service.routes.dumps import current_files
from service.routes.home import WITHOUT_LINK
from service.served import CurrentRelease

router = Router("Descriptions")


@router.operation(
    "/data",
    "Get the page about the data",
    (HTML,),
    parameters=[FORMAT_PARAMETER, LANGUAGE_PARAMETER],
    operation_id="getDataPage",
)
def data(request: Request, release: CurrentRelease) -> Response:
    """Return a page for people: numbers, files, formats, interfaces with examples, how to cite."""
    base, files = base_url(request), current_files(release)
    query = example_query(release.queries.values())

    def write_page(terms: TermWriter) -> bytes:
        return write_data_page(
            terms,
            release.summary,
            base=base,
            query="\n".join(
                line for line in query.splitlines() if not line.startswith("#")
            ).strip(),
            files=files,
            link_counts={
                name: len(MappingSet.parse(text).rows) for name, text in release.link_files.items()
            },
            interfaces=request.app.state.interfaces,
            without_link=WITHOUT_LINK,
        )

    parts = ("data", base, release.void_digest, *(file.sha256 for file in files.values()))
    return send_page(request, write_page, *parts)
