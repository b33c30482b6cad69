"""Which samples of the epoch a rank takes: the same global order for every world, cut into steps.

A step is `world_size * batch_size` samples behind those consumed; rank r takes the samples consumed + r,
consumed + r + world_size, … of it. So the numbers of samples consumed and of epochs say everything about where a run
stands, and a run may go on with another world.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import RefusedError

Last: TypeAlias = Literal["pad", "drop", "wrap"]
"""What becomes of the samples at the end of an epoch that do not fill a step.

`pad`: they are read, and rows without tokens (`num_tokens` 0, `rows` -1) fill the step. Every row once.
`drop`: they are not read in this epoch, whose order decides which they are. Every row at most once.
`wrap`: they are read, and the first samples of the next epoch fill the step; that epoch then starts behind them.
        Every row once an epoch, and no padding; an epoch may start in the middle of a batch.
"""


@dataclass(frozen=True)
class World:
    """The part of one rank among all."""

    rank: int
    world_size: int
    batch_size: int
    last: Last

    def __post_init__(self) -> None:
        """Refuse what makes no sense, all of it at once."""
        faults = []
        if self.world_size < 1:
            faults.append(f"world_size is {self.world_size}; it must be at least 1")
        elif not 0 <= self.rank < self.world_size:
            faults.append(f"rank is {self.rank}; it must be from 0 to world_size - 1, which is {self.world_size - 1}")
        if self.batch_size < 1:
            faults.append(f"batch_size is {self.batch_size}; it must be at least 1 row")
        if self.last not in get_args(Last):
            faults.append(f"last is {self.last!r}; known are {', '.join(get_args(Last))}")
        if faults:
            raise RefusedError(*faults)

    @property
    def samples_per_step(self) -> int:
        """Samples that all ranks take together."""
        return self.world_size * self.batch_size

    def num_steps(self, num_samples: int) -> int:
        """Batches of every rank out of the samples that are left of an epoch."""
        whole, rest = divmod(num_samples, self.samples_per_step)
        return whole if self.last == "drop" or not rest else whole + 1

    def positions(self, consumed: int, num_steps: int) -> NDArray[np.int64]:
        """Positions in the epoch of this rank's samples in the next steps; from num_rows on, behind its end."""
        return consumed + self.rank + self.world_size * np.arange(num_steps * self.batch_size)
