# ./tessera debug
# shellcheck shell=bash disable=SC2154 # top, cli and say are of ./tessera

usage() {
    cat <<'EOF'
usage: ./tessera debug [--mem SIZE] [--machine NAME] [--batch 'CMD; CMD'] [-- QEMU-ARGUMENT...]

Boots Tessera in QEMU, stopped at the processor's first instruction, with gdb attached: the kernel's symbols are loaded
and a breakpoint stands at its first instruction, so 'continue' stops there. Further commands in gdb:
  tessera-serial          what the machine has printed on the serial line so far
  tessera-map             the firmware's memory map, once read
  tessera-plan            where the plan puts everything, once made
  tessera-heap            the heap's regions in figures, once there
  tessera-tables ADDRESS  the page-table entries that an address goes through

  --mem SIZE, --machine NAME   as for './tessera run'
  --batch 'CMD; CMD'           run these gdb commands instead of asking for some, then end

Exit status: that of gdb; 1 when QEMU does not start; 2 wrong usage or a missing program.
EOF
}

main() {
    local arguments=()
    while [ $# -gt 0 ]; do
        case $1 in
            --mem | --machine | --batch)
                [ $# -ge 2 ] || wrong_usage "$1 needs a value"
                check_value "$1" "$2"
                arguments+=("$1=$2")
                shift 2
                ;;
            --) break ;;
            -*) wrong_usage "unknown option '$1'" ;;
            *) wrong_usage "unknown argument '$1'" ;;
        esac
    done
    install_missing needs_build needs_qemu needs_gdb
    build kernel
    exec python3 "$cli/debug.py" --image "$top/build/kernel/tessera.img" --symbols "$top/build/kernel/kernel.elf" \
        "${arguments[@]}" "$@"
}
