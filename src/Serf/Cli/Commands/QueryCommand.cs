using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Serf.Agent;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Wire;

namespace Serf.Cli.Commands;

/// <summary><c>serf query</c> (spec cli 6.11).</summary>
internal sealed class QueryCommand : ICommand
{
    public string Name => "query";

    public string Synopsis => "Ask the cluster a question and collect the answers";

    public string Help => """
        Usage: serf query [options] NAME [PAYLOAD]

          Sends a query to the cluster, prints acknowledgements and answers as they come, and
          ends when every node that was asked has answered, or when time is up. A node answers
          with what its handler of the query prints.

        Options:

          -format=text              How to print it: text or json. Default: text.
          -no-ack                   Do not ask for acknowledgements. Default: false.
          -node=NAME                Ask only this node. May be repeated. Default: all nodes.
          -relay-factor=0           Send copies of each answer through that many other nodes,
                                    0 to 255, where answers may be lost. Default: 0.
          -tag=KEY=EXPRESSION       Ask only nodes whose tag matches; a missing tag is empty text.
                                    An expression matches anywhere in the value. May be
                                    repeated: all must match. Default: none.
          -timeout=DURATION         How long to wait at most, such as 500ms or 10s. Default: 0,
                                    which leaves it to the agent: a few seconds, more in large
                                    clusters.

        """ + RpcFlags.Help + """


        Examples:

          $ serf query load
          $ serf query -tag role=^web$ -timeout 5s -format json version
        """;

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        FlagSet flags = new();
        Flag<string> format = flags.AddText("format", "text");
        Flag<List<string>> nodes = flags.AddList("node");
        Flag<List<string>> tags = flags.AddList("tag");
        Flag<TimeSpan> timeout = flags.AddDuration("timeout");
        Flag<bool> noAck = flags.AddBool("no-ack");
        Flag<long> relayFactor = flags.AddInt("relay-factor");
        RpcFlags rpc = new(flags, context);
        if (flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (!TagPair.TryParse(
            tags.Value, out List<KeyValuePair<ByteString, ByteString>> pairs, out string? invalid))
        {
            context.Output.Write(invalid + "\n");
            return 1;
        }

        if (Refusal(flags.Arguments.Length, relayFactor.Value) is { } refusal)
        {
            context.Output.Write(refusal);
            return 1;
        }

        if (!rpc.TryConnect(context, out RpcClient? client))
        {
            return 1;
        }

        QueryRequest request = new(
            nodes.Value.ConvertAll(ByteString.FromText),
            Tags.From(pairs),
            !noAck.Value,
            (byte)relayFactor.Value,
            timeout.Value.Ticks * TimeSpan.NanosecondsPerTick,
            ByteString.FromText(flags.Arguments[0]),
            flags.Arguments.Length == 2 ? ByteText.ToBytes(flags.Arguments[1]) : null);
        using (client)
        {
            return Ask(client, request, format.Value, context);
        }
    }

    private string? Refusal(int argumentCount, long relayFactor)
    {
        if (argumentCount < 1)
        {
            return "A query name must be specified.\n\n" + Help + "\n";
        }

        if (argumentCount > 2)
        {
            return "Too many command line arguments. Only a name and payload must be specified.\n\n"
                + Help + "\n";
        }

        return relayFactor is < 0 or > byte.MaxValue ? "Relay factor must be between 0 and 255\n" : null;
    }

    private static int Ask(RpcClient client, QueryRequest request, string format, CliContext context)
    {
        if (format is not ("text" or "json"))
        {
            context.Output.Write("Invalid format: " + format + "\n");
            return 1;
        }

        using Interrupt interrupt = new(client.Interrupt);
        try
        {
            client.Query(request);
        }
        catch (RpcClientException refusal)
        {
            if (!client.IsInterrupted)
            {
                context.Output.Write("Error sending query: " + refusal.Message + "\n");
            }

            return 1;
        }

        QueryPrinter printer = new(context, isText: format == "text", request.RequestAck);
        try
        {
            printer.Dispatched(request.Name);
            return QueryRecords.Follow(client, printer.Take) ? printer.Total() : 1;
        }
        catch (IOException)
        {
            // Nobody reads the output any more.
            return MonitorCommand.BrokenPipe;
        }
    }

    /// <summary>Text as it comes, or JSON at the end.</summary>
    private sealed class QueryPrinter(CliContext context, bool isText, bool wantsAcks)
    {
        private readonly List<string> _acks = [];
        private readonly SortedDictionary<string, string> _responses = new(StringComparer.Ordinal);

        // A node may give more than one answer where its name is not its own.
        private int _responseCount;

        public void Dispatched(ByteString name) => Line($"Query '{name}' dispatched");

        public void Take(QueryRecord record)
        {
            string from = record.From.ToString();
            if (record.Kind == RpcNames.Ack)
            {
                _acks.Add(from);
                Line($"Ack from '{from}'");
                return;
            }

            string payload = record.Payload is null ? "" : ByteText.FromBytes(record.Payload);
            _responses[from] = payload;
            _responseCount++;
            Line($"Response from '{from}': {(payload.EndsWith('\n') ? payload[..^1] : payload)}");
        }

        public int Total()
        {
            if (!isText)
            {
                context.Output.Write(Json() + "\n");
                return 0;
            }

            if (wantsAcks)
            {
                Line(string.Create(CultureInfo.InvariantCulture, $"Total Acks: {_acks.Count}"));
            }

            Line(string.Create(CultureInfo.InvariantCulture, $"Total Responses: {_responseCount}"));
            return 0;
        }

        private void Line(string text)
        {
            if (isText)
            {
                context.Output.Write(text + "\n");
                context.Output.Flush();
            }
        }

        private string Json()
        {
            JsonText json = new();
            json.BeginObject().Key("Acks");
            if (_acks.Count == 0)
            {
                json.Null();
            }
            else
            {
                json.BeginArray();
                foreach (string ack in _acks)
                {
                    json.Element().Text(ack);
                }

                json.EndArray();
            }

            json.Key("Responses").BeginObject();
            foreach ((string from, string payload) in _responses)
            {
                json.Key(from).Text(payload);
            }

            return json.EndObject().EndObject().ToString();
        }
    }
}
