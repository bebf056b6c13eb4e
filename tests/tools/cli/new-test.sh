# ./tessera new-test
# shellcheck shell=bash disable=SC2154 # top, cli and say are of ./tessera

usage() {
    cat <<'EOF'
usage: ./tessera new-test NAME FILE [MAP]

Turns a machine's boot log into a test: writes tests/test_map_NAME.c with the memory map in FILE (any form that
'./tessera plan' reads; MAP picks one of several) and what the plan is on it today. './tessera test NAME' runs it.
An existing file is never overwritten.

Exit status: 0 written, 1 it could not be written, 2 unreadable input, wrong usage, or a missing program.
EOF
}

main() {
    local argument
    if [ "${1-}" = -- ]; then
        shift
    else
        for argument in "$@"; do
            case $argument in -?*) wrong_usage "unknown option '$argument'" ;; esac
        done
    fi
    case $# in 2 | 3) ;; *) wrong_usage 'new-test takes a name and a file' ;; esac
    [[ $1 =~ ^[a-z][a-z0-9_]*$ ]] || wrong_usage "'$1' is not a name: lower-case letters, digits and '_'"
    [ "$2" = - ] || check_file "$2"
    [ ! -e "$top/tests/test_map_$1.c" ] || die "tests/test_map_$1.c exists, and is not overwritten"
    install_missing needs_build needs_host_build
    build host planner
    exec python3 "$top/tests/tools/new_test.py" --planner "$top/build/host/planner" -- "$@"
}
