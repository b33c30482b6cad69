"""The walk over a column of texts that everything else is read from.

columns     Arrow string columns and lists as bytes with offsets, in slices; anything else is refused
walk        `scans(texts)`: which chunk of text stands where; the table of chunks and its generations
strings     the table of distinct strings under it
memory      unaligned loads, hashing, comparing, code points, whitespace
compiled    how kernels are compiled and where the machine code is kept
"""
