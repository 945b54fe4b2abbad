using System;
using System.Collections.Generic;
using System.Text;
using Serf.Agent;
using Serf.Primitives;

namespace Serf.Cli.Commands;

/// <summary><c>serf info</c> (spec cli 6.4).</summary>
internal sealed class InfoCommand : ICommand
{
    public string Name => "info";

    public string Synopsis => "Print statistics of the agent, for debugging";

    public string Help => """
        Usage: serf info [options]

          Prints what the agent knows of itself: its name and tags, the runtime, the cluster's
          counters and the event handlers.

        Options:

          -format=text              How to print it: text or json. Default: text.

        """ + RpcFlags.Help + """


        Examples:

          $ serf info
          $ serf info -format=json -rpc-addr=10.0.1.5:7373
        """;

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        FlagSet flags = new();
        Flag<string> format = flags.AddText("format", "text");
        RpcFlags rpc = new(flags, context);
        if (flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (!rpc.TryConnect(context, out RpcClient? client))
        {
            return 1;
        }

        List<KeyValuePair<ByteString, List<KeyValuePair<ByteString, ByteString>>>> sections;
        using (client)
        {
            try
            {
                sections = client.Stats();
            }
            catch (RpcClientException refusal)
            {
                context.Output.Write("Error querying agent: " + refusal.Message + "\n");
                return 1;
            }
        }

        sections.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        foreach (KeyValuePair<ByteString, List<KeyValuePair<ByteString, ByteString>>> section in sections)
        {
            section.Value.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        }

        switch (format.Value)
        {
            case "text":
                context.Output.Write(Output.Trimmed(Text(sections)));
                return 0;
            case "json":
                context.Output.Write(Json(sections) + "\n");
                return 0;
            default:
                string quoted = "\"" + format.Value + "\"";
                context.Output.Write("Encoding error: Invalid output format " + quoted + "\n");
                return 1;
        }
    }

    private static string Text(
        List<KeyValuePair<ByteString, List<KeyValuePair<ByteString, ByteString>>>> sections)
    {
        StringBuilder text = new();
        foreach ((ByteString section, List<KeyValuePair<ByteString, ByteString>> entries) in sections)
        {
            text.Append(section.ToString()).Append(":\n");
            foreach ((ByteString key, ByteString value) in entries)
            {
                text.Append('\t').Append(key.ToString()).Append(" = ").Append(value.ToString()).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Json(
        List<KeyValuePair<ByteString, List<KeyValuePair<ByteString, ByteString>>>> sections)
    {
        JsonText json = new();
        json.BeginObject();
        foreach ((ByteString section, List<KeyValuePair<ByteString, ByteString>> entries) in sections)
        {
            json.Key(section.ToString()).BeginObject();
            foreach ((ByteString key, ByteString value) in entries)
            {
                json.Key(key.ToString()).Text(value.ToString());
            }

            json.EndObject();
        }

        return json.EndObject().ToString();
    }
}
