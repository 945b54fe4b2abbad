#!/bin/sh
# Three agents on this machine form a cluster, one event is sent, and every node runs its handler for it.
# demo.sh [BINARY]
set -eu

serf=${1:-out/serf}
gossip_port=17946
rpc_port=17373
nodes="1 2 3"
seconds_max=20

folder=$(mktemp -d)
pids=

finish() {
    status=$?
    trap - EXIT INT TERM
    for pid in $pids; do
        kill -KILL "$pid" 2>/dev/null || :
    done
    wait 2>/dev/null || :
    rm -rf "$folder"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() {
    printf '\n# %s\n' "$*"
}

show() {
    printf '$ serf %s\n' "$*"
    "$serf" "$@"
}

fail() {
    echo "The demo failed: $*" >&2
    for n in $nodes; do
        echo "--- output of node$n" >&2
        tail -n 20 "$folder/node$n.log" >&2 || :
    done
    exit 1
}

# await WHAT COMMAND...: until the command succeeds, at most seconds_max.
await() {
    what=$1
    shift
    tries=$((seconds_max * 10))
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "waited $seconds_max seconds for $what"
        sleep 0.1
    done
}

members_alive() {
    [ "$("$serf" members -rpc-addr="127.0.0.$1:$rpc_port" -status=alive | grep -c node)" = 3 ]
}

ended() {
    ! kill -0 "$1" 2>/dev/null
}

say "Three agents, each with a handler for the user event 'deploy'"
for n in $nodes; do
    # A handler is any shell command. It finds the event in its environment and the payload on its standard input;
    # this one writes what it found to the file of its node.
    cat >"$folder/deploy$n.sh" <<SCRIPT
{
    echo "on \$SERF_SELF_NAME:"
    echo "  event    \$SERF_USER_EVENT"
    echo "  time     \$SERF_USER_LTIME"
    echo "  payload  \$(cat)"
} >"$folder/node$n.part"
mv "$folder/node$n.part" "$folder/node$n.out"
SCRIPT
    echo "\$ serf agent -node=node$n -bind=127.0.0.$n:$gossip_port -rpc-addr=127.0.0.$n:$rpc_port \\"
    echo "    -event-handler='user:deploy=sh deploy$n.sh' &"
    "$serf" agent -node="node$n" -bind="127.0.0.$n:$gossip_port" -rpc-addr="127.0.0.$n:$rpc_port" \
        -event-handler="user:deploy=sh '$folder/deploy$n.sh'" >"$folder/node$n.log" 2>&1 &
    pids="$pids $!"
    eval "pid$n=$!"
done
for n in $nodes; do
    await "node$n to start" grep -q 'Log data will now stream' "$folder/node$n.log"
done

say "They become one cluster"
show join -rpc-addr="127.0.0.1:$rpc_port" "127.0.0.2:$gossip_port" "127.0.0.3:$gossip_port"
for n in $nodes; do
    await "node$n to see three members" members_alive "$n"
done
show members -rpc-addr="127.0.0.2:$rpc_port"

say "One event, sent to any of them"
show event -rpc-addr="127.0.0.3:$rpc_port" deploy v1.2.3

say "reaches the handler of every node"
for n in $nodes; do
    await "the handler of node$n" test -e "$folder/node$n.out"
done
pr -m -t -w 84 "$folder/node1.out" "$folder/node2.out" "$folder/node3.out" | expand

say "All leave"
for n in $nodes; do
    show leave -rpc-addr="127.0.0.$n:$rpc_port"
    eval "pid=\$pid$n"
    await "node$n to end" ended "$pid"
    wait "$pid" || fail "node$n ended with status $?"
done
pids=
