# Building with the presets of CMakePresets.json. Sourced by ./tessera; run by itself: build.sh PRESET [TARGET...]
# shellcheck shell=bash disable=SC2154 # top, cli and say are of ./tessera

# build PRESET [TARGET...]: silent unless it fails; then the whole output, and status 1. Two at once take turns.
build() {
    local preset=$1 log lock
    shift
    { mkdir -p "$top/build/$preset" && [ -w "$top/build/$preset" ] && exec {lock}>"$top/build/.$preset.lock"; } 2>/dev/null ||
        die "cannot write in '$top/build', where everything is built"
    log=$(mktemp)
    flock --nonblock "$lock" || {
        say "waiting for another build of '$preset'"
        flock "$lock"
    }
    if ! { configure "$preset" && cmake --build "$top/build/$preset" ${1:+--target "$@"}; } >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        die "building '$preset' failed; the compiler's words stand above"
    fi
    exec {lock}>&-
    rm -f "$log"
}

# Once is enough: the build itself configures again where CMake's files have changed. A folder that was moved or copied
# along with its build is configured afresh, since the old paths stand in its cache.
configure() {
    local cache=$top/build/$1/CMakeCache.txt fresh=()
    if [ -e "$cache" ]; then
        if grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$top" "$cache"; then
            [ ! -e "$top/build/$1/build.ninja" ] || return 0
        else
            fresh=(--fresh)
        fi
    fi
    (cd "$top" && cmake "${fresh[@]}" --preset "$1")
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -euo pipefail
    top=$(cd "$(dirname "$0")/../../.." && pwd -P)
    . "$top/tests/tools/cli/common.sh"
    build "$@"
fi
