using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Agent;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Wire;

namespace Serf.Cli.Commands;

/// <summary><c>serf query</c> (spec cli 6.11).</summary>
internal sealed class QueryCommand : ICommand
{
    private readonly Flag<string> _format;
    private readonly Flag<List<string>> _nodes;
    private readonly Flag<List<string>> _tags;
    private readonly Flag<TimeSpan> _timeout;
    private readonly Flag<bool> _noAck;
    private readonly Flag<long> _relayFactor;
    private readonly RpcFlags _rpc;

    public QueryCommand()
    {
        _format = Flags.AddText("format", "text");
        _nodes = Flags.AddList("node");
        _tags = Flags.AddList("tag");
        _timeout = Flags.AddDuration("timeout");
        _noAck = Flags.AddBool("no-ack");
        _relayFactor = Flags.AddInt("relay-factor");
        _rpc = new(Flags);
    }

    public string Name => "query";

    public string Synopsis => "Ask the cluster a question and collect the answers";

    public string Help => """
        Usage: serf query [options] NAME [PAYLOAD]

          Sends a query to the cluster, prints acknowledgements and answers as they
          come, and ends when every node that was asked has answered, or when time is
          up. A node answers with what its handler of the query prints. The exit status
          is 1 if it was interrupted or if the agent ended before.

        Options:

          -format=text|json         How to print it; json is printed at the end.
                                    Default: text.
          -no-ack                   Do not ask for acknowledgements. Default: false.
          -node=NODE                Ask only this node. May be repeated.
                                    Default: all nodes.
          -relay-factor=NUMBER      Send copies of each answer through that many other
                                    nodes, 0 to 255, where answers may be lost.
                                    Default: 0.
          -tag=KEY=EXPRESSION       Ask only nodes whose tag matches; a missing tag is
                                    empty text. An expression matches anywhere in the
                                    value. May be repeated: all must match.
                                    Default: all nodes.
          -timeout=DURATION         How long to wait, such as 500ms or 10s.
                                    Default: 0, which leaves it to the agent: a few
                                    seconds, more in large clusters.
        """ + "\n" + RpcFlags.Help + """


        Examples:

          Ask everybody for the load:

          $ serf query load

          Ask the web servers for their version, for a script:

          $ serf query -tag 'role=^web$' -timeout=5s -format=json version |
              jq .Responses
        """;

    public FlagSet Flags { get; } = new();

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        if (Flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (!TagPair.TryParse(
            _tags.Value, out List<KeyValuePair<ByteString, ByteString>> pairs, out string? invalid))
        {
            context.Output.Write(invalid + "\n");
            return 1;
        }

        if (Refusal(Flags.Arguments.Length, _relayFactor.Value) is { } refusal)
        {
            context.Output.Write(refusal);
            return 1;
        }

        QueryRequest request = new(
            _nodes.Value.ConvertAll(ByteString.FromText),
            Tags.From(pairs),
            !_noAck.Value,
            (byte)_relayFactor.Value,
            _timeout.Value.Ticks * TimeSpan.NanosecondsPerTick,
            ByteString.FromText(Flags.Arguments[0]),
            Flags.Arguments.Length == 2 ? ByteText.ToBytes(Flags.Arguments[1]) : null);
        return _rpc.Follow(context, client => Ask(client, request, _format.Value, context));
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
        printer.Dispatched(request.Name);
        QueryEnd end = QueryRecords.Follow(client, printer.Take);
        printer.Total(end);
        context.Error.Write(end == QueryEnd.Lost ? QueryRecords.Lost : "");
        return end == QueryEnd.Done ? 0 : 1;
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
                Line($"Ack from '{Output.Visible(from)}'");
                return;
            }

            string payload = record.Payload is null ? "" : ByteText.FromBytes(record.Payload);
            _responses[from] = payload;
            _responseCount++;
            string shown = payload.EndsWith('\n') ? payload[..^1] : payload;

            // A script is given every byte; the screen of an operator must not obey what a node says.
            shown = context.IsTerminal ? Output.Visible(shown, hasLines: true) : shown;
            Line($"Response from '{Output.Visible(from)}': {shown}");
        }

        // Interrupted text has shown everything; JSON would have been for nothing.
        public void Total(QueryEnd end)
        {
            if (!isText)
            {
                context.Output.Write(Json() + "\n");
                return;
            }

            if (end == QueryEnd.Interrupted)
            {
                return;
            }

            if (wantsAcks)
            {
                Line(string.Create(CultureInfo.InvariantCulture, $"Total Acks: {_acks.Count}"));
            }

            Line(string.Create(CultureInfo.InvariantCulture, $"Total Responses: {_responseCount}"));
        }

        private void Line(string text)
        {
            if (isText)
            {
                context.Output.Write(text + "\n");
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
