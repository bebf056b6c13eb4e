# ./tessera run
# shellcheck shell=bash disable=SC2154 # top, cli and say are of ./tessera

usage() {
    cat <<'EOF'
usage: ./tessera run [OPTION...] [-- QEMU-ARGUMENT...]

Boots Tessera in QEMU. The serial console is this terminal; every key reaches the kernel except Ctrl-C, which ends
QEMU. Type 'help' at the prompt. When standard input is not a terminal, its lines are typed at the prompt, one after
the other, and 'halt' at its end.

  --mem SIZE         memory: 128M unless told; K, M, G or T behind the number, up to 1T
  --machine NAME     pc (unless told) or q35
  --display          show the machine's screen in a window
  --exec 'CMD; CMD'  type these commands, print their output, then halt
  --map FILE [NAME]  boot on the memory map in FILE instead of the machine's own (any form that './tessera plan' reads;
                     NAME picks one of several). Memory that the machine does not have is never used. Without --mem
                     the machine gets as much as the map speaks of
  --timeout SECONDS  give up after so long: 120 unless told, no limit at a terminal

Exit status: 0 only when the kernel itself reported success ('halt' does); 1 when it reported a failure, a command
failed, the machine was reset or powered off, QEMU ended by itself, or the time was up; 2 wrong usage or a missing
program; 130 ended by Ctrl-C.
EOF
}

main() {
    local arguments=() needs=(needs_build needs_qemu)
    while [ $# -gt 0 ]; do
        case $1 in
            --mem | --machine | --exec | --timeout)
                [ $# -ge 2 ] || wrong_usage "$1 needs a value"
                check_value "$1" "$2"
                arguments+=("$1=$2")
                shift 2
                ;;
            --mem=* | --machine=* | --exec=* | --timeout=*)
                check_value "${1%%=*}" "${1#*=}"
                arguments+=("$1")
                shift
                ;;
            --display)
                arguments+=("$1")
                needs+=(needs_window)
                shift
                ;;
            --map)
                [ $# -ge 2 ] || wrong_usage "$1 needs a file"
                [ -r "$2" ] || wrong_usage "cannot read the map '$2'"
                arguments+=("--map=$2")
                needs+=(needs_host_build)
                shift 2
                if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then
                    arguments+=("--map-name=$1")
                    shift
                fi
                ;;
            --) break ;;
            -*) wrong_usage "unknown option '$1'" ;;
            *) wrong_usage "unknown argument '$1'" ;;
        esac
    done
    install_missing "${needs[@]}"
    build kernel
    case " ${needs[*]} " in *' needs_host_build '*) build host planner ;; esac
    exec python3 "$cli/run.py" --image "$top/build/kernel/tessera.img" --planner "$top/build/host/planner" \
        "${arguments[@]}" "$@"
}
