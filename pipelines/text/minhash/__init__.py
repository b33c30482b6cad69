"""MinHash signatures and band keys that find near duplicates, and the true Jaccard.

signature   `MinHash`, `jaccard`
shingles    the kernels: from chunks to shingles, hashes and minima
hashes      xxHash64 and SHA-1 as kernels
"""

from pipelines.text.minhash.shingles import MERSENNE_PRIME, Hashes
from pipelines.text.minhash.signature import NO_SIGNATURE, MinHash, jaccard

__all__ = ["MERSENNE_PRIME", "NO_SIGNATURE", "Hashes", "MinHash", "jaccard"]
