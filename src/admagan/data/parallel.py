"""Work shared among threads, results in order, memory bounded."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def ordered_map(
    function: Callable[[T], R], items: Iterable[T], workers: int | None = None, ahead: int = 256
) -> Iterator[R]:
    """Yield `function(item)` for each of `items`, in their order.

    Threads suffice for pictures: decoding, resizing and hashing do not hold Python's lock, and threads leave
    nothing behind when the process is killed. The first error is raised where its result would have come.

    Args:
        function: What is done to each.
        items: Taken as needed, at most `ahead` before their results are asked for.
        workers: Threads; unset: one per core.
        ahead: Bound on what is finished but not yet yielded.
    """
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
