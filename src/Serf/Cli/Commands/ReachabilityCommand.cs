using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
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

    public string Name => "reachability";

    public string Synopsis => "Test whether every live member can be reached";

    public string Help => """
        Usage: serf reachability [options]

          Asks every member for a sign of life and compares those that answer with the list of
          members that are believed alive. A difference points at the network or at the
          configuration, and the exit status is 1.

        Options:

          -verbose                  Print each acknowledgement and how long it all took.
                                    Default: false.

        """ + RpcFlags.Help + """


        Examples:

          $ serf reachability
          $ serf reachability -verbose -rpc-addr=10.0.1.5:7373
        """;

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        FlagSet flags = new();
        Flag<bool> verbose = flags.AddBool("verbose");
        RpcFlags rpc = new(flags, context);
        if (flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (!rpc.TryConnect(context, out RpcClient? client))
        {
            return 1;
        }

        using (client)
        {
            using Interrupt interrupt = new(client.Interrupt);
            try
            {
                return Test(client, verbose.Value, context);
            }
            catch (IOException)
            {
                // Nobody reads the output any more.
                return MonitorCommand.BrokenPipe;
            }
        }
    }

    private static int Test(RpcClient client, bool verbose, CliContext context)
    {
        string failure = "Error getting members: ";
        List<string> live = [];
        Trial trial = new(context, verbose);
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

            trial.Line(string.Create(
                CultureInfo.InvariantCulture, $"Total members: {members.Count}, live members: {live.Count}"));
            failure = "Error sending query: ";
            client.Query(new QueryRequest(
                [], Tags.Empty, RequestAck: true, 0, Timeout: 0, ByteString.FromText("_serf_ping"), null));
        }
        catch (RpcClientException refusal)
        {
            trial.Line(client.IsInterrupted ? "Test interrupted" : failure + refusal.Message);
            return 1;
        }

        trial.Line("Starting reachability test...");
        trial.Begin();
        if (!QueryRecords.Follow(client, trial.Take))
        {
            context.Output.Write("Test interrupted\n");
            return 1;
        }

        return trial.Judge(live);
    }

    /// <summary>Who acknowledged, and what that means.</summary>
    private sealed class Trial(CliContext context, bool verbose)
    {
        private readonly HashSet<string> _names = [];
        private int _ackCount;
        private long _begun;
        private long _lastAck;

        public void Line(string text)
        {
            context.Output.Write(text + "\n");
            context.Output.Flush();
        }

        public void Begin()
        {
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
                Line("\tAck from '" + from + "'");
            }

            if (!_names.Add(from))
            {
                Line("Duplicate response from '" + from + "'");
            }
        }

        public int Judge(List<string> live)
        {
            if (verbose)
            {
                double total = (Environment.TickCount64 - _begun) / 1000.0;
                double last = (_lastAck - _begun) / 1000.0;
                Line(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Query time: {total:F2} sec, time to last response: {last:F2} sec"));
            }

            bool isDoubled = _names.Count < _ackCount;
            if (isDoubled)
            {
                context.Output.Write(Duplicates);
            }

            if (_ackCount == live.Count)
            {
                Line("Successfully contacted all live nodes");
                return isDoubled ? 1 : 0;
            }

            if (_ackCount > live.Count)
            {
                Line("Received more acks than live nodes! Acks from non-live nodes:");
                List(_names, new HashSet<string>(live));
                context.Output.Write(FalseFailures + Troubleshooting);
            }
            else
            {
                Line("Received less acks than live nodes! Missing acks from:");
                List(live, _names);
                context.Output.Write(LostPackets + Troubleshooting);
            }

            return 1;
        }

        // Those of the first that are not in the second, by name.
        private void List(IEnumerable<string> names, HashSet<string> without)
        {
            List<string> ordered = [.. names];
            ordered.Sort(StringComparer.Ordinal);
            foreach (string name in ordered)
            {
                if (!without.Contains(name))
                {
                    Line("\t" + name);
                }
            }
        }
    }
}
