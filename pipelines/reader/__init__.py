"""Training reads a token dataset: any sample in constant time, any number of ranks, every row once an epoch.

`dataset` `TokenDataset`: batches of one rank, and the state that resumes them on any number of ranks
`world`   which samples a rank takes, and what happens where an epoch does not divide
`order`   the keyed permutation behind an epoch: (seed, epoch, position) ⇄ row
`shards`  a published dataset's manifest and shard table, checked; rows by number
`rows`    rows as arrays, and the gather out of memory-mapped shards
`maps`    shards mapped into memory, a bounded number at a time
`trace`   that a dataset was read, for whoever decides what is cold
`peek`    what `phloem read` shows: sizes, decoded samples, tokens per second

dataset → world, order, shards → rows → maps; peek → dataset. A loop over `TokenDataset.open(uri, seed=7)` is all
that training needs.
"""

from pipelines.reader.dataset import TokenDataset

__all__ = ["TokenDataset"]
