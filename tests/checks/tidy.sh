#!/usr/bin/env bash
# clang-tidy on the sources that stdin names: tidy.sh BUILD_FOLDER MINUTES (0: as long as it takes).
# When the minutes are over it says how many were not read; those are left to `./test --long --only tidy`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=$1
ends=$(($2 > 0 ? SECONDS + 60 * $2 : 1 << 30))
known=$(sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$build/compile_commands.json")
failures=$(mktemp)
trap 'rm -f "$failures"' EXIT

read_one() {
    clang-tidy-19 --quiet -p "$build" "$1" 2>/dev/null || echo "$1" >>"$failures"
}

checked=0 left=0
while read -r source; do
    # Not in this build (a benchmark, say): nothing is known of how it is compiled.
    grep -qxF "$PWD/$source" <<<"$known" || continue
    if ((SECONDS >= ends)); then
        left=$((left + 1))
        continue
    fi
    while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n || true; done
    read_one "$source" &
    checked=$((checked + 1))
done
wait

echo "clang-tidy read $checked sources"
((left == 0)) || echo "no time for $left more: ./test --long --only tidy reads them"
if [[ -s $failures ]]; then
    echo "with findings: $(sort "$failures" | xargs)"
    exit 1
fi
