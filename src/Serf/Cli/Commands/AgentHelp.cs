namespace Serf.Cli.Commands;

/// <summary>What <c>serf agent -h</c> says.</summary>
internal static class AgentHelp
{
    public const string Text = """
        Usage: serf agent [options]

          Runs a Serf node in the foreground until it is told to leave or is
          interrupted. The node gossips over TCP and UDP on its bind address and answers
          the other commands of this program on its RPC address.

          Settings come from files first and flags second. An empty, zero or false flag
          counts as not given, so a flag cannot reset what a file sets.

        Options:

          -node=NAME               Name of this node, unique in the cluster.
                                   Default: the host name.
          -bind=ADDRESS            Gossip address, as IP, IP:PORT or [IPV6]:PORT, for
                                   TCP and UDP. Default: 0.0.0.0:7946.
          -advertise=ADDRESS       Address told to the other nodes, if they cannot reach
                                   the bind address; port 7946 unless given.
                                   Default: the bind address.
          -iface=NAME              Network interface to bind to. Default: none.
          -discover=CLUSTER        Find the other nodes of this cluster by multicast,
                                   and be found. Default: no discovery.
          -mdns-iface=NAME         Network interface for that.
                                   Default: that of -iface, else the system chooses.
          -mdns-disable-ipv4       Do not look for nodes over IPv4; those that ask over
                                   IPv4 are answered. Default: false.
          -mdns-disable-ipv6       The same for IPv6. Default: false.
          -encrypt=KEY             Key that seals all gossip, as "serf keygen" makes
                                   them: 16, 24 or 32 bytes in base64. The same on every
                                   node. The process list shows it: a configuration file
                                   (encrypt_key) or -keyring-file does not.
                                   Default: none.
          -encrypt-file=PATH       File that holds such a key and nothing else. Without
                                   flag and setting the key may also come in the
                                   environment variable SERF_ENCRYPT_KEY, which no event
                                   handler gets to see. Default: none.
          -keyring-file=PATH       JSON array of such keys: the first one seals, all of
                                   them open what comes. The file must be there. Not
                                   together with -encrypt. Default: none.
          -encrypt-verify-incoming Accept nothing but sealed gossip if there is a key;
                                   false accepts clear gossip too. Default: true.
          -encrypt-verify-outgoing Seal what is sent if there is a key. Default: true.
                                   Encrypting a cluster that runs takes three rounds of
                                   restarts, one node after the other, each round
                                   finished on all nodes before the next: with the key
                                   and both of these false; with incoming alone false;
                                   with neither.
          -label=TEXT              Name of the cluster, up to 255 bytes, in front of all
                                   gossip: what bears another label, or none, is
                                   refused. The original's agent has no labels.
                                   Default: none.
          -skip-inbound-label-check
                                   Accept what bears no label beside what bears ours,
                                   and any label where none is set. Giving a label to a
                                   cluster that runs takes three such rounds: with this
                                   flag alone; with the label as well; with the label
                                   alone. Default: false.
          -join=ADDRESS            Node to join at start; if all fail the agent exits.
                                   May be repeated. Default: none.
          -retry-join=ADDRESS      Node to join in the background, again and again until
                                   one answers. May be repeated. Default: none.
          -retry-interval=TIME     Pause between two such attempts; at least 1s.
                                   Default: 30s.
          -retry-max=NUMBER        Attempts after the first one; if all fail the agent
                                   exits. 0 stands for no limit. Default: 0.
          -replay                  Ask for past user events when joining.
                                   Default: false.
          -rpc-addr=ADDRESS        Where the other commands reach this agent, as
                                   IP:PORT, or as unix:///PATH for a socket file that
                                   only its owner can use. Without a token (rpc_auth)
                                   everybody who can connect controls the agent.
                                   Default: 127.0.0.1:7373.
          -rpc-auth-file=PATH      File that holds that token and nothing else. It may
                                   also come in the environment variable
                                   SERF_AGENT_RPC_AUTH. Default: none.
          -event-handler=SPEC      Command to run for events, see below. May be
                                   repeated. Default: none.
          -handler-timeout=TIME    Longest run of a handler, such as 30s or 5m; what
                                   takes longer is ended with all it has started.
                                   Default: 0, no limit.
          -handler-concurrency=N   Handlers that run at the same time, at most 64. Each
                                   handler runs once at a time whatever this says.
                                   Default: 64.
          -tag=KEY=VALUE           Tag of this node; all tags together take at most 512
                                   bytes. May be repeated. Default: none.
          -tags-file=PATH          JSON object of tags, read at start if it is there and
                                   rewritten when "serf tags" changes them, so that they
                                   outlive the agent. Not together with -tag, -role or
                                   tags in a file. Default: none.
          -role=NAME               Deprecated: the same as -tag role=NAME.
                                   Default: none.
          -profile=lan|wan|local   Timing of failure detection and gossip: that of a
                                   network, of one that is wide, or of one machine.
                                   Default: lan.
          -snapshot=PATH           File that remembers the members and how much was
                                   heard, so that the node finds its cluster again when
                                   it is restarted. The folder must be writable.
                                   Default: none.
          -rejoin                  Join again after a leave too: the leave in the
                                   snapshot is ignored. Default: false.
          -protocol=2|3|4|5        Serf protocol version to speak. Default: 5.
          -log-level=trace|debug|info|warn|err
                                   Lowest level of log lines on the terminal.
                                   Default: info.
          -log-format=text|json    How lines on the terminal look; json is one JSON
                                   object a line. Default: text.
          -syslog                  Copy log lines to the system's syslog, as facility
                                   local0 unless syslog_facility in a file says
                                   otherwise. Default: false.
          -config-file=PATH        JSON file with settings. May be repeated, also
                                   together with -config-dir: all are loaded in the
                                   order given, and later ones win. Default: none.
          -config-dir=PATH         Directory whose *.json files are loaded in the order
                                   of their names. May be repeated. Default: none.
          -check                   Check all settings and files, print the settings in
                                   effect as JSON with secrets masked, and start
                                   nothing. Every key that a file may have is among
                                   them. Warnings go to standard error.
                                   Default: false.
          -disable-compression     Do not compress gossip messages. Default: false.
          -broadcast-timeout=TIME  Longest wait for the announcement of a leave, a
                                   force-leave or new tags, such as 500ms, 5s or 1m; at
                                   least 1s. Default: 5s.
          -leave-timeout=TIME      Longest wait for a leave that a signal asked for;
                                   then the agent ends with status 1.
                                   Default: longer than a leave can take (13s).

        Event handlers:

          A handler is a command for the shell, with the events it is for in front:

            COMMAND                Every event.
            *=COMMAND              Every event; needed if the command itself contains a
                                   "=".
            TYPE=COMMAND           Events of one type: member-join, member-leave,
                                   member-failed, member-update, member-reap, user or
                                   query.
            user:NAME=COMMAND      User events of this name.
            query:NAME=COMMAND     Queries of this name.
            A,B,...=COMMAND        Any of these, separated by commas without spaces.

          The command finds the event in SERF_EVENT and, for user events and queries, in
          SERF_USER_EVENT or SERF_QUERY_NAME; members or the payload come on its
          standard input. What it prints for a query is the answer.

        Examples:

          A web server that joins a cluster and restarts on demand:

          $ serf agent -node=web1 -bind=10.0.0.11 -join=10.0.0.10 -tag role=web \
              -event-handler='user:deploy=systemctl restart myapp'

          A node that follows the cluster and tells its load when asked:

          $ serf agent -node=watch -bind=10.0.0.20 -join=10.0.0.10 -join=10.0.0.11 \
              -event-handler='member-join,member-leave,member-failed=/opt/update-lb' \
              -event-handler='query:load=uptime'
        """;
}
