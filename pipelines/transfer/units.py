"""Every conversion of a unit in this room: rates are bits a second, sizes bytes, prices dollars a gigabyte of 10^9."""

BITS_PER_BYTE = 8
BYTES_PER_GIGABYTE = 1e9
SECONDS_PER_HOUR = 3600
MILLISECONDS_PER_SECOND = 1000


def seconds_to_send(num_bytes: float, bits_per_second: float) -> float:
    """How long so many bytes take at a rate."""
    return num_bytes * BITS_PER_BYTE / bits_per_second


def rate_within(num_bytes: float, seconds: float) -> float:
    """The rate, in bits a second, that sends so many bytes in time."""
    return num_bytes * BITS_PER_BYTE / seconds


def usd_to_send(num_bytes: float, usd_per_gigabyte: float) -> float:
    """What so many bytes cost."""
    return num_bytes / BYTES_PER_GIGABYTE * usd_per_gigabyte


def price_within(num_bytes: float, usd: float) -> float:
    """The price, in dollars a gigabyte, at which so many bytes cost so much."""
    return usd / num_bytes * BYTES_PER_GIGABYTE


def usd_of_hours(seconds: float, usd_per_hour: float) -> float:
    """What a host costs for so long."""
    return seconds / SECONDS_PER_HOUR * usd_per_hour


def one_way_seconds(round_trip_milliseconds: float) -> float:
    """Half of a round trip."""
    return round_trip_milliseconds / 2 / MILLISECONDS_PER_SECOND
