# Tests that failed beside others on a busy machine run once more, one after the other. What fails
# then has failed; the log and the summary show both runs. A sanitizer's report gets no second run.

sanitizer_report='(Address|Thread)Sanitizer:|LeakSanitizer: detected|runtime error:'

# unit_tests BUILD PATIENCE
unit_tests() {
  local log=$1/meson-logs/testlog.json failed
  meson test -C "$1" --print-errorlogs --no-rebuild -t "$2" && return
  grep -qE "$sanitizer_report" "$log" && return 1
  mapfile -t failed < <("$venv/bin/python" - "$log" << 'PYTHON'
import json
import sys

for line in open(sys.argv[1]):
    test = json.loads(line)
    if test["result"] not in ("OK", "EXPECTEDFAIL", "SKIP"):
        print(test["name"].rpartition(" / ")[2])
PYTHON
  )
  echo "Once more, alone: ${failed[*]}"
  [ ${#failed[@]} -gt 0 ] &&
    meson test -C "$1" --print-errorlogs --no-rebuild -t "$2" --num-processes 1 "${failed[@]}"
}

# end_to_end_tests BUILD PYTEST_ARGUMENTS...
end_to_end_tests() {
  local build=$1 log
  shift
  log=$(mktemp)
  local pytest=("$venv/bin/python" -m pytest -q -o cache_dir="$private/pytest-$(basename "$build")"
    "$root/tests/e2e")
  local beside=$((3 * $(nproc) + 1)) # most of a test is waiting
  export SIDETONE_BUILD=$build
  "${pytest[@]}" --numprocesses "$beside" --cache-clear "$@" 2>&1 | tee "$log"
  local status=${PIPESTATUS[0]}
  if [ "$status" = 1 ] && ! grep -qE "$sanitizer_report|exit code 99" "$log"; then
    echo "Once more, alone:"
    "${pytest[@]}" --last-failed "$@"
    status=$?
  fi
  rm -f "$log"
  return "$status"
}
