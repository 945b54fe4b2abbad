using System;
using System.Collections.Generic;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Wire;

namespace Serf.Cli.Commands;

/// <summary><c>serf tags</c> (spec cli 6.14).</summary>
internal sealed class TagsCommand : ICommand
{
    private readonly Flag<List<string>> _set;
    private readonly Flag<List<string>> _delete;
    private readonly RpcFlags _rpc;

    public TagsCommand()
    {
        _set = Flags.AddList("set");
        _delete = Flags.AddList("delete");
        _rpc = new(Flags);
    }

    public string Name => "tags";

    public string Synopsis => "Change the tags of the agent's node";

    public string Help => """
        Usage: serf tags [options]

          Changes the tags of the node the agent runs on. The other members are told,
          and see a member-update event. A tag that is both set and deleted ends up
          set. At least one option is needed.

        Options:

          -set=KEY=VALUE            Create or change a tag. May be repeated.
                                    Default: none.
          -delete=KEY               Remove a tag if it is there. May be repeated.
                                    Default: none.
        """ + "\n" + RpcFlags.Help + """


        Examples:

          Set two tags:

          $ serf tags -set role=web -set build=77

          Replace one by another, in one step:

          $ serf tags -set state=ready -delete draining
        """;

    public FlagSet Flags { get; } = new();

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        if (Flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (_set.Value.Count == 0 && _delete.Value.Count == 0)
        {
            return FlagSet.Refuse("", Help, context);
        }

        Hint.IgnoredArguments(context, Flags.Arguments);
        if (!_rpc.TryConnect(context, out RpcClient? client))
        {
            return 1;
        }

        using (client)
        {
            if (!TagPair.TryParse(
                _set.Value, out List<KeyValuePair<ByteString, ByteString>> pairs, out string? invalid))
            {
                context.Output.Write(invalid + "\n");
                return 1;
            }

            try
            {
                List<ByteString> removed = _delete.Value.ConvertAll(ByteString.FromText);
                client.SetTags(new TagsRequest(Tags.From(pairs), removed));
            }
            catch (RpcClientException refusal)
            {
                context.Output.Write("Error setting tags: " + refusal.Message + "\n");
                return 1;
            }
        }

        context.Output.Write("Successfully updated agent tags\n");
        return 0;
    }
}
