"""Working memory for looking into one chunk at a time, and its characters."""

from typing import Any, NamedTuple

import numpy as np

from pipelines.text.scan.compiled import inner
from pipelines.text.scan.memory import PADDING, Bytes, code_point
from pipelines.text.scan.strings import Integers
from pipelines.text.words.affixes import Cut, new_cut
from pipelines.text.words.special import Matches, new_matches


class Room(NamedTuple):
    """Working memory for one chunk at a time."""

    points: Integers
    """The chunk's characters."""
    places: Integers
    """Where each one starts."""
    cut: Cut
    matches: Matches
    normal: Bytes
    """A piece of its normal form, and the same for that."""
    normal_points: Integers
    normal_places: Integers
    normal_cut: Cut


def new_room(longest: int) -> Room:
    """Working memory for chunks of up to so many bytes.

    A normal form has at most three times the characters and bytes of its chunk (Hangul syllables).
    """
    more = 3 * longest + 1
    return Room(
        np.empty(longest + 1, np.int64),
        np.empty(longest + 1, np.int64),
        new_cut(longest),
        new_matches(longest),
        np.zeros(more + PADDING, np.uint8),
        np.empty(more, np.int64),
        np.empty(more, np.int64),
        new_cut(more),
    )


@inner
def decode(source: Bytes, start: Any, length: Any, points: Integers, places: Integers) -> Any:
    """The characters of a chunk and where each one starts; how many."""
    number, place = 0, start
    while place < start + length:
        places[number] = place
        points[number], size = code_point(source, place)
        number += 1
        place += size
    places[number] = place
    return number
