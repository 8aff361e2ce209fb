"""Keep the examples on the front page, which an evaluator process makes once for a release."""

import asyncio
import json
from asyncio import Task
from collections.abc import Mapping, Sequence
from typing import Final

from kg.errors import KgError
from kg.store.saved_queries import SavedQuery
from service.answers.formats import JSON, Choice
from service.evaluators.front_examples import FrontExamplesJob
from service.http.kept_answers import SharedQueries
from service.http.query_answer import run_whole

# How long the page that first needs the examples waits for them.
_PATIENCE_SECONDS: Final = 1.0
# The pause after the first failure, which doubles with each; a large release may never succeed.
_PAUSE_SECONDS: Final = 10.0
_CLIENT: Final = "the front page"


class FrontExamples:
    """The examples of one release, made when first needed."""

    def __init__(self, evaluations: SharedQueries, questions: Sequence[SavedQuery]) -> None:
        self._evaluations, self._questions = evaluations, tuple(questions)
        self._pause_seconds = _PAUSE_SECONDS
        self._task: Task[Mapping[str, str]] | None = None

    async def by_language(self) -> Mapping[str, str]:
        """Return the examples as HTML by language; empty as long as there are none."""
        if self._task is None:
            self._task = asyncio.create_task(self._make())
            await asyncio.wait([self._task], timeout=_PATIENCE_SECONDS)
        if not self._task.done():
            return {}
        examples = self._task.result()
        if not examples:
            self._task = None
        return examples

    async def _make(self) -> Mapping[str, str]:
        job = FrontExamplesJob(choice=Choice(JSON, JSON.media_type), questions=self._questions)
        try:
            body = await run_whole(self._evaluations, job, _CLIENT)
        except KgError:
            # Such as while the evaluators start or are busy.
            await asyncio.sleep(self._pause_seconds)
            self._pause_seconds *= 2
            return {}
        examples: Mapping[str, str] = json.loads(body)
        return examples
