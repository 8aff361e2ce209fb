"""The pages about the kinds of failure: all of them, and one with what to do about it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from service.http.html import read_texts
from service.http.problems import ALL_PROBLEM_TYPES, Problem
from service.pages.terms import TermWriter

_ENGLISH: Final = "en"


def write_problem_types_page(terms: TermWriter) -> bytes:
    """Write the page that lists all kinds of failure by their status."""
    rows = [_describe(problem, terms.language) for problem in ALL_PROBLEM_TYPES]
    rows.sort(key=lambda row: str(row["status"]))
    title = terms.words["problems"]
    return terms.write_page("problems.html", title=title, path="/problems", way=[title], rows=rows)


def write_problem_type_page(terms: TermWriter, problem: Problem) -> bytes:
    """Write the page about one kind of failure."""
    about = _describe(problem, terms.language)
    return terms.write_page(
        "problem-type.html",
        title=about["title"],
        path=f"/problems/{problem.slug}",
        way=[terms.macros["local_link"]("/problems", terms.words["problems"]), about["title"]],
        problem=about,
    )


def translated_advice(slug: str, language: str) -> str:
    """Return what to do about a kind of failure; empty in English, in which its detail says so."""
    return "" if language == _ENGLISH else _read_column("advice").get(slug, "")


def _describe(problem: Problem, language: str) -> dict[str, str]:
    """Return status, title and advice of a kind of failure in a language."""
    title, advice = problem.slug.replace("-", " ").capitalize(), problem.advice
    title = title.replace("rdf", "RDF")
    if language != _ENGLISH:
        title, advice = (_read_column(column)[problem.slug] for column in ("title", "advice"))
    return {"slug": problem.slug, "status": str(problem.status), "title": title, "advice": advice}


@cache
def _read_column(column: str) -> Mapping[str, str]:
    """Read the titles or the advice in Chinese, by slug; in English the problems have both."""
    return read_texts(Path(__file__).with_name("problems.tsv"), column)
