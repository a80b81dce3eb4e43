#!/usr/bin/env bash
# Lets one fuzz target look for new inputs: search.sh PROGRAM. It takes QRGATE_FUZZ_SECONDS (10); what it finds
# stays in fuzz-found/ beside the program, and the last lines say how to run it again. New inputs that reach new
# code stay in fuzz-corpus/ there, so that the next search goes on from them.
set -euo pipefail

program=$1
name=$(basename "$program")
name=${name#fuzz_}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
made=$(dirname "$program")/fuzz-corpus/$name
found=$(dirname "$program")/fuzz-found/$name
mkdir -p "$made" "$found"

# The short search of every change begins at one seed, so that runs are alike (not equal: libFuzzer also looks at
# addresses, which differ each time); a long one goes a new way.
seconds=${QRGATE_FUZZ_SECONDS:-10}
options=(-seed="$((seconds > 10 ? 0 : 1))" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2560 -max_len=4096 -print_final_stats=1)
[[ -e $here/dictionaries/$name.dict ]] && options+=(-dict="$here/dictionaries/$name.dict")
if "$program" "${options[@]}" -artifact_prefix="$found/" "$made" "$here/corpus/$name" 2>"$found/log"; then
    grep -E 'Done|stat::number_of_executed_units|stat::average_exec_per_sec' "$found/log" || true
    exit 0
fi
tail -60 "$found/log"
for input in "$found"/{crash,leak,timeout,oom,slow-unit}-*; do
    [[ -e $input ]] && echo "found: $input" && echo "again: $program $input"
done
exit 1
