# ./tessera test
# shellcheck shell=bash disable=SC2154 # top, cli and say are of ./tessera

usage() {
    cat <<'EOF'
usage: ./tessera test [--long] [FILTER]

Builds kernel and host tests with gcc and with clang, and runs everything: layout and rules of the sources, static
analysis, host tests under sanitizers, the kernel in QEMU, the commands in the documentation, the same image bytes from
another folder. One line a step; the output of a step that fails; at the end a line 'N passed, N failed'.

  FILTER   only what has this text in its name: a step, a host test (as 'memmap'), or a QEMU case (as 'q35')
  --long   longer random runs, branch coverage (explained in docs/coverage.md), fuzzing

Random tests print their seed; TESSERA_SEED=N repeats one.

Exit status: 0 all passed, 1 some failed, 2 nothing has that name, wrong usage, or a missing program.
EOF
}

main() {
    local filter='' long=''
    while [ $# -gt 0 ]; do
        case $1 in
            --long) long=--long ;;
            --) ;;
            '') wrong_usage 'the filter is empty' ;;
            -*) wrong_usage "unknown option '$1'" ;;
            *)
                [ -z "$filter" ] || wrong_usage "one filter is enough: '$1'"
                filter=$1
                ;;
        esac
        shift
    done
    install_missing needs_build needs_host_build needs_qemu needs_bench needs_checks needs_gdb ${long:+needs_coverage}
    exec python3 "$cli/test.py" ${long:+"$long"} ${filter:+"--filter=$filter"}
}
