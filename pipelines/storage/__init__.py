"""Bytes in and out of whatever a URI names; nothing here knows what the bytes mean.

`uris`      taking URIs apart and putting them together
`contract`  what every store promises: the `Store` protocol, `Stat`, `Output`
`local`     the store of this machine's file system
`s3`        the store of Amazon S3 and of what speaks its protocol; `s3_…` are its parts
`hdfs`      the store of HDFS; `hdfs_…` are its parts
`patience`  trying again what may pass
`parallel`  several objects at a time
`secret`    credentials, which show themselves nowhere
`stores`    `Stores`: the one value that jobs hand to workers; finds the store of a URI
"""

from pipelines.storage.contract import Output, Stat
from pipelines.storage.secret import Secret
from pipelines.storage.stores import Stores
from pipelines.storage.uris import join, local_path, normalized, relative, scheme

__all__ = ["Output", "Secret", "Stat", "Stores", "join", "local_path", "normalized", "relative", "scheme"]
