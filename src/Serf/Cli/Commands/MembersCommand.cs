using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Serf.Agent;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Wire;

namespace Serf.Cli.Commands;

/// <summary><c>serf members</c> (spec cli 6.9). Members come ordered by name, tags by key.</summary>
internal sealed class MembersCommand : ICommand
{
    // What the client says where the agent ends the connection, as the original does at a bad expression.
    private const string ConnectionEnded = "client closed";

    private readonly Flag<bool> _detailed;
    private readonly Flag<string> _format;
    private readonly Flag<string> _name;
    private readonly Flag<string> _role;
    private readonly Flag<string> _status;
    private readonly Flag<List<string>> _tags;
    private readonly RpcFlags _rpc;

    public MembersCommand()
    {
        _detailed = Flags.AddBool("detailed");
        _format = Flags.AddText("format", "text");
        _name = Flags.AddText("name");
        _role = Flags.AddText("role");
        _status = Flags.AddText("status");
        _tags = Flags.AddList("tag");
        _rpc = new(Flags);
    }

    public string Name => "members";

    public string Synopsis => "List the members of the cluster";

    public string Help => """
        Usage: serf members [options]

          Lists the members the agent knows of, with address, status and tags, ordered
          by name. Filters are regular expressions and must match the whole value; an
          alternative needs parentheses: "(failed|left)". The status is alive, leaving,
          left, failed or none.

        Options:

          -detailed                 Add the protocol versions. Text only.
                                    Default: false.
          -format=text|json         How to print it. Default: text.
          -name=EXPRESSION          Only members whose name matches. Default: all.
          -role=EXPRESSION          Deprecated: the same as -tag role=EXPRESSION, and
                                    wins over it. Default: all.
          -status=EXPRESSION        Only members whose status matches. Default: all.
          -tag=KEY=EXPRESSION       Only members whose tag matches; a missing tag is
                                    empty text. May be repeated: all must match.
                                    Default: all.
        """ + "\n" + RpcFlags.Help + """


        Examples:

          Who is gone?

          $ serf members -status "(failed|left)"

          Addresses of the web servers in Europe, for a script:

          $ serf members -tag role=web -tag "dc=eu-.*" -format=json |
              jq -r '.members[].addr'
        """;

    public FlagSet Flags { get; } = new();

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        if (Flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        Hint.IgnoredArguments(context, Flags.Arguments);
        if (_role.Value.Length > 0)
        {
            // JSON must stay JSON for whoever reads it.
            (_format.Value == "json" ? context.Error : context.Output).Write(
                "Deprecation warning: 'Role' has been replaced with 'Tags'\n");
        }

        if (!TagPair.TryParse(
            _tags.Value, out List<KeyValuePair<ByteString, ByteString>> pairs, out string? invalid))
        {
            context.Output.Write(invalid + "\n");
            return 1;
        }

        if (_role.Value.Length > 0)
        {
            pairs.Add(new(ByteString.FromText("role"), ByteString.FromText(_role.Value)));
        }

        MembersFilteredRequest request = new(
            Tags.From(pairs), ByteString.FromText(_status.Value), ByteString.FromText(_name.Value));
        List<RpcMember> members = [];
        if (!_rpc.TryAsk(
            context,
            "Error retrieving members: ",
            client => members = client.FilterMembers(request),
            reason => Explain(reason, request, context)))
        {
            return 1;
        }

        members.Sort(static (left, right) => left.Name.CompareTo(right.Name));
        return Print(members, _format.Value, _detailed.Value, context);
    }

    private static void Explain(string reason, MembersFilteredRequest request, CliContext context)
    {
        if (reason != ConnectionEnded)
        {
            return;
        }

        List<ByteString> expressions = [request.Name, request.Status];
        foreach ((_, ByteString expression) in request.Tags.Entries)
        {
            expressions.Add(expression);
        }

        foreach (ByteString expression in expressions)
        {
            if (!Expression.TryCreate(expression.Span, anchored: true, out _, out string? fault))
            {
                Hint.Write(context, fault);
            }
        }
    }

    private static int Print(List<RpcMember> members, string format, bool detailed, CliContext context)
    {
        switch (format)
        {
            case "text":
                context.Output.Write(Output.Trimmed(Output.Columns(Rows(members, detailed))));
                return 0;
            case "json":
                context.Output.Write(Json(members) + "\n");
                return 0;
            default:
                return Output.RefuseFormat(format, context);
        }
    }

    private static List<string[]> Rows(List<RpcMember> members, bool detailed)
    {
        List<string[]> rows = [];
        foreach (RpcMember member in members)
        {
            StringBuilder tags = new();
            foreach ((ByteString key, ByteString value) in member.Tags.Entries)
            {
                tags.Append(tags.Length == 0 ? "" : ",").Append(key.ToString());
                tags.Append('=').Append(value.ToString());
            }

            (int least, int most, int current) = Protocol(member);
            string[] row =
            [
                member.Name.ToString(), member.Address.ToString(), member.Status, tags.ToString(),
            ];
            rows.Add(detailed
                ? [
                    .. row,
                    string.Create(CultureInfo.InvariantCulture, $"Protocol Version: {current}"),
                    string.Create(
                        CultureInfo.InvariantCulture, $"Available Protocol Range: [{least}, {most}]"),
                ]
                : row);
        }

        return rows;
    }

    private static string Json(List<RpcMember> members)
    {
        JsonText json = new();
        json.BeginObject().Key("members");
        if (members.Count == 0)
        {
            return json.Null().EndObject().ToString();
        }

        json.BeginArray();
        foreach (RpcMember member in members)
        {
            json.Element().BeginObject();
            json.Key("name").Text(member.Name.ToString());
            json.Key("addr").Text(member.Address.ToString());
            json.Key("port").Number(member.Address.Port);
            json.Key("tags").BeginObject();
            foreach ((ByteString key, ByteString value) in member.Tags.Entries)
            {
                json.Key(key.ToString()).Text(value.ToString());
            }

            (int least, int most, int current) = Protocol(member);
            json.EndObject().Key("status").Text(member.Status);
            json.Key("protocol").BeginObject();
            json.Key("max").Number(most).Key("min").Number(least).Key("version").Number(current);
            json.EndObject().EndObject();
        }

        return json.EndArray().EndObject().ToString();
    }

    private static (int Least, int Most, int Current) Protocol(RpcMember member) =>
        (member.Versions.DelegateMin, member.Versions.DelegateMax, member.Versions.DelegateCur);
}
