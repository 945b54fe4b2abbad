namespace Serf.Cli.Commands;

/// <summary>What <c>serf agent -h</c> says.</summary>
internal static class AgentHelp
{
    public const string Text = """
        Usage: serf agent [options]

          Runs a Serf node in the foreground until it is told to leave or is interrupted. The node
          gossips over TCP and UDP on its bind address and answers the other commands of this program
          on its RPC address.

          Settings come from files first and flags second. An empty, zero or false flag counts as not
          given, so a flag cannot reset what a file sets.

        Options:

          -node=NAME               Name of this node, unique in the cluster. Default: the host name.
          -bind=ADDRESS            Gossip address, as IP, IP:PORT or [IPV6]:PORT, for TCP and UDP.
                                   Default: 0.0.0.0:7946.
          -advertise=ADDRESS       Address told to the other nodes, if they cannot reach the bind
                                   address; port 7946 unless given. Default: the bind address.
          -iface=NAME              Network interface to bind to. Default: none.
          -encrypt=KEY             Key that seals all gossip, as "serf keygen" makes them: 16, 24 or 32
                                   bytes in base64. The same on every node. The process list shows
                                   it: a configuration file (encrypt_key) or -keyring-file does not.
                                   Default: none.
          -keyring-file=PATH       JSON array of such keys: the first one seals, all of them open what
                                   comes. The file must be there. Not together with -encrypt.
                                   Default: none.
          -join=ADDRESS            Node to join at start; if all fail the agent exits. May be repeated.
                                   Default: none.
          -retry-join=ADDRESS      Node to join in the background, again and again until one answers. May
                                   be repeated. Default: none.
          -retry-interval=TIME     Pause between two such attempts; at least 1s. Default: 30s.
          -retry-max=NUMBER        Attempts after the first one; if all fail the agent exits. 0 stands
                                   for no limit. Default: 0.
          -replay                  Ask for past user events when joining. Default: false.
          -rpc-addr=ADDRESS        Where the other commands reach this agent. Without a token in the
                                   configuration (rpc_auth) everybody who can connect controls it.
                                   unix:///run/serf.sock is a file that only its owner may use.
                                   Default: 127.0.0.1:7373.
          -event-handler=SPEC      Command to run for events, see below. May be repeated.
                                   Default: none.
          -tag=KEY=VALUE           Tag of this node; all tags together take at most 512 bytes. May be
                                   repeated. Default: none.
          -tags-file=PATH          JSON object of tags, read at start if it is there and rewritten when
                                   "serf tags" changes them, so that they outlive the agent. Not
                                   together with -tag, -role or tags in a file. Default: none.
          -role=NAME               Deprecated: the same as -tag role=NAME. Default: none.
          -profile=NAME            Timing of failure detection and gossip: lan, wan or local.
                                   Default: lan.
          -snapshot=PATH           File that remembers the members and how much was heard, so that the
                                   node finds its cluster again when it is restarted. The folder must
                                   be writable.
                                   Default: none.
          -rejoin                  Join again after a leave too: the leave in the snapshot is ignored.
                                   Default: false.
          -protocol=NUMBER         Serf protocol version to speak, from 2 to 5. Default: 5.
          -log-level=LEVEL         Lowest level of log lines on the terminal: trace, debug, info, warn
                                   or err. Default: info.
          -config-file=PATH        JSON file with settings. May be repeated, also together with
                                   -config-dir: all are loaded in the order given, and later ones win.
                                   Default: none.
          -config-dir=PATH         Directory whose *.json files are loaded in the order of their names.
                                   May be repeated. Default: none.
          -disable-compression     Do not compress gossip messages. Default: false.
          -broadcast-timeout=TIME  Longest wait for the announcement of a leave, a force-leave or new
                                   tags, such as 500ms, 5s or 1m; at least 1s. Default: 5s.

        Event handlers:

          A handler is a command for the shell, with the events it is for in front:

            COMMAND                Every event.
            *=COMMAND              Every event; needed if the command itself contains a "=".
            TYPE=COMMAND           Events of one type: member-join, member-leave, member-failed,
                                   member-update, member-reap, user or query.
            user:NAME=COMMAND      User events of this name.
            query:NAME=COMMAND     Queries of this name.
            A,B,...=COMMAND        Any of these, separated by commas without spaces.

          The command finds the event in SERF_EVENT and, for user events and queries, in
          SERF_USER_EVENT or SERF_QUERY_NAME; members or the payload come on its standard input. What
          it prints for a query is the answer.

        Examples:

          A web server that joins a cluster and restarts on demand:

            serf agent -node=web1 -bind=10.0.0.11 -join=10.0.0.10 -tag role=web \
                -event-handler='user:deploy=systemctl restart myapp'

          A node that follows the cluster and tells its load when asked:

            serf agent -node=watch -bind=10.0.0.20 -join=10.0.0.10 -join=10.0.0.11 \
                -event-handler='member-join,member-leave,member-failed=/usr/local/bin/update-lb' \
                -event-handler='query:load=uptime'
        """;
}
