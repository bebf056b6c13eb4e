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
        --mem)
            [[ $2 =~ ^[1-9][0-9]{0,12}[KMGTkmgt]?$ ]] ||
                wrong_usage "--mem '$2' is not a size; write for example 128M"
            ;;
        --machine) [[ $2 =~ ^(pc|q35)$ ]] || wrong_usage "--machine '$2' is neither pc nor q35" ;;
        --timeout)
            [[ $2 =~ ^[0-9]{1,6}(\.[0-9]+)?$ && $2 =~ [1-9] ]] ||
                wrong_usage "--timeout '$2' is not a number of seconds"
            ;;
    esac
}
