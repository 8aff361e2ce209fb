"""The stack that the engine's parser, planner and evaluator recurse on.

A query that overflows it kills the process. With `LARGE_STACK_BYTES`, no query of 100,000
characters of 40 kinds did; with less, queries are refused in proportion to the stack.
"""

import resource
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

from kg.errors import LimitExceeded
from kg.sparql.tokens import depth_change, is_ambiguous_iri, tokenize

LARGE_STACK_BYTES: Final = 2**29
# Measured with pyoxigraph 0.5.13: a stack of 8 MiB overflows between 1,000 and 5,000 nested
# brackets, and at 5,000 tokens in the worst of 45 kinds of query.
_MEASURED_BYTES: Final = 2**23
_NESTING: Final = 200
_TOKENS: Final = 3_000
_own = threading.local()
_changing_limit: Final = threading.Lock()
T = TypeVar("T")


def stack_bytes() -> int:
    """Return the size of the stack that this thread may use, at most `LARGE_STACK_BYTES`."""
    soft, _ = resource.getrlimit(resource.RLIMIT_STACK)
    size = LARGE_STACK_BYTES if soft == resource.RLIM_INFINITY else soft
    if threading.current_thread() is not threading.main_thread():
        size = getattr(_own, "stack_bytes", threading.stack_size() or min(size, _MEASURED_BYTES))
    return min(size, LARGE_STACK_BYTES)


def run_with_large_stack(function: Callable[[], T]) -> T:
    """Call a function in a thread with a stack of `LARGE_STACK_BYTES`, and return its result."""

    def run() -> T:
        _own.stack_bytes = LARGE_STACK_BYTES
        return function()

    previous = threading.stack_size(LARGE_STACK_BYTES)
    try:
        with ThreadPoolExecutor(max_workers=1) as executor:
            return executor.submit(run).result()
    finally:
        threading.stack_size(previous)


@contextmanager
def large_stack_for_programs() -> Iterator[None]:
    """Start programs in this context with a stack of `LARGE_STACK_BYTES`, or the most allowed."""
    # Programs inherit the limit; the stack of this process does not change. Two threads that did
    # this at once would leave the limit as it is meanwhile.
    with _changing_limit:
        soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
        most = LARGE_STACK_BYTES if hard == resource.RLIM_INFINITY else hard
        resource.setrlimit(resource.RLIMIT_STACK, (min(most, LARGE_STACK_BYTES), hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))


def check_stack(text: str, flat_keyword: str = "VALUES") -> None:
    """Raise LimitExceeded for a query or update that could overflow the stack of this thread.

    Braces after `flat_keyword` may have any length: the engine reads them as a list.
    """
    size = stack_bytes()
    if size >= LARGE_STACK_BYTES:
        return
    max_nesting, max_tokens = (size * most // _MEASURED_BYTES for most in (_NESTING, _TOKENS))
    brackets = sum(map(text.count, ("(", "{", "[", "<<")))
    # A token has at least one character, so a short text need not be counted.
    if brackets <= max_nesting and len(text) <= max_tokens:
        return
    depth = deepest = count = flat_depth = 0
    is_flat_next = False
    for token in tokenize(text):
        if is_ambiguous_iri(token):
            # The text may be nested as deep, and have as many tokens, as it could at most.
            deepest, count = brackets, len(text)
            break
        depth += depth_change(token)
        deepest = max(deepest, depth)
        if flat_depth or (is_flat_next and token.text == "{"):
            flat_depth += (token.text == "{") - (token.text == "}")
        count += not flat_depth
        is_flat_next = token.keyword == flat_keyword or (is_flat_next and token.text != "{")
    remedy = (
        f"This is what a stack of {size / 2**20:g} MiB allows. Split the text, or enlarge the "
        f"stack before the program starts: ulimit -s {LARGE_STACK_BYTES // 1024}"
    )
    if deepest > max_nesting:
        raise LimitExceeded("nested brackets", max_nesting, remedy)
    if count > max_tokens:
        raise LimitExceeded(f"tokens outside {flat_keyword}", max_tokens, remedy)
