import hashlib

import numpy as np
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.minhash.hashes import sha1_64, xxh64


def padded(data):
    return np.frombuffer(bytearray(b"?" + data + bytes(64)), np.uint8)


@given(st.binary(max_size=300))
def test_the_kernels_hashes_are_the_libraries(data):
    assert int(xxh64(padded(data), 1, len(data))) == xxhash.xxh64_intdigest(data)
    digest = hashlib.sha1(data, usedforsecurity=False).digest()
    assert int(sha1_64(padded(data), 1, len(data), np.zeros(80, np.uint32))) == int.from_bytes(digest[:8], "little")


@pytest.mark.parametrize("length", [*range(70), 119, 120, 127, 128, 4095])
def test_every_length_near_the_edge_of_a_block_is_right(length):
    data = bytes(range(256)) * 17
    data = data[:length]
    assert int(xxh64(padded(data), 1, length)) == xxhash.xxh64_intdigest(data)
    digest = hashlib.sha1(data, usedforsecurity=False).digest()
    assert int(sha1_64(padded(data), 1, length, np.zeros(80, np.uint32))) == int.from_bytes(digest[:8], "little")
