"""The reference's URL filter, in an environment of its own: one JSON line in, one out, again and again.

Runs under an interpreter that has datatrove 0.10.1, never under ours. The first line is the lists by kind, or null for
those that the wheel ships; every other line is a list of URLs, answered by {"reasons", "seconds"}: null for a URL that
passes, processor seconds for all of them.
"""

import json
import sys
import time

from datatrove.data import Document
from datatrove.pipeline.filters import URLFilter


def main() -> None:
    """Answer every line of standard input."""
    lists = json.loads(sys.stdin.readline())
    if lists is None:
        step = URLFilter()
    else:
        domains, urls, words, soft, subwords = (lists[kind] for kind in lists)
        step = URLFilter(2, domains, urls, words, subwords, soft, use_integrated_lists=False)
    judge(step, "http://example.org/")  # what it loads, it loads now
    for line in sys.stdin:
        urls = json.loads(line)
        started = time.process_time()
        reasons = [judge(step, url) for url in urls]
        seconds = time.process_time() - started
        sys.stdout.write(json.dumps({"reasons": reasons, "seconds": seconds}) + "\n")
        sys.stdout.flush()


def judge(step: URLFilter, url: str) -> str | None:
    """Why the reference drops a document of this URL; None if it does not."""
    answer = step.filter(Document(text="", id="", metadata={"url": url}))
    return None if answer is True else answer[1]


if __name__ == "__main__":
    main()
