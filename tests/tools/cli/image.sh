# ./tessera image
# shellcheck shell=bash disable=SC2154 # top, cli and say are of ./tessera

usage() {
    cat <<'EOF'
usage: ./tessera image

Builds the raw disk image. Its path is the last line printed. Boot it with any PC BIOS, from a hard disk or USB drive
with 512-byte sectors.

Exit status: 0 built, 1 the build failed, 2 wrong usage or a missing program.
EOF
}

main() {
    [ "${1-}" != -- ] || shift
    [ $# -eq 0 ] || wrong_usage "unknown argument '$1'"
    install_missing needs_build
    build kernel
    printf '%s\n' "$top/build/kernel/tessera.img"
}
