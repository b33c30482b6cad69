"""What the site file says of `hdfs://`."""

from dataclasses import dataclass, fields

from pipelines.errors import RefusedError

_SWITCHES = ("true", "false")


@dataclass(frozen=True)
class HdfsSettings:
    """One HDFS, as one user; texts as the site file has them. RefusedError names every wrong one at once."""

    webhdfs: str = ""
    """HTTP address of the NameNode, like `http://namenode:9870`; with high availability those of all, by commas."""
    user: str = ""
    """Whom HDFS takes us for where it asks for no ticket; empty: the user of this process."""
    ca_file: str = ""
    """Certificates that sign those of an `https://` address, where the system does not know them."""
    kerberos: str = "false"
    """`true`: who we are is said by the ticket of `kinit`."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        faults = [f"storage.hdfs.{fault}" for fault in self._faults()]
        if faults:
            raise RefusedError(*faults)

    def _faults(self) -> list[str]:
        faults = []
        if not self.addresses:
            faults.append('webhdfs is not in the site file, must be like "http://namenode:9870"; hdfs:// is read by it')
        wrong = [address for address in self.addresses if not address.startswith(("http://", "https://"))]
        faults += [f"webhdfs has {address!r}, must begin with http:// or https://" for address in wrong]
        if self.kerberos not in _SWITCHES:
            faults.append(f"kerberos is {self.kerberos!r}, must be true or false")
        if self.kerberos == "true" and self.user:
            faults.append(f"user is {self.user!r} beside kerberos: a ticket says who we are")
        return faults

    @property
    def addresses(self) -> tuple[str, ...]:
        """Of every NameNode."""
        return tuple(address.strip().rstrip("/") for address in self.webhdfs.split(",") if address.strip())


HDFS_KEYS = tuple(field.name for field in fields(HdfsSettings))
"""What `[storage.hdfs]` of a site file may say."""
