"""Connected components of a graph too large for one machine: large-star and small-star, in DataFrames.

Kiveris, Lattanzi, Mirrokni, Rastogi, Vassilvitskii: "Connected Components in MapReduce and Beyond" (SoCC 2014).
Each round keeps the components and shortens paths; it takes O(log² n) rounds, in practice a handful.
"""

from pyspark import StorageLevel
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 (the customary name)
from pyspark.sql.types import Row

_MAX_ROUNDS = 100


def connected_components(edges: DataFrame) -> DataFrame:
    """Edges `a, b` of one orderable type → `node, root` for every node that is not the smallest of its component.

    Nothing but one row of counts a round reaches the driver. RuntimeError when the rounds do not end.
    """
    stars = _pinned(edges.select("a", "b").where("a != b").distinct())
    before = _digest(stars)
    for _ in range(_MAX_ROUNDS):
        stars = _pinned(_small_star(_large_star(stars)))
        after = _digest(stars)
        if after == before:
            return stars.select(F.col("a").alias("node"), F.col("b").alias("root"))
        before = after
    raise RuntimeError(f"connected components did not settle in {_MAX_ROUNDS} rounds; last {after}")


def _large_star(edges: DataFrame) -> DataFrame:
    """Every node tells its larger neighbours of the smallest node it knows."""
    both = edges.union(edges.select(F.col("b").alias("a"), F.col("a").alias("b")))
    smallest = F.least(F.col("a"), F.min("b").over(Window.partitionBy("a")))
    told = both.withColumn("smallest", smallest).where("b > a")
    return told.select(F.col("b").alias("a"), F.col("smallest").alias("b")).distinct()


def _small_star(edges: DataFrame) -> DataFrame:
    """Every node tells itself and its smaller neighbours of the smallest of them."""
    down = edges.select(F.greatest("a", "b").alias("high"), F.least("a", "b").alias("low"))
    starred = down.withColumn("root", F.min("low").over(Window.partitionBy("high")))
    own = starred.select(F.col("high").alias("a"), F.col("root").alias("b"))
    neighbours = starred.where("low != root").select(F.col("low").alias("a"), F.col("root").alias("b"))
    return own.union(neighbours).distinct()


def _pinned(frame: DataFrame) -> DataFrame:
    """Cut the plan, which would else grow fourfold each round; on a cluster into the checkpoint folder.

    There it is also cached, because Spark computes a checkpoint a second time when it is not.
    """
    if not frame.sparkSession.sparkContext.getCheckpointDir():
        return frame.localCheckpoint()
    cached = frame.persist(StorageLevel.MEMORY_AND_DISK)
    written = cached.checkpoint()
    cached.unpersist()
    return written


def _digest(edges: DataFrame) -> Row | None:
    """Number of edges and an order-free hash of them: equal when nothing changed."""
    return edges.agg(F.count("*").alias("edges"), F.expr("bit_xor(xxhash64(a, b))").alias("hash")).head()
