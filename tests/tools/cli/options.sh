# The options that run and debug share: what machine to boot. Sourced by both.
# shellcheck shell=bash disable=SC2034,SC2154 # arguments, needs and rest are of the caller

# read_options NAME|NAME ARGUMENT...: NAMEs are options with a value that one command has beside these. Leaves in `arguments`
# what goes to Python, in `needs` what that takes, and in `rest` all from -- on.
read_options() {
    local own=$1 option value
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        case $1 in
            --display)
                arguments+=("$1")
                needs+=(needs_window)
                shift
                continue
                ;;
            --drills)
                arguments+=("$1")
                shift
                continue
                ;;
            -*) option=${1%%=*} ;;
            *) wrong_usage "unknown argument '$1'" ;;
        esac
        [[ $option =~ ^--(mem|machine|map|$own)$ ]] || wrong_usage "unknown option '$1'"
        if [ "$option" = "$1" ]; then
            [ $# -ge 2 ] || wrong_usage "$1 needs a value"
            value=$2
            shift 2
        else
            value=${1#*=}
            shift
        fi
        check_value "$option" "$value"
        arguments+=("$option=$value")
        [ "$option" = --map ] || continue
        needs+=(needs_host_build)
        if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then
            [ -n "$1" ] || wrong_usage '--map: the NAME is empty'
            arguments+=("--map-name=$1")
            shift
        fi
    done
    rest=("$@")
}

# Installs and builds what the options need.
prepare_machine() {
    install_missing "${needs[@]}"
    build kernel
    case " ${needs[*]} " in *' needs_host_build '*) build host planner ;; esac
}
