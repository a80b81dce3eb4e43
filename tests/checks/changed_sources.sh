#!/usr/bin/env bash
# The C++ sources that this change touches, one a line, the newest first; with `all`: every source.
# Changed means: against the merge base with origin/main; on main itself, the last commit; and what is not committed.
# A changed header counts as its own source file.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

rooms=(protocol storage server bench tests)

if [[ ${1:-} == all ]]; then
    git ls-files -- "${rooms[@]}" | grep '\.cpp$' | grep -v '^tests/checks/' || true
    exit 0
fi

base=$(git merge-base HEAD origin/main 2>/dev/null || true)
if [[ -z $base || $base == $(git rev-parse HEAD) ]]; then
    # A clone without history cannot say what changed: then only what is not committed.
    base=$(git rev-parse --verify --quiet HEAD~1) || base=HEAD
fi
{
    git diff --name-only --diff-filter=d "$base" -- "${rooms[@]}"
    git ls-files --others --exclude-standard -- "${rooms[@]}"
} | sed -n 's/\.[ch]pp$/.cpp/p' | sort -u | while read -r source; do
    if [[ -e $source ]]; then printf '%s\t%s\n' "$(stat -c %Y "$source")" "$source"; fi
done | sort -rn | cut -f2
