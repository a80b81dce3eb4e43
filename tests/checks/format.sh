#!/usr/bin/env bash
# Names the C++ files that are not as clang-format-19 writes them (.clang-format). To mend them: format.sh --fix
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

mapfile -t files < <(find protocol storage server bench tests -name node_modules -prune -o -name '*.[ch]pp' -print)
if [[ ${1:-} == --fix ]]; then
    exec clang-format-19 -i "${files[@]}"
fi
wrong=$(clang-format-19 --dry-run "${files[@]}" 2>&1 | sed -n 's/^\([^:]*\):[0-9].*$/\1/p' | sort -u)
if [[ -n $wrong ]]; then
    printf 'not formatted (tests/checks/format.sh --fix mends it):\n%s\n' "$wrong"
    exit 1
fi
