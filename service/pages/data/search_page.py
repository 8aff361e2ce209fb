"""The page of a search in any data."""

from urllib.parse import urlencode

from service.excerpts.found import Found
from service.pages.data.terms import DataTerms


def write_search_page(terms: DataTerms, asked: str, found: Found) -> bytes:
    """Write the page of what was found; without a text to find, one that says what to type."""
    key = "search-results" if found.things else "search-missing"
    title = terms.words[key].format(asked=asked) if asked else terms.words["own-find"]
    return terms.knowing(found.names).write_page(
        "data-search.html",
        title=title,
        path=f"/search?{urlencode({'q': asked})}" if asked else "/search",
        place="explore",
        searched=asked,
        asked=asked,
        found=found,
    )
