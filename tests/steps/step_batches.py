"""Batches as a source yields them, of a row or a few."""

import pyarrow as pa

from schemas import RAW

GOOD = (
    "The old lighthouse keeper climbed the narrow stairs every evening before the sun went down. He carried a small "
    "lamp in one hand and a heavy book in the other, because the nights were long and nobody came to visit him.\n"
    "From the gallery he could see the fishing boats that were coming home, and he counted them with great care.\n"
    "When one of them was late, he lit the great light early and waited at the window until it had been found again.\n"
    "His daughter wrote letters to him from the town, and the postman brought them with bread and fresh apples.\n"
    "In winter the storms were so strong that the whole tower seemed to move, but it had stood for two hundred years.\n"
    "He wrote everything down in his book, and people still read it with pleasure."
)
"""English prose that every rule of web_en keeps."""

GERMAN = "Der alte Leuchtturmwärter stieg jeden Abend vor Sonnenuntergang die schmale Treppe hinauf und sah aufs Meer."

PAGE = (
    "<html><head><meta charset='utf-8'><title>Menu</title></head><body><nav><a href='/'>Home</a></nav><article><p>"
    + GOOD.replace("\n", "</p><p>")
    + "</p></article></body></html>"
)


def batch_of(*rows):
    """A RAW batch; a row is the fields that are not null."""
    whole = [
        {"id": number.to_bytes(16, "big"), "source": "s", "record": number} | row for number, row in enumerate(rows)
    ]
    return pa.RecordBatch.from_pylist(whole, schema=RAW.arrow())


def texts_of(*texts):
    return batch_of(*({"text": text} for text in texts))


def through(steps, batch):
    for step in steps:
        batch = step(batch)
    return batch
