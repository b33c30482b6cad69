#!/usr/bin/env bash
# What this machine must have beyond git, make and Python 3.11: installed by apt, only what is missing, nothing asked.
# Usage: scripts/bootstrap.sh demo|test
set -euo pipefail

purpose=${1:?demo or test}
python=${PYTHON:-python3.11}
cache=$HOME/.cache/phloem

java_is_17_or_newer() {
    local java=${JAVA_HOME:+$JAVA_HOME/bin/}java major
    major=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p') || return 1
    [ "${major:-0}" -ge 17 ]
}

missing=()
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3.11 python3.11-venv)
java_is_17_or_newer || missing+=(openjdk-17-jre-headless)
if [ "$purpose" = test ]; then
    command -v chromium >/dev/null || missing+=(chromium)               # opens report.html
    ldconfig -p | grep -q 'libatomic\.so\.1 ' || missing+=(libatomic1) # Playwright's driver
    [ -x /usr/lib/postgresql/15/bin/postgres ] || missing+=(postgresql) # the tests start servers of their own
    [ -x /usr/sbin/mariadbd ] || missing+=(mariadb-server)
    [ -x /usr/bin/ss ] || missing+=(iproute2)
    [ -x /usr/bin/openssl ] || missing+=(openssl)
    ldconfig -p | grep -q 'libmagic\.so\.1 ' || missing+=(libmagic1) # datatrove's WARC reader
    [ -x /usr/sbin/krb5kdc ] || missing+=(krb5-kdc)                     # a realm of the tests' own, its tools, and a client
    [ -x /usr/sbin/kadmin.local ] || missing+=(krb5-admin-server)
    [ -x /usr/bin/kinit ] || missing+=(krb5-user)
    [ -d /usr/lib/python3/dist-packages/requests_kerberos ] || missing+=(python3-requests-kerberos)
fi

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends)

if [ ${#missing[@]} -gt 0 ]; then
    if ! command -v apt-get >/dev/null || { [ ${#as_root[@]} -gt 0 ] && ! sudo -n true 2>/dev/null && [ ! -t 0 ]; }; then
        echo "missing: ${missing[*]}. Have somebody who may run:" >&2
        echo "    sudo apt-get update && sudo apt-get install --yes --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    echo "installing ${missing[*]}"
    if ! "${install[@]}" "${missing[@]}" >/dev/null 2>&1; then # most often: no package lists yet
        "${as_root[@]}" apt-get update --quiet
        "${install[@]}" "${missing[@]}"
    fi
fi

# Python's pages, the sample's main text. Unpacked into the cache: needs no root, and container images that leave
# /usr/share/doc out (dpkg's path-exclude) get them as well. Without them the sample says what it lacks.
have_pages() { compgen -G "/usr/share/doc/python3*/html/index.html" || compgen -G "$cache/documentation/usr/share/doc/python3*/html/index.html"; }
if ! have_pages >/dev/null && command -v apt-get >/dev/null; then
    echo "fetching python3.11-doc into $cache/documentation"
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    cd "$folder"
    if apt-get download python3.11-doc >/dev/null 2>&1 ||
        { "${as_root[@]}" apt-get update --quiet && apt-get download python3.11-doc; }; then
        mkdir -p "$cache/documentation"
        dpkg-deb --extract python3.11-doc_*.deb "$cache/documentation"
    else
        echo "python3.11-doc could not be had; \`phloem sample\` will look for other text" >&2
    fi
fi
