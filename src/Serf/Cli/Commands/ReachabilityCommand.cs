using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Agent;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Wire;

namespace Serf.Cli.Commands;

/// <summary><c>serf reachability</c> (spec cli 6.12).</summary>
internal sealed class ReachabilityCommand : ICommand
{
    private const string FalseFailures =
        "This could mean Serf is detecting false-failures due to a misconfiguration or network issue.\n";

    private const string LostPackets =
        "This could mean Serf gossip packets are being lost due to a misconfiguration or network issue.\n";

    private const string Duplicates =
        "Duplicate responses means there is a misconfiguration. Verify that node names are unique.\n";

    private const string Troubleshooting = """

        Troubleshooting tips:
        * Ensure that the bind addr:port is accessible by all other nodes
        * If an advertise address is set, ensure it routes to the bind address
        * Check that no nodes are behind a NAT
        * If nodes are behind firewalls or iptables, check that Serf traffic is permitted (UDP and TCP)
        * Verify networking equipment is functional

        """;

    private readonly Flag<string> _format;
    private readonly Flag<bool> _verbose;
    private readonly RpcFlags _rpc;

    public ReachabilityCommand()
    {
        _format = Flags.AddText("format", "text");
        _verbose = Flags.AddBool("verbose");
        _rpc = new(Flags);
    }

    public string Name => "reachability";

    public string Synopsis => "Test whether every live member can be reached";

    public string Help => """
        Usage: serf reachability [options]

          Asks every member for a sign of life and compares those that answer with the
          list of members that are believed alive. A difference points at the network
          or at the configuration, and the exit status is 1.

        Options:

          -format=text|json         How to print it; json is printed at the end.
                                    Default: text.
          -verbose                  Print each acknowledgement and how long it all
                                    took. Text only. Default: false.
        """ + "\n" + RpcFlags.Help + """


        Examples:

          Test from here, and see who answers:

          $ serf reachability -verbose

          Who cannot be reached from another machine?

          $ serf reachability -format=json -rpc-addr=10.0.1.5:7373 | jq .missing
        """;

    public FlagSet Flags { get; } = new();

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        if (Flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (_format.Value is not ("text" or "json"))
        {
            return Output.RefuseFormat(_format.Value, context);
        }

        Hint.IgnoredArguments(context, Flags.Arguments);
        return _rpc.Follow(context, client => Test(client, context));
    }

    private int Test(RpcClient client, CliContext context)
    {
        string failure = "Error getting members: ";
        List<string> live = [];
        Trial trial = new(context, isText: _format.Value == "text", _verbose.Value);
        try
        {
            List<RpcMember> members = client.Members();
            foreach (RpcMember member in members)
            {
                if (member.Status == "alive")
                {
                    live.Add(member.Name.ToString());
                }
            }

            trial.Begin(members.Count, live);
            failure = "Error sending query: ";
            client.Query(new QueryRequest(
                [], Tags.Empty, RequestAck: true, 0, Timeout: 0, ByteString.FromText("_serf_ping"), null));
        }
        catch (RpcClientException refusal)
        {
            string reason = client.IsInterrupted ? "Test interrupted" : failure + refusal.Message;
            context.Output.Write(reason + "\n");
            return 1;
        }

        trial.Started();
        QueryEnd end = QueryRecords.Follow(client, trial.Take);
        if (end == QueryEnd.Interrupted)
        {
            context.Output.Write("Test interrupted\n");
            return 1;
        }

        context.Error.Write(end == QueryEnd.Lost ? QueryRecords.Lost : "");
        return trial.Judge();
    }

    /// <summary>Who acknowledged, and what that means.</summary>
    private sealed class Trial(CliContext context, bool isText, bool verbose)
    {
        private readonly HashSet<string> _names = [];
        private readonly List<string> _doubled = [];
        private List<string> _live = [];
        private int _memberCount;
        private int _ackCount;
        private long _begun;
        private long _lastAck;

        public void Begin(int memberCount, List<string> live)
        {
            _memberCount = memberCount;
            _live = live;
            Line(string.Create(
                CultureInfo.InvariantCulture, $"Total members: {memberCount}, live members: {live.Count}"));
        }

        public void Started()
        {
            Line("Starting reachability test...");
            _begun = Environment.TickCount64;
            _lastAck = _begun;
        }

        public void Take(QueryRecord record)
        {
            if (record.Kind != RpcNames.Ack)
            {
                return;
            }

            string from = record.From.ToString();
            _ackCount++;
            _lastAck = Environment.TickCount64;
            if (verbose)
            {
                Line("\tAck from '" + Output.Visible(from) + "'");
            }

            if (!_names.Add(from))
            {
                _doubled.Add(from);
                Line("Duplicate response from '" + Output.Visible(from) + "'");
            }
        }

        /// <returns>Exit status.</returns>
        public int Judge()
        {
            bool isGood = _ackCount == _live.Count && _doubled.Count == 0;
            List<string> missing = Without(_live, _names);
            List<string> strange = Without(_names, [.. _live]);
            if (isText)
            {
                Tell(missing, strange);
            }
            else
            {
                context.Output.Write(Json(isGood, missing, strange));
            }

            return isGood ? 0 : 1;
        }

        private void Tell(List<string> missing, List<string> strange)
        {
            if (verbose)
            {
                double total = (Environment.TickCount64 - _begun) / 1000.0;
                double last = (_lastAck - _begun) / 1000.0;
                Line(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Query time: {total:F2} sec, time to last response: {last:F2} sec"));
            }

            context.Output.Write(_doubled.Count > 0 ? Duplicates : "");
            if (_ackCount == _live.Count)
            {
                Line("Successfully contacted all live nodes");
                return;
            }

            bool isLess = _ackCount < _live.Count;
            Line(isLess
                ? "Received less acks than live nodes! Missing acks from:"
                : "Received more acks than live nodes! Acks from non-live nodes:");
            foreach (string name in isLess ? missing : strange)
            {
                Line("\t" + Output.Visible(name));
            }

            context.Output.Write((isLess ? LostPackets : FalseFailures) + Troubleshooting);
        }

        // The original has no JSON here: these names are ours.
        private string Json(bool isGood, List<string> missing, List<string> strange)
        {
            JsonText json = new();
            json.BeginObject().Key("reachable").Bool(isGood);
            json.Key("members").Number(_memberCount).Key("live").Number(_live.Count);
            json.Key("acks").Number(_ackCount);
            Add(json.Key("missing"), missing);
            Add(json.Key("not_live"), strange);
            Add(json.Key("duplicates"), _doubled);
            return json.EndObject() + "\n";
        }

        private static void Add(JsonText json, List<string> names)
        {
            json.BeginArray();
            foreach (string name in names)
            {
                json.Element().Text(name);
            }

            json.EndArray();
        }

        private void Line(string text) => context.Output.Write(isText ? text + "\n" : "");

        // By name.
        private static List<string> Without(IEnumerable<string> names, HashSet<string> others)
        {
            List<string> ordered = [.. names];
            ordered.RemoveAll(others.Contains);
            ordered.Sort(StringComparer.Ordinal);
            return ordered;
        }
    }
}
