using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Agent;
using Serf.Coordinates;
using Serf.Primitives;

namespace Serf.Cli.Commands;

/// <summary><c>serf rtt</c> (spec cli 6.13).</summary>
internal sealed class RttCommand : ICommand
{
    private const double NanosecondsPerMillisecond = 1e6;

    private readonly Flag<string> _format;
    private readonly RpcFlags _rpc;

    public RttCommand()
    {
        _format = Flags.AddText("format", "text");
        _rpc = new(Flags);
    }

    public string Name => "rtt";

    public string Synopsis => "Estimate the network round trip time between two members";

    public string Help => """
        Usage: serf rtt [options] NODE [NODE]

          Estimates the round trip time between two members from their network
          coordinates, without sending anything between them. The members are given by
          their names, not by addresses. Without a second name it is the agent's own
          node.

        Options:

          -format=text|json         How to print it. Default: text.
        """ + "\n" + RpcFlags.Help + """


        Examples:

          How far is it from here?

          $ serf rtt web-1

          How far are two others from each other, in milliseconds?

          $ serf rtt -format=json web-1 db-2 | jq .rtt_ms
        """;

    public FlagSet Flags { get; } = new();

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        if (Flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (!_rpc.TryConnect(context, out RpcClient? client))
        {
            return 1;
        }

        using (client)
        {
            if (Flags.Arguments.Length is < 1 or > 2)
            {
                context.Output.Write("One or two node names must be specified\n\n" + Help + "\n");
                return 1;
            }

            return _format.Value is "text" or "json"
                ? Estimate(client, Flags.Arguments, context)
                : Output.RefuseFormat(_format.Value, context);
        }
    }

    private int Estimate(RpcClient client, ReadOnlySpan<string> names, CliContext context)
    {
        string failure = "Error querying agent: ";
        string first = names[0];
        string second;
        Coordinate? one;
        Coordinate? other;
        try
        {
            second = names.Length == 2 ? names[1] : OwnName(client);
            failure = "Error getting coordinates: ";
            one = client.GetCoordinate(first);
            other = one is null ? null : client.GetCoordinate(second);
        }
        catch (RpcClientException refusal)
        {
            context.Output.Write(failure + refusal.Message + "\n");
            return 1;
        }

        if (one is null || other is null)
        {
            string name = GoText.Quote(one is null ? first : second);
            context.Output.Write("Could not find a coordinate for node " + name + "\n");
            return 1;
        }

        if (!one.IsCompatibleWith(other))
        {
            context.Output.Write(failure + "they have different numbers of dimensions\n");
            return 1;
        }

        double milliseconds = one.NanosecondsTo(other) / NanosecondsPerMillisecond;
        string shown = milliseconds.ToString("F3", CultureInfo.InvariantCulture);
        context.Output.Write(_format.Value == "json"
            ? Json(first, second, shown)
            : $"Estimated {first} <-> {second} rtt: {shown} ms\n");
        return 0;
    }

    // The original has no JSON here: these names are ours.
    private static string Json(string first, string second, string milliseconds)
    {
        JsonText json = new();
        json.BeginObject().Key("node1").Text(first).Key("node2").Text(second);
        return json.Key("rtt_ms").Number(milliseconds).EndObject() + "\n";
    }

    private static string OwnName(RpcClient client)
    {
        foreach ((ByteString section, List<KeyValuePair<ByteString, ByteString>> entries) in client.Stats())
        {
            foreach ((ByteString key, ByteString value) in entries)
            {
                if (section.Equals("agent"u8) && key.Equals("name"u8))
                {
                    return value.ToString();
                }
            }
        }

        throw new RpcClientException("the agent does not tell its name");
    }
}
