"""Work on several values at a time, for what numpy, pyarrow and hashlib compute without holding Python's lock."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Value = TypeVar("Value")
Result = TypeVar("Result")
WORKERS = min(4, os.cpu_count() or 1)  # each may hold a block or a column


def in_threads(function: Callable[[Value], Result], values: Iterable[Value]) -> Iterator[Result]:
    """The results of a function for each value, in order. At most WORKERS + 1 values are taken ahead of the results."""
    pending: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        for value in values:
            pending.append(pool.submit(function, value))
            if len(pending) > WORKERS:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
