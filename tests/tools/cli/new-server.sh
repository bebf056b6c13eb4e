# ./tessera new-server
# shellcheck shell=bash disable=SC2154 # top, cli and say are of ./tessera

usage() {
    cat <<'EOT'
usage: ./tessera new-server NAME [--user]

Makes a server that builds and passes its test: servers/NAME with its source, what others can ask of it, and a
conversation with it, which is its test; and its section in servers/manifest, where the rest is said of it.
'./tessera test server_NAME' plays the conversation. docs/first-server.md goes on from there.

  --user   isolated in ring 3, not a thread of the kernel; the line 'mode' in the manifest says so

Nothing that exists is overwritten.

Exit status: 0 made, 1 it could not be made, 2 wrong usage, or a missing program.
EOT
}

main() {
    local argument name='' mode=kernel
    for argument in "$@"; do
        case $argument in
            --user) mode=user ;;
            -*) wrong_usage "unknown option '$argument'" ;;
            *)
                [ -z "$name" ] || wrong_usage "one name is enough: '$argument'"
                name=$argument
                ;;
        esac
    done
    [ -n "$name" ] || wrong_usage 'new-server takes a name'
    install_missing needs_build
    exec python3 -B "$top/tests/tools/new_server.py" "$name" "$mode" "$top/servers"
}
