# What each command needs beside bash, and how it gets there. Sourced by ./tessera.
# shellcheck shell=bash
# Presence is asked of the programs themselves, so nothing here depends on a package manager until one is needed.

missing=() # "thing|Debian package|what for", one for each thing that is not here

# require THING PACKAGE PURPOSE CHECK...: CHECK succeeds when the thing is here.
require() {
    local row="$1|$2|$3"
    shift 3
    "$@" >/dev/null 2>&1 || missing+=("$row")
}

has_header() {
    printf '#include <%s>\n' "$1" | gcc -E -x c -
}

has_sanitizers() {
    printf 'int main(void) { return 0; }\n' | clang -fsanitize=address,undefined -x c -o /dev/null -
}

has_library() {
    env GLIBC_TUNABLES=glibc.rtld.optional_static_tls=65536 python3 -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$1"
}

has_window() {
    qemu-system-x86_64 -display help | grep -qE 'gtk|sdl|cocoa'
}

needs_build() {
    require gcc gcc 'compiles loader and kernel' command -v gcc
    require 'C library headers' libc6-dev 'for assert.h and the host tools' has_header assert.h
    require 'ld, objcopy' binutils 'link the kernel' command -v objcopy
    require nasm nasm 'assembles the first instructions' command -v nasm
    require cmake cmake 'configures the build' command -v cmake
    require ninja ninja-build 'runs the build' command -v ninja
    require python3 python3 'makes the disk image' python3 -c 'import argparse, json, selectors, subprocess, tempfile'
}

needs_host_build() {
    require 'cmocka.h' libcmocka-dev 'the framework of the host tests' has_header cmocka.h
}

needs_qemu() {
    require qemu-system-x86_64 qemu-system-x86 'the machine that it boots in' command -v qemu-system-x86_64
}

needs_window() {
    require 'a window for QEMU' qemu-system-gui 'shows the screen' has_window
}

needs_gdb() {
    require gdb gdb 'the debugger' command -v gdb
}

needs_bench() {
    require valgrind valgrind 'counts instructions' command -v valgrind
    require jemalloc libjemalloc2 'a peer to compare with' has_library libjemalloc.so.2
    require mimalloc libmimalloc2.0 'a peer to compare with' has_library libmimalloc.so.2.0
}

needs_coverage() {
    require gcovr gcovr 'counts the branches that tests take' command -v gcovr
}

needs_checks() {
    require clang clang 'the second compiler' command -v clang
    require 'sanitizers of clang' libclang-rt-dev 'run the host tests' has_sanitizers
    require clang-format clang-format 'checks the layout of C' command -v clang-format
    require clang-tidy clang-tidy 'reads C for mistakes' command -v clang-tidy
    require cppcheck cppcheck 'reads C for mistakes' command -v cppcheck
    require shellcheck shellcheck 'reads shell scripts for mistakes' command -v shellcheck
}

# install_missing NEED...: each NEED is a function needs_*. Returns when everything is here, else ends with status 2.
install_missing() {
    local need
    missing=()
    for need in "$@"; do "$need"; done
    [ ${#missing[@]} -gt 0 ] || return 0

    if ! command -v apt-get >/dev/null; then
        list_missing 'these are missing here; install them and try again:'
        exit 2
    fi
    install_packages
    hash -r
    missing=()
    for need in "$@"; do "$need"; done
    if [ ${#missing[@]} -gt 0 ]; then
        list_missing 'still missing after the installation:'
        exit 2
    fi
}

list_missing() {
    local row thing package purpose
    say "$1"
    for row in "${missing[@]}"; do
        IFS='|' read -r thing package purpose <<<"$row"
        printf '  %-22s %s (package %s)\n' "$thing" "$purpose" "$package" >&2
    done
}

install_packages() {
    local packages as_root=()
    mapfile -t packages < <(printf '%s\n' "${missing[@]}" | cut -d'|' -f2 | sort -u)
    if [ "$(id -u)" -ne 0 ]; then
        as_root=(sudo)
        if ! sudo -n true 2>/dev/null; then
            list_missing 'these are missing here:'
            say 'to install them without a password, neither root nor sudo is at hand; run this, and try again:'
            printf '  sudo apt-get install -y --no-install-recommends %s\n' "${packages[*]}" >&2
            exit 2
        fi
        as_root=(sudo -n)
    fi
    list_missing 'these are missing here and are installed with apt-get now:'
    apt_get update || die 'apt-get update failed' 2
    apt_get install -y --no-install-recommends "${packages[@]}" || die 'apt-get install failed' 2
}

# Quiet on success, everything on failure. Another apt-get at work is waited for, not fought.
apt_get() {
    local log
    log=$(mktemp)
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@" </dev/null >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}
