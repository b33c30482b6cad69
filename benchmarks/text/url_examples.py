"""URLs to judge: real ones of this machine, and made ones that try the corners of hosts, words and encodings."""

import random
import re
import sysconfig
from itertools import chain
from pathlib import Path

LISTS = {
    "domains": (
        "banned.com",
        "banned.co.uk",
        "sub.half.org",
        "xn--bcher-kva.eu",
        "bücher.de",
        "co.uk",
        "10.0.0.1",
    ),
    "urls": ("http://plain.net/page", "https://plain.net/a?b=c#d", "plain.net/bare"),
    "banned_words": ("BadWord", "2 words"),
    "soft_banned_words": ("soft", "softer", "softest"),
    "banned_subwords": ("under-neath", "qq9"),
}
"""Small lists in which every reason is, some entries in a spelling that is made plain first."""

_URL = re.compile(r"https?://[^\s\"'<>\]})]+")
_SCHEMES = (
    "http://",
    "https://",
    "HTTP://",
    "//",
    "",
    "ftp://",
    "http:/",
    "http:",
    "view-source:http://",
    "a+b.c-1://",
)
_USERS = ("", "", "", "me@", "me:pass@", "me:p@ss@", "@", "banned.com@", "banned.com:80@")
_HOSTS = (
    *("banned.com", "www.banned.com", "BANNED.com", "banned.com.", "banned.com.au", "notbanned.com", "banned.com。"),
    *("。com", "banned.co.uk", "a.banned.co.uk", "co.uk", "uk", "x.co.uk", "banned.uk", "sub.half.org", "half.org"),
    *("a.sub.half.org", "xn--bcher-kva.eu", "bücher.de", "www.bücher.de", "bu\u0308cher.de", "xn--bcher-kva.de"),
    *("例え.jp", "banned．com", "10.0.0.1", "127.0.0.1", "256.1.1.1", "1.2.3", "0x7f.1", "[::1]", "[2001:db8::1]"),
    *("[::1", "::1", "[banned.com]", "localhost", "plain.net", "user.github.io", "www.ck", "foo.ck"),
    *("city.kawasaki.jp", "a.b.kawasaki.jp", "blogspot.com", "", ".", "..", "a..com", "-", "ba nned.com", "soft.com"),
    *("softer.soft.org", "badword.com", "under.neath.info", "q.q9"),
)
_PORTS = ("", "", "", ":80", ":", ":banned", ":99999999", "\\")
_PATHS = (
    *("", "/", "/page", "/bare", "/a?b=c#d", "/badword", "/BADWORD/", "/bad%77ord", "/badwords", "/bad-word"),
    *("/2words/", "/soft/softer", "/soft/soft", "/Soft/softer", "/softer_soft", "?soft&softest", "#soft-softer"),
    *("/soft%20softer", "/un-der/neath", "/UNDERNEATH", "/under%20neath", "/underneath.html", "/q/q/9"),
    *("/päth/ünder", "/\u202e", "/\x01", "/%", "/%ff%fe", "//banned.com", "/http://banned.com/", ";p=1"),
    *("?q=http://banned.co.uk", "/a b", "/\n", "\t"),
)


def real_urls(number: int) -> list[str]:
    """At most `number` URLs out of the descriptions and sources of installed packages and of /usr/share/doc."""
    packages = Path(sysconfig.get_paths()["purelib"])
    files = chain(
        sorted(packages.glob("*.dist-info/METADATA")),
        sorted(Path("/usr/share/doc").glob("*/copyright")),
        sorted(packages.glob("*/*.py")),
    )
    found: dict[str, None] = {}
    for path in files:
        found |= dict.fromkeys(_URL.findall(path.read_text("utf-8", "replace")))
        if len(found) >= number:
            break
    return list(found)[:number]


def made_urls(number: int, seed: int) -> list[str]:
    """`number` URLs of random parts: user, host, port, path, each right, odd or wrong; never empty."""
    chance = random.Random(seed)  # noqa: S311 (the same again)
    parts = (_SCHEMES, _USERS, _HOSTS, _PORTS, _PATHS)
    urls = ["".join(map(chance.choice, parts)) or "/" for _ in range(number)]
    urls[::50] = [chance.choice(LISTS["urls"]) for _ in urls[::50]]
    return urls
