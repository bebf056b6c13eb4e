# Words to the user, and what several commands check. Sourced by ./tessera.
# shellcheck shell=bash disable=SC2154 # top and command are of ./tessera

say() {
    printf 'tessera: %s\n' "$*" >&2
}

die() {
    say "$1"
    exit "${2:-1}"
}

wrong_usage() {
    say "$1"
    say "see './tessera ${command:+$command }--help'"
    exit 2
}

# What is wrong with a value is said before anything is installed or built.
check_value() {
    case $1 in
        --mem) check_memory "$2" ;;
        --machine) [[ $2 =~ ^(pc|q35)$ ]] || wrong_usage "--machine '$2' is neither pc nor q35" ;;
        --map) check_file "$2" ;;
        --exec) check_typed "$2" ;;
        --timeout)
            [[ $2 =~ ^[0-9]{1,6}(\.[0-9]+)?$ && $2 =~ [1-9] ]] ||
                wrong_usage "--timeout '$2' is not a number of seconds"
            ;;
        --phys-bits) [[ $2 =~ ^0*([1-9]|[1-5][0-9]|6[0-4])$ ]] || wrong_usage "--phys-bits '$2' is not a number from 1 to 64" ;;
        --page-bits) [[ $2 =~ ^(21|30)$ ]] || wrong_usage "--page-bits '$2' is neither 21 nor 30" ;;
        --image)
            [[ $2 =~ ^(0x)?[0-9a-fA-F]+-(0x)?[0-9a-fA-F]+$ ]] ||
                wrong_usage "--image '$2' is not START-END in hexadecimal; write for example 0x100000-0x140000"
            ;;
    esac
}

# From 1 MiB to 1 TiB, in pages; QEMU gives memory in pairs of them.
check_memory() {
    local shift=0 number
    [[ $1 =~ ^0*([1-9][0-9]{0,12})([KMGTkmgt]?)$ ]] || wrong_usage "--mem '$1' is not a size; write for example 128M"
    number=${BASH_REMATCH[1]}
    case ${BASH_REMATCH[2]} in
        [Kk]) shift=10 ;;
        [Mm]) shift=20 ;;
        [Gg]) shift=30 ;;
        [Tt]) shift=40 ;;
    esac
    ((number <= 1 << (40 - shift) && number << shift >= 1 << 20)) ||
        wrong_usage "--mem '$1' is not from 1M to 1T"
    (((number << shift) % 8192 == 0)) || wrong_usage "--mem '$1' is not a multiple of 8K"
}

check_file() {
    [ -e "$1" ] || wrong_usage "cannot read '$1': No such file or directory"
    [ ! -d "$1" ] || wrong_usage "cannot read '$1': Is a directory"
    [ -r "$1" ] || wrong_usage "cannot read '$1': Permission denied"
}

# The kernel's prompt knows printable ASCII alone; a byte that it would pass over must not change a command's meaning.
check_typed() {
    local LC_ALL=C
    [[ $1 != *[!$'\n'\ -~]* ]] || wrong_usage "--exec takes printable ASCII characters, and ';' or new lines between commands"
}
