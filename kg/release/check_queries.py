"""Check the saved queries against the content: their names, variables, views and topics.

A query with a misspelt name or variable runs, and finds nothing. All that it says of itself has to
stand in each language.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from itertools import chain
from typing import Final

from pyoxigraph import NamedNode, Quad

from kg.content import Content
from kg.errors import MalformedFile
from kg.namespaces import GLOCAL, ID, PREFIXES, expand, is_in, shorten
from kg.paths import CONTENT_FILE
from kg.release.check_files import unreadable_file_finding
from kg.sparql.tokens import SparqlToken, position_at, tokenize
from kg.statuses import HYPOTHESES, PLANS
from kg.store.saved_queries import SavedQuery, read_query
from kg.validation.findings import Finding, display_path
from kg.validation.names import suggest_name
from kg.validation.texts import script_error

_RULE: Final = "saved-queries"
_HELD_BY: Final = GLOCAL["heldBy"]


def check_queries(
    content: Content, curated: Sequence[Quad], declared: Collection[object]
) -> Iterator[Finding]:
    """Yield the findings about each query; `declared` has the terms and entities that exist."""
    holders = {quad.object for quad in curated if quad.predicate == _HELD_BY}
    names = (name.value.removeprefix(ID) for name in holders if is_in(name, ID))
    worlds = [HYPOTHESES.name, PLANS.name, *sorted(names)]
    for folder in (content.queries, content.queries / "federated"):
        for path in sorted(folder.glob("*.rq")):
            is_federated = folder != content.queries
            try:
                query = read_query(path, content.languages, is_federated=is_federated)
            except MalformedFile as error:
                yield unreadable_file_finding(path, error)
            else:
                errors = _errors(query, worlds, declared), _text_errors(query, content.languages)
                for line, message, remedy in chain(*errors):
                    yield Finding(display_path(path), line, message, remedy, _RULE)
    yield from _check_topics(content)


def _errors(
    query: SavedQuery, worlds: Sequence[str], declared: Collection[object]
) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the message and the remedy of each error in a query that can be run."""
    if query.world and query.world not in worlds:
        near = get_close_matches(query.world, worlds, n=1) or worlds[:1]
        message = f"'{query.world}' is not a world: nobody of this name holds a claim."
        yield _line_of(query.text, "# world:"), message, f"a world, such as {near[0]}."
    for name, parameter in query.parameters.items():
        if parameter.is_thing and expand(parameter.example) not in declared:
            message = f"{parameter.example}, the example of ?{name}, does not exist."
            remedy = f"{suggest_name(expand(parameter.example), declared)}a declared name."
            yield _line_of(query.text, f"# example: ?{name},"), message, remedy
    tokens = list(tokenize(query.text))
    for token in tokens:
        term = _name_of(token)
        if term is not None and term not in declared:
            message = f"{shorten(term.value)} is used but not declared."
            remedy = f"{suggest_name(term, declared)}a declared name."
            yield position_at(query.text, token.offset)[0], message, remedy
    counts = Counter(token.text[1:] for token in tokens if token.kind == "variable")
    for token in tokens:
        name = token.text[1:]
        is_alone = token.kind == "variable" and counts[name] == 1
        if is_alone and _is_projected(tokens, token):
            near = get_close_matches(name, counts.keys() - {name}, n=1)
            message = f"the query returns {token.text}, to which nothing gives a value."
            remedy = f"?{near[0]}, or no such column." if near else "no such column."
            yield position_at(query.text, token.offset)[0], message, remedy


def _text_errors(query: SavedQuery, languages: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """Yield the error of each text that is missing or in another language, or of no column."""
    for language in languages:
        headings, columns = query.columns.get(language, {}), f"# columns ({language}):"
        said = [
            (f"# question ({language}):", "question", query.questions.get(language)),
            (f"# answer ({language}):", "answer", query.answers.get(language)),
        ]
        for name, parameter in query.parameters.items():
            beginning = f"# parameter ({language}): ?{name},"
            said.append((beginning, f"text of ?{name}", parameter.texts.get(language)))
        said += [(columns, f"heading of ?{name}", headings.get(name)) for name in query.variables]
        for beginning, what, text in said:
            line = _line_of(query.text, beginning, f"{beginning.partition('(')[0]}(")
            if text is None:
                yield line, f"the {what} ({language}) is missing.", f"it after '{beginning}'."
            elif error := script_error(text, language):
                yield line, f"the {what} ({language}) is {error[0]}.", f"{error[1]}."
        for name in headings.keys() - {*query.variables}:
            message = f"?{name} has a heading ({language}), but the query does not return it."
            near = get_close_matches(name, query.variables, n=1)
            remedy = f"?{near[0]}, or no such heading." if near else "no such heading."
            yield _line_of(query.text, columns), message, remedy


def _check_topics(content: Content) -> Iterator[Finding]:
    """Check that each question stands in one topic, if there are topics."""
    paths = {path.stem: path for path in content.queries.glob("*.rq")}
    listed = Counter(name for topic in content.topics for name in topic.questions)
    place = content.root / CONTENT_FILE
    for name, count in listed.items():
        if name in paths and count == 1:
            continue
        line = _line_of(place.read_text("utf-8"), f'"{name}"') if place.exists() else 1
        message, remedy = f"'{name}' stands in {count} topics.", "one topic."
        if name not in paths:
            near = get_close_matches(name, paths.keys() - listed.keys(), n=1)
            message = f"there is no question '{name}' for the topic."
            remedy = f"{near[0]}, or the name of another file." if near else "the name of a file."
        yield Finding(display_path(place), line, message, remedy, _RULE)
    for name in sorted(paths.keys() - listed.keys() if listed else ()):
        remedy = f"its name among the questions of a topic in {CONTENT_FILE}."
        yield Finding(display_path(paths[name]), 1, "the question is in no topic.", remedy, _RULE)


def _name_of(token: SparqlToken) -> NamedNode | None:
    """Return the project's own term or entity that a token names, or None."""
    prefix, colon, local_name = token.text.partition(":")
    if token.kind != "name" or not colon or prefix not in PREFIXES or not local_name:
        return None
    name = expand(token.text.rstrip("."))
    return name if is_in(name, GLOCAL, ID) else None


def _is_projected(tokens: Sequence[SparqlToken], token: SparqlToken) -> bool:
    """Return whether a token is between the first SELECT and the WHERE or brace after it."""
    selects = [each.offset for each in tokens if each.keyword == "SELECT"]
    after = [each.offset for each in tokens if each.keyword == "WHERE" or each.text == "{"]
    brackets = [each.offset for each in tokens if each.text == "("]
    if not selects or token.offset < selects[0]:
        return False
    end = min((offset for offset in after if offset > selects[0]), default=0)
    # A computed column, (COUNT(?x) AS ?y), has its value from its expression.
    return token.offset < min([end, *(o for o in brackets if o > selects[0])])


def _line_of(text: str, *beginnings: str) -> int:
    """Return the line that begins with the first of these that any line begins with, or 1."""
    lines = [line.lstrip() for line in text.splitlines()]
    found = (at for one in beginnings for at, line in enumerate(lines, 1) if line.startswith(one))
    return next(found, 1)
