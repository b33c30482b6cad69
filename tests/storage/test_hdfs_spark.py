"""What our store writes to HDFS, Spark reads by HDFS's own protocol."""

import io

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.storage import join


def test_parquet_that_our_store_wrote_is_read_by_spark(spark, hdfs, tmp_path):
    stores, root = hdfs.stores(), join(hdfs.uri, "spark", tmp_path.name)
    for part in range(3):
        rows = range(part * 100_000, (part + 1) * 100_000)
        pq.write_table(pa.table({"id": rows, "text": [f"text {row}" for row in rows]}), whole := io.BytesIO())
        stores.put_if_absent(join(root, f"part {part}.parquet"), whole.getvalue())
    found = spark.read.parquet(root).selectExpr("count(*)", "sum(id)", "count(distinct text)").first()
    assert tuple(found) == (300_000, sum(range(300_000)), 300_000)
    with stores.open(join(root, "part 1.parquet")) as stream:
        assert pq.read_table(stream, columns=["id"]).column("id")[0].as_py() == 100_000
