"""Where a document's lines and paragraphs are: line breaks stand in the gaps between chunks only."""

from typing import Any

from pipelines.text.quality.work import Work
from pipelines.text.scan.compiled import inner
from pipelines.text.scan.memory import Bytes, break_length, space_length
from pipelines.text.words.context import Occurrences


@inner
def find_lines(occurrences: Occurrences, document: int, work: Work) -> Any:
    """Put the lines of `str.splitlines` into `work.lines` and the runs of newlines into `work.breaks`; how many."""
    source, start, end = occurrences.bytes, occurrences.start, occurrences.end
    first, last = occurrences.first[document], occurrences.first[document + 1]
    stop = occurrences.offsets[document + 1]
    line_start, line_first = occurrences.offsets[document], first
    num_lines, num_breaks = 0, 0
    for occurrence in range(first, last + 1):
        place = end[occurrence - 1] if occurrence > first else occurrences.offsets[document]
        gap_end = start[occurrence] if occurrence < last else stop
        if gap_end - place == 1 and source[place] == 0x20:
            continue
        while place < gap_end:
            if source[place] == 0x0A:
                if num_breaks > 0 and work.breaks[num_breaks - 1, 1] == place:
                    work.breaks[num_breaks - 1, 1] = place + 1
                else:
                    work.breaks[num_breaks, 0] = place
                    work.breaks[num_breaks, 1] = place + 1
                    num_breaks += 1
            length = break_length(source, place)
            if length == 2 and source[place] == 0x0D:
                # The newline belongs to this break, unless it is the next document's.
                length = 2 if place + 1 < stop else 1
                if length == 2:
                    num_breaks = _add_newline(work, num_breaks, place + 1)
            if length > 0:
                put_line(work, num_lines, line_start, place, line_first, occurrence)
                num_lines += 1
                line_start, line_first = place + length, occurrence
            place += max(length, 1)
    if line_start < stop:
        put_line(work, num_lines, line_start, stop, line_first, last)
        num_lines += 1
    return num_lines, num_breaks


@inner
def _add_newline(work: Work, num_breaks: int, place: int) -> Any:
    """Add a newline behind a carriage return: it begins a run."""
    work.breaks[num_breaks, 0] = place
    work.breaks[num_breaks, 1] = place + 1
    return num_breaks + 1


@inner
def put_line(work: Work, number: int, start: int, end: int, first: int, last: int) -> None:
    """Write one line."""
    work.lines[number, 0] = start
    work.lines[number, 1] = end
    work.lines[number, 2] = first
    work.lines[number, 3] = last


@inner
def stripped(source: Bytes, start: int, end: int) -> Any:
    """Start and end of a text without whitespace at its ends."""
    while start < end:
        length = space_length(source, start)
        if length == 0:
            break
        start += length
    while end > start:
        last = end - 1
        while last > start and source[last] & 0xC0 == 0x80:
            last -= 1
        if space_length(source, last) == 0:
            break
        end = last
    return start, end
