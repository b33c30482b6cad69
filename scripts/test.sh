#!/usr/bin/env bash
# Every check, whatever the others said; at the end one line each, and exit code 1 if any failed.
# Usage: scripts/test.sh [--no-tests]
set -uo pipefail
cd "$(dirname "$0")/.."
bin=$PWD/.venv/bin
results=()
failed=0

run() { # run NAME COMMAND...
    local name=$1 started=$SECONDS verdict=passed
    shift
    echo "── $name: $*"
    "$@" || verdict="FAILED (exit code $?)"
    [ "$verdict" = passed ] || failed=1
    results+=("$(printf '%-12s %s in %d s' "$name" "$verdict" $((SECONDS - started)))")
}

# Most tests wait for sessions and servers. A file's tests stay together, for they share what was started for them; files
# in their own order, in which the long ones come first.
side_by_side=(-n 2 --dist loadfile --no-loadscope-reorder)

run ruff "$bin/ruff" check .
run format "$bin/ruff" format --check .
run mypy "$bin/mypy"
run floors "$bin/lint-imports"
[ "${1:-}" = --no-tests ] || run pytest "$bin/python" -m pytest "${side_by_side[@]}"

echo "──"
printf '%s\n' "${results[@]}"
exit $failed
