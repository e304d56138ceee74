"""All pairs in blocks that fit the cache, scored a little ahead on two threads; few blocks exist at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from matching.engine.frame import Int, Scorer

T = TypeVar("T")
BLOCK_PAIRS: Final = 500_000
THREADS: Final = 2
AHEAD: Final = 3
WORTH_THREADS: Final = 2_000_000


def row_blocks(n: int, m: int) -> list[tuple[int, int]]:
    """Return row ranges of about half a million pairs that cover n rows of m columns."""
    step = max(1, BLOCK_PAIRS // max(1, m))
    return [(start, min(start + step, n)) for start in range(0, n, step)]


def scored(scorer: Scorer, ranges: Iterable[tuple[int, int]], m: int) -> Iterator[tuple[int, int, Int]]:
    """Yield start, stop and points (stop - start, m) of each range in order."""
    return worked(lambda start, stop: partial(scorer, start, stop), ranges, m)


def worked(
    task: Callable[[int, int], Callable[[], T]], ranges: Iterable[tuple[int, int]], m: int
) -> Iterator[tuple[int, int, T]]:
    """Yield start, stop and what the range's task returns, in order.

    Numpy lets go of the lock, so two threads work at once; for few pairs they would cost more than they give.
    A task is made in the caller's thread, a little ahead and always at the same point of its loop, so it may
    carry what is known by then.
    """
    ranges = list(ranges)
    if len(ranges) <= AHEAD or m * sum(stop - start for start, stop in ranges) < WORTH_THREADS:
        for start, stop in ranges:
            yield start, stop, task(start, stop)()
        return
    with ThreadPoolExecutor(THREADS) as threads:
        waiting: deque[tuple[int, int, Future[T]]] = deque()
        for start, stop in ranges:
            waiting.append((start, stop, threads.submit(task(start, stop))))
            if len(waiting) > AHEAD:
                first, last, block = waiting.popleft()
                yield first, last, block.result()
        for start, stop, block in waiting:
            yield start, stop, block.result()
