# ./tessera run
# shellcheck shell=bash disable=SC2034,SC2154 # top, cli and say are of ./tessera; options.sh uses needs

usage() {
    cat <<'EOF'
usage: ./tessera run [OPTION...] [-- QEMU-ARGUMENT...]

Boots Tessera in QEMU. The serial console is this terminal; every key reaches the kernel except Ctrl-C, which ends
QEMU. Type 'help' at the prompt. When standard input is not a terminal, its lines are typed at the prompt, one after
the other, and 'halt' at its end.

  --mem SIZE         memory: 128M unless told; K, M, G or T behind the number, from 1M to 1T, in steps of 8K
  --machine NAME     pc (unless told) or q35
  --display          show the machine's screen in a window
  --drills           boot the image that has drills: the same kernel, and what tries its promises ('drill ?' lists them)
  --exec 'CMD; CMD'  type these commands (one a line will do too), print their output, then halt
  --map FILE [NAME]  boot on the memory map in FILE instead of the machine's own (any form that './tessera plan' reads;
                     NAME picks one of several). Memory that the machine does not have is never used: what FILE says
                     of it, ACPI tables too, counts as reserved. The loader, which does not know FILE, places the
                     image by the machine's own map. Without --mem the machine gets as much as FILE speaks of
  --timeout SECONDS  give up after so long: 120 unless told, no limit at a terminal

Exit status: 0 only when the kernel itself reported success ('halt' does); 1 when it reported a failure, a command
failed, the machine was reset or powered off, QEMU ended by itself, the time was up, or the build failed; 2 wrong usage
or a missing program; 130 ended by Ctrl-C; 141 nobody reads the output any more.
EOF
}

main() {
    local arguments=() needs=(needs_build needs_qemu) rest=()
    # shellcheck source=/dev/null
    . "$cli/options.sh"
    read_options 'exec|timeout' "$@"
    prepare_machine
    exec python3 "$cli/run.py" --image "$top/build/kernel/tessera.img" --planner "$top/build/host/planner" \
        "${arguments[@]}" "${rest[@]}"
}
