"""The k most probable labels of a document's vector, by fastText's hierarchical softmax.

A label's score is the sum of log(p + 1e-5) along its path from the root, in float32, so its exponential can be a hair
over 1. Which labels are seen, and the order of equal scores, follow the library: depth first, left before right, a node
left out when its score is below log(1e-5), or below the worst of k that are held already; the k are held in the heap of
libstdc++. Scores are the library's bits where exp and log are the same libm's and nothing is contracted to FMA.
"""

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipelines.text.scan.compiled import inner, kernel

if TYPE_CHECKING:
    from pipelines.text.language.model import Model

Scores = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]


@inner
def _log(share: np.float32) -> np.float32:
    return np.float32(math.log(np.float64(share) + 1e-5))


@inner
def _right_share(hidden: Scores, weights: Scores) -> np.float32:
    """Probability of the right child: the logistic function, rounded where C++ rounds it."""
    product = np.float32(0)
    for place in range(hidden.shape[0]):
        product = np.float32(product + np.float32(weights[place] * hidden[place]))
    below = np.float32(np.float32(1) + np.float32(math.exp(np.float32(-product))))
    return np.float32(1.0 / np.float64(below))


@kernel
def best_labels(hidden: Scores, model: "Model", k: int, labels: Labels, scores: Scores) -> int:
    """The best k labels and their log scores, best first, into the arrays of k + 1 places; how many there are."""
    num_labels = model.right.shape[0] // 2 + 1
    lowest = _log(np.float32(0))
    nodes, sums = np.empty(num_labels + 1, np.int32), np.empty(num_labels + 1, np.float32)
    nodes[0], sums[0] = 2 * num_labels - 2, np.float32(0)
    waiting, held = 1, 0
    while waiting:
        waiting -= 1
        node, score = nodes[waiting], sums[waiting]
        if score < lowest or (held == k and score < scores[0]):
            continue
        if model.left[node] < 0:
            _push(labels, scores, held, node, score)
            held += 1
            if held > k:
                held -= 1
                _pop(labels, scores, held)
            continue
        share = _right_share(hidden, model.output[node - num_labels])
        nodes[waiting], sums[waiting] = model.right[node], np.float32(score + _log(share))
        left_share = np.float32(1.0 - np.float64(share))
        nodes[waiting + 1], sums[waiting + 1] = model.left[node], np.float32(score + _log(left_share))
        waiting += 2
    for last in range(held - 1, 0, -1):
        _pop(labels, scores, last)
    return held


@inner
def _push(labels: Labels, scores: Scores, place: int, label: int, score: np.float32) -> None:
    """Into the heap whose worst is at 0: up from `place` as far as parents are better."""
    while place > 0 and scores[(place - 1) // 2] > score:
        parent = (place - 1) // 2
        labels[place], scores[place] = labels[parent], scores[parent]
        place = parent
    labels[place], scores[place] = label, score


@inner
def _pop(labels: Labels, scores: Scores, last: int) -> None:
    """The worst of last + 1 to place `last`; the others are a heap again: the hole sinks, then what was last rises."""
    label, score = labels[last], scores[last]
    labels[last], scores[last] = labels[0], scores[0]
    hole = 0
    while 2 * hole + 2 < last:
        child = 2 * hole + 2
        if scores[child] > scores[child - 1]:
            child -= 1
        labels[hole], scores[hole] = labels[child], scores[child]
        hole = child
    if 2 * hole + 2 == last:
        labels[hole], scores[hole] = labels[last - 1], scores[last - 1]
        hole = last - 1
    _push(labels, scores, hole, label, score)
