using System;
using System.Collections.Generic;
using System.Text;
using Serf.Agent;
using Serf.Primitives;

namespace Serf.Cli.Commands;

/// <summary><c>serf info</c> (spec cli 6.4).</summary>
internal sealed class InfoCommand : ICommand
{
    private readonly Flag<string> _format;
    private readonly RpcFlags _rpc;

    public InfoCommand()
    {
        _format = Flags.AddText("format", "text");
        _rpc = new(Flags);
    }

    public string Name => "info";

    public string Synopsis => "Print statistics of the agent, for debugging";

    public string Help => """
        Usage: serf info [options]

          Prints what the agent knows of itself: its name and tags, the runtime, the
          counters of the cluster and the event handlers.

        Options:

          -format=text|json         How to print it. Default: text.
        """ + "\n" + RpcFlags.Help + """


        Examples:

          Look at this machine's agent:

          $ serf info

          Ask another one how healthy it thinks it is; 0 is best:

          $ serf info -format=json -rpc-addr=10.0.1.5:7373 | jq -r .serf.health_score
        """;

    public FlagSet Flags { get; } = new();

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        if (Flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        Hint.IgnoredArguments(context, Flags.Arguments);
        List<KeyValuePair<ByteString, List<KeyValuePair<ByteString, ByteString>>>> sections = [];
        if (!_rpc.TryAsk(context, "Error querying agent: ", client => sections = client.Stats()))
        {
            return 1;
        }

        sections.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        foreach (KeyValuePair<ByteString, List<KeyValuePair<ByteString, ByteString>>> section in sections)
        {
            section.Value.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        }

        switch (_format.Value)
        {
            case "text":
                context.Output.Write(Output.Trimmed(Text(sections)));
                return 0;
            case "json":
                context.Output.Write(Json(sections) + "\n");
                return 0;
            default:
                return Output.RefuseFormat(_format.Value, context);
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
