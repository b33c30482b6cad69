"""Real text found on this machine, as the formats a crawl and a data team deliver: the embedded default input.

`website`     folders of HTML pages, served over HTTP on the loopback interface
`crawl`       follows the links of such a site, breadth first
`warc`        pages → gzipped WARC files
`texts`       package descriptions, licences, changelogs, manuals
`docstrings`  what Python's own and installed modules say of themselves
`summary`     what lies in the folder
`gather`      all of it into one folder, once
"""

from jobs.sample.gather import MINIMUM_BYTES, TARGET_BYTES, Listener, gather
from jobs.sample.summary import Kind, SampleSummary

__all__ = ["MINIMUM_BYTES", "TARGET_BYTES", "Kind", "Listener", "SampleSummary", "gather"]
