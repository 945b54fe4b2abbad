#!/bin/sh
# man.sh BINARY VERSION: the manual page serf.1 on standard output, made of the help texts of the program.
set -eu

serf=$1
version=$2

# What stands in a help text, with its indents; a dot or an apostrophe at the start of a line is none of troff's.
verbatim() {
    echo .nf
    sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^\([.']\)/\\\\\&\1/"
    echo .fi
}

# The commands are the indented lines of the general help, which ends with a status of its own.
general=$("$serf" -h 2>&1 || :)
commands=$(echo "$general" | sed -n 's/^    \([a-z][a-z-]*\)  .*/\1/p')
[ -n "$commands" ]

cat <<HEAD
.TH SERF 1 "" "serf $version" "User Commands"
.SH NAME
serf \\- cluster membership, failure detection and events by gossip
.SH SYNOPSIS
.B serf
.I COMMAND
.RI [ ARGUMENTS ]
.SH DESCRIPTION
HEAD
echo "$general" | verbatim
for command in $commands; do
    # The original has no help for this one.
    text=$("$serf" "$command" -h 2>&1 || :)
    [ -n "$text" ] || continue
    printf '.SH SERF %s\n' "$(echo "$command" | tr '[:lower:]-' '[:upper:] ')"
    echo "$text" | verbatim
done
cat <<'TAIL'
.SH ENVIRONMENT
.TP
.B SERF_RPC_ADDR
Address of the agent's RPC listener for all commands but
.BR agent .
.TP
.B SERF_RPC_AUTH
The token to show to it.
.TP
.B SERF_RPC_AUTH_FILE
A file that holds this token.
.TP
.B SERF_ENCRYPT_KEY
The key of the agent's gossip, where no setting gives one.
.TP
.B SERF_AGENT_RPC_AUTH
The token that the agent asks for, likewise.
.TP
.B NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID
How the agent tells a service manager that it is ready, and alive.
.SH FILES
.TP
.I /etc/serf/*.json
Configuration of the service.
.TP
.I /etc/default/serf
More flags of the service.
.TP
.I /var/lib/serf
What the service may write: snapshot, tags file, keyring file.
TAIL
