# ./tessera plan
# shellcheck shell=bash disable=SC2154 # top, cli and say are of ./tessera

usage() {
    cat <<'EOF'
usage: ./tessera plan [OPTION...] [FILE|-] [NAME]

Shows where kernel image and heap would go on a machine's memory map: the map, the plan drawn to scale, and what is not
used, with the reason. The planner runs the kernel's own object code. FILE (or standard input) is one of, as pasted:
  a Linux boot log (old or new style, with time stamps or syslog prefixes, or a whole dmesg)
  FreeBSD 'SMAP type=' lines
  JSON lines as in tests/maps/maps.jsonl; NAME picks one of several
  what the kernel itself prints ('tessera-map:' lines, or a whole boot transcript)

  --json             print the placement certificate only: the JSON that the kernel prints after 'tessera: plan'
  --phys-bits N      physical address width of the processor, 52 unless told
  --page-bits N      largest page of the direct map: 21 (2 MiB, unless told) or 30 (1 GiB)
  --image START-END  where the image lies, in hexadecimal, the end exclusive; unless told, where the loader would put
                     the kernel that this checkout builds

Exit status: 0 there is a plan, 1 the plan is refused (and why), 2 unreadable input (and the line), wrong usage, or a
missing program.
EOF
}

main() {
    local arguments=() files=() image_given='' option value
    while [ $# -gt 0 ]; do
        option=${1%%=*}
        case $1 in
            --)
                shift
                break
                ;;
            --json) arguments+=("$1") ;;
            --image | --phys-bits | --page-bits | --image=* | --phys-bits=* | --page-bits=*)
                value=${1#*=}
                if [ "$option" = "$1" ]; then
                    [ $# -ge 2 ] || wrong_usage "$1 needs a value"
                    value=$2
                    shift
                fi
                check_value "$option" "$value"
                arguments+=("$option=$value")
                [ "$option" != --image ] || image_given=yes
                ;;
            -?*) wrong_usage "unknown option '$1'" ;;
            *) files+=("$1") ;;
        esac
        shift
    done
    files+=("$@")
    [ ${#files[@]} -le 2 ] || wrong_usage "one FILE and one NAME are enough: '${files[2]}'"
    case ${files[0]--} in -) ;; *) check_file "${files[0]}" ;; esac
    install_missing needs_build needs_host_build
    build host planner
    if [ -z "$image_given" ]; then
        build kernel
        arguments+=(--image-file "$top/build/kernel/kernel.bin")
    fi
    exec "$top/build/host/planner" "${arguments[@]}" -- "${files[@]}"
}
