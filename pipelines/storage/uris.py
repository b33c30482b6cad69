"""URIs: a plain path and `file://` name the local file system, everything else its own scheme.

Paths are taken as they are, never percent-decoded: a file called `100%.txt` is `file:///…/100%.txt`.
"""

import os


def scheme(uri: str) -> str:
    """`s3` of `s3://bucket/key`; `file` of a plain path."""
    head, separator, _ = uri.partition("://")
    return head if separator else "file"


def local_path(uri: str) -> str:
    """The path that a plain path or `file://` URI names."""
    return uri.removeprefix("file://")


def normalized(uri: str) -> str:
    """The one way to write this URI: absolute, `file://` for local paths, no slash at the end."""
    if scheme(uri) != "file":
        return uri.rstrip("/")
    return "file://" + os.path.abspath(os.path.expanduser(local_path(uri)))  # noqa: PTH100, PTH111 (text in, text out)


def join(uri: str, *parts: str) -> str:
    """`uri/part/part`; parts are taken as they are."""
    return "/".join([_without_last_slash(uri), *(part.strip("/") for part in parts)])


def relative(uri: str, root: str) -> str:
    """What of `uri` lies below `root`; the last part of `uri` when they are the same."""
    if uri == root:
        return uri.rstrip("/").rpartition("/")[2]
    return uri.removeprefix(_without_last_slash(root) + "/")


def _without_last_slash(uri: str) -> str:
    """The slashes of `scheme://` are no path's."""
    head, separator, path = uri.rpartition("://")
    return head + separator + path.rstrip("/")
