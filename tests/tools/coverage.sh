#!/usr/bin/env bash
# Which branches of mm/, core/e820.c and core/acpi*.c do the host tests not take? Fails when one is not explained in docs/coverage.md.
# usage: coverage.sh [BUILD_FOLDER]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=${1:-build/coverage}

cmake --preset coverage -B "$build" >/dev/null
cmake --build "$build"
find "$build" -name '*.gcda' -delete
# With chance in it, a branch would be taken today and not tomorrow.
TESSERA_SEED=1 ctest --test-dir "$build" -j 2 --output-on-failure

# An assertion's other side is our own mistake; no input reaches it.
gcovr --root . --filter 'mm/' --filter 'core/e820\.c' --filter 'core/acpi.*\.c' --exclude-branches-by-pattern '.*kassert\(' \
    --json "$build/coverage.json" "$build"
python3 tests/tools/coverage_report.py "$build/coverage.json" docs/coverage.md
