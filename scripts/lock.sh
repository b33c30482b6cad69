#!/usr/bin/env bash
# Pins with hashes for Python 3.11 on Linux x86-64 (glibc of Debian 12), from pyproject.toml and environments/*.in.
# Run `make lock` after a change to any of them; the files name no index, so they work with whichever pip is set up for.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-uv}

lock() { # lock OUTPUT ARGUMENTS...: arguments are what `uv pip compile` reads; what OUTPUT pins already stays as it is
    local output=$1
    shift
    cp "$output" "$output.pins"
    "$uv" pip compile --quiet --no-header --no-annotate --no-emit-index-url --generate-hashes \
        --python-version 3.11 --python-platform x86_64-manylinux_2_36 --output-file "$output.pins" "$@"
    {
        echo "# made by \`make lock\`: uv pip compile --generate-hashes --python-version 3.11 $*"
        cat "$output.pins"
    } >"$output.new"
    rm "$output.pins"
    if grep -nE '://' "$output.new"; then
        echo "$output: names a place to download from; pins must not" >&2
        exit 1
    fi
    mv "$output.new" "$output"
}

lock requirements.txt pyproject.toml
lock requirements-dev.txt --extra dev pyproject.toml
for name in build uv oracle airflow go; do
    lock "environments/$name.txt" "environments/$name.in"
done
