"""Manifests and versions: what has been made, from what, and whether it can be believed.

`layout`    where a stage of a version lies, and the names inside it
`identity`  a recipe as a value: resolved, hashed, compared
`versions`  which version a run works on, and whether it may
`lease`     one run at a time on one version
`publish`   counts reconciled, manifest written last and once
`dataset`   a published dataset opened and verified
`replicate` copied to another store
`repair`    mended from a replica
`tiers`     which datasets a policy wants elsewhere
`moves`     moved there, and back
"""

from pipelines.catalog.dataset import Dataset, open_dataset

__all__ = ["Dataset", "open_dataset"]
