"""The pages of saved questions: their list, and each with its parameters and its answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from pyoxigraph import NamedNode

from kg.content import Topic
from kg.namespaces import expand
from kg.store.saved_queries import ReadIri, SavedQuery
from service.pages.query_page import ViewChoice
from service.pages.result_page import CELLS, Result
from service.pages.terms import TermWriter

# Topics with their questions; None has those of no topic.
Groups = Sequence[tuple[Topic | None, Sequence[SavedQuery]]]


@dataclass
class AskedQuestion:
    """A saved question with the values that were typed; `reading` is the one being read.

    `cells` is how the cells of its answer show things.
    """

    query: SavedQuery
    values: Mapping[str, str]
    choice: ViewChoice
    cells: str
    reading: str = field(default="", init=False)

    def note_reading(self, read_iri: ReadIri) -> ReadIri:
        """Return a function that reads an IRI, and notes which value it has been given."""

        def read(value: str, expected: str) -> NamedNode:
            self.reading = value
            return read_iri(value, expected)

        return read

    def address_with(self, name: str) -> str:
        """Return the address of the question with a name in place of the value being read."""
        return self.address_for(
            {key: name if old == self.reading else old for key, old in self.values.items()}
        )

    def address_for(self, values: Mapping[str, str]) -> str:
        """Return the address of the answer for these values of its parameters."""
        cells = self.cells if self.cells != CELLS[0] else ""
        chosen = {"view": self.choice.view, "world": self.choice.world, "cells": cells}
        given = {key: value for key, value in {**values, **chosen}.items() if value}
        return f"/queries/{self.query.name}?{urlencode(given)}"


def find_questions(queries: Iterable[SavedQuery], words: str) -> list[SavedQuery]:
    """Return the questions that have all of these words in what they say of themselves."""
    wanted = words.casefold().split()

    def text(query: SavedQuery) -> str:
        said = [query.name, *query.questions.values(), *query.answers.values()]
        said += [text for one in query.parameters.values() for text in one.texts.values()]
        return " ".join(said).casefold()

    return [query for query in queries if all(word in text(query) for word in wanted)]


def group_questions(queries: Iterable[SavedQuery], topics: Iterable[Topic]) -> Groups:
    """Return the questions of each topic, in its order, and those of none under None."""
    left = {query.name: query for query in queries}
    groups: list[tuple[Topic | None, list[SavedQuery]]] = [
        (topic, [left.pop(name) for name in topic.questions if name in left]) for topic in topics
    ]
    return [(topic, listed) for topic, listed in (*groups, (None, [*left.values()])) if listed]


def write_question_list(terms: TermWriter, groups: Groups, words: str, path: str) -> bytes:
    """Write the list of these questions, which were found by some words, if there are any."""
    return terms.write_page(
        "queries.html",
        title=terms.words["question-list"],
        path=path,
        place="questions",
        groups=groups,
        count=sum(len(listed) for _, listed in groups),
        words=words,
    )


def write_question_page(
    terms: TermWriter,
    asked: AskedQuestion,
    path: str,
    *,
    result: Result | None = None,
    failure: Mapping[str, Any] | None = None,
    editor: str = "",
) -> bytes:
    """Write the page of a question with its result or the failure to answer it.

    `editor` is the address at which its text can be changed, with its values if they are known.
    """
    near: list[tuple[str, str]] = []
    if failure is not None and asked.reading:
        names = failure.get("near") or [one["name"] for one in failure.get("candidates", ())]
        near = [(name, terms.in_language(asked.address_with(name))) for name in names]
    questions = asked.query.questions
    examples = {
        name: terms.label(expand(one.example)).value if one.is_thing else one.example
        for name, one in asked.query.parameters.items()
    }
    return terms.write_page(
        "question.html",
        title=questions.get(terms.language, asked.query.question),
        path=path,
        place="questions",
        asked=asked,
        result=result,
        failure=failure,
        near=near,
        examples=examples,
        of_example=terms.in_language(asked.address_for(examples)) if examples else "",
        editor=editor,
    )
