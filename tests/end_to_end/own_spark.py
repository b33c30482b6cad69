"""A person's own Spark job, with nothing of Phloem in it: reads documents, writes them again, reads an altered table.

    spark-submit --properties-file jobs/s3a.conf own_spark.py TABLE ALTERED SHARDS…

The last line it prints says as JSON how many documents each of SHARDS has, and what Spark says of ALTERED.
"""

import json
import sys
from functools import reduce

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

table, altered, *shards = sys.argv[1:]
spark = SparkSession.builder.getOrCreate()
read = [spark.read.parquet(each) for each in shards]
reduce(DataFrame.union, read).write.parquet(table)
try:
    said = str(spark.read.parquet(altered).collect())
except (PySparkException, Py4JJavaError) as error:
    said = str(error)
print(json.dumps({"documents": [each.count() for each in read], "altered": said}))  # noqa: T201 (the test reads it)
