# ./tessera debug
# shellcheck shell=bash disable=SC2034,SC2154 # top, cli and say are of ./tessera; options.sh uses needs

usage() {
    cat <<'EOF'
usage: ./tessera debug [OPTION...] [-- QEMU-ARGUMENT...]

Boots Tessera in QEMU, stopped at the processor's first instruction, with gdb attached: the kernel's symbols are loaded
and a breakpoint stands at its first instruction, so 'continue' stops there. Further commands in gdb:
  tessera-serial          what the machine has printed on the serial line so far
  tessera-map             the firmware's memory map, once read
  tessera-plan            where the plan puts everything, once made
  tessera-heap            the heap's regions in figures, once there
  tessera-tables ADDRESS  the page-table entries that an address goes through

  --batch 'CMD; CMD'  run these gdb commands instead of asking for some, then end
  --mem SIZE, --machine NAME, --display, --drills, --map FILE [NAME]   as for './tessera run'

Exit status: that of gdb; 1 when the build fails or QEMU does not start; 2 wrong usage or a missing program.
EOF
}

main() {
    local arguments=() needs=(needs_build needs_qemu needs_gdb) rest=()
    # shellcheck source=/dev/null
    . "$cli/options.sh"
    read_options batch "$@"
    prepare_machine
    exec python3 "$cli/debug.py" --image "$top/build/kernel/tessera.img" --symbols "$top/build/kernel/kernel.elf" \
        --planner "$top/build/host/planner" "${arguments[@]}" "${rest[@]}"
}
