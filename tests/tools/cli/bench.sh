# ./tessera bench
# shellcheck shell=bash disable=SC2154 # top and cli are of ./tessera

usage() {
    cat <<'EOF'
usage: ./tessera bench [--json]

What the kernel heap's operations cost, in instructions.
  kernel   counted exactly, inside the kernel, in QEMU at 128 MiB: least, median and most of each operation.
           './tessera test' compares the medians with tests/budgets.json
  host     the heap's own sources as a shared object, and Debian's jemalloc, mimalloc and glibc, on the same workloads
           under callgrind: instructions for an allocation and a free. System calls, which only the peers make, are
           not in it; Tessera's check of every free is

  --json   print {"kernel":{NAME:{"min":N,"median":N,"max":N}},"host":{WORKLOAD:{ALLOCATOR:N}}}

Exit status: 0 measured, 1 something failed, 2 wrong usage or a missing program.
EOF
}

main() {
    local json=''
    while [ $# -gt 0 ]; do
        case $1 in
            --json) json=--json ;;
            -*) wrong_usage "unknown option '$1'" ;;
            *) wrong_usage "unknown argument '$1'" ;;
        esac
        shift
    done
    install_missing needs_build needs_host_build needs_qemu needs_bench
    build kernel
    build host host_bench tessera_yardstick
    exec python3 "$cli/bench.py" --image "$top/build/kernel/tessera.img" --host "$top/build/host" ${json:+"$json"}
}
