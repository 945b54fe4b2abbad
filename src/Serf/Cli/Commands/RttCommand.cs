using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Coordinates;
using Serf.Primitives;

namespace Serf.Cli.Commands;

/// <summary><c>serf rtt</c> (spec cli 6.13).</summary>
internal sealed class RttCommand : ICommand
{
    private const double NanosecondsPerMillisecond = 1e6;

    public string Name => "rtt";

    public string Synopsis => "Estimate the network round trip time between two members";

    public string Help => """
        Usage: serf rtt [options] NODE1 [NODE2]

          Estimates the round trip time between two members from their network coordinates,
          without sending anything between them. The members are given by their names, not by
          addresses. Without a second name it is the agent's own node.

        Options:

        """ + "\n" + RpcFlags.Help + """


        Examples:

          $ serf rtt web-1
          $ serf rtt web-1 db-2
        """;

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        FlagSet flags = new();
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
            if (flags.Arguments.Length is < 1 or > 2)
            {
                context.Output.Write("One or two node names must be specified\n\n" + Help + "\n");
                return 1;
            }

            return Estimate(client, flags.Arguments, context);
        }
    }

    private static int Estimate(RpcClient client, ReadOnlySpan<string> names, CliContext context)
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
        context.Output.Write(string.Create(
            CultureInfo.InvariantCulture, $"Estimated {first} <-> {second} rtt: {milliseconds:F3} ms\n"));
        return 0;
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
