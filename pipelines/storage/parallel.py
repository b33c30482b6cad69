"""Several objects at a time: threads, because what they do is wait for disks and networks, or hash outside the GIL."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_AHEAD = 4
"""Items given to the threads, in multiples of their number: one that takes long keeps few others idle."""


def in_parallel(work: Callable[[_Item], _Result], items: Iterable[_Item], num_threads: int) -> Iterator[_Result]:
    """`work` of each item, in the order of the items, which are taken a bounded number ahead.

    The first error ends it: items that no thread has begun are dropped, those under way are waited for.
    """
    with ThreadPoolExecutor(num_threads) as pool:
        under_way: deque[Future[_Result]] = deque()
        try:
            for item in items:
                under_way.append(pool.submit(work, item))
                if len(under_way) >= _AHEAD * num_threads:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
