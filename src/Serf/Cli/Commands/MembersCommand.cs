using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Serf.Agent;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Wire;

namespace Serf.Cli.Commands;

/// <summary><c>serf members</c> (spec cli 6.9). Members come ordered by name, tags by key.</summary>
internal sealed class MembersCommand : ICommand
{
    public string Name => "members";

    public string Synopsis => "List the members of the cluster";

    public string Help => """
        Usage: serf members [options]

          Lists the members the agent knows of, with address, status and tags. Expressions must
          match the whole value; an alternative needs parentheses: "(failed|left)".

        Options:

          -detailed                 Add protocol versions. Text only. Default: false.
          -format=text              How to print it: text or json. Default: text.
          -name=EXPRESSION          Only members whose name matches. Default: all.
          -role=EXPRESSION          Deprecated: the same as -tag role=EXPRESSION. Default: all.
          -status=EXPRESSION        Only members whose status matches: alive, leaving, left,
                                    failed or none. Default: all.
          -tag=KEY=EXPRESSION       Only members whose tag matches; a missing tag is empty text.
                                    May be repeated: all must match. Default: none.

        """ + RpcFlags.Help + """


        Examples:

          $ serf members -status "(failed|left)"
          $ serf members -tag role=web -tag "dc=eu-.*" -format json
        """;

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        FlagSet flags = new();
        Flag<bool> detailed = flags.AddBool("detailed");
        Flag<string> format = flags.AddText("format", "text");
        Flag<string> name = flags.AddText("name");
        Flag<string> role = flags.AddText("role");
        Flag<string> status = flags.AddText("status");
        Flag<List<string>> tags = flags.AddList("tag");
        RpcFlags rpc = new(flags, context);
        if (flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (role.Value.Length > 0)
        {
            context.Output.Write("Deprecation warning: 'Role' has been replaced with 'Tags'\n");
        }

        if (!TagPair.TryParse(
            tags.Value, out List<KeyValuePair<ByteString, ByteString>> pairs, out string? invalid))
        {
            context.Output.Write(invalid + "\n");
            return 1;
        }

        if (role.Value.Length > 0)
        {
            pairs.Add(new(ByteString.FromText("role"), ByteString.FromText(role.Value)));
        }

        if (!rpc.TryConnect(context, out RpcClient? client))
        {
            return 1;
        }

        List<RpcMember> members;
        using (client)
        {
            try
            {
                members = client.FilterMembers(new MembersFilteredRequest(
                    Tags.From(pairs), ByteString.FromText(status.Value), ByteString.FromText(name.Value)));
            }
            catch (RpcClientException refusal)
            {
                context.Output.Write("Error retrieving members: " + refusal.Message + "\n");
                return 1;
            }
        }

        members.Sort(static (left, right) => left.Name.CompareTo(right.Name));
        return Print(members, format.Value, detailed.Value, context);
    }

    private static int Print(List<RpcMember> members, string format, bool detailed, CliContext context)
    {
        switch (format)
        {
            case "text":
                context.Output.Write(Output.Trimmed(Output.Columns(Lines(members, detailed))));
                return 0;
            case "json":
                context.Output.Write(Json(members) + "\n");
                return 0;
            default:
                context.Output.Write("Encoding error: Invalid output format \"" + format + "\"\n");
                return 1;
        }
    }

    private static List<string> Lines(List<RpcMember> members, bool detailed)
    {
        List<string> lines = [];
        foreach (RpcMember member in members)
        {
            StringBuilder line = new();
            line.Append(member.Name.ToString()).Append('|').Append(member.Address.ToString());
            line.Append('|').Append(member.Status).Append('|');
            string separator = "";
            foreach ((ByteString key, ByteString value) in member.Tags.Entries)
            {
                line.Append(separator).Append(key.ToString()).Append('=').Append(value.ToString());
                separator = ",";
            }

            if (detailed)
            {
                (int least, int most, int current) = Protocol(member);
                line.Append(
                    CultureInfo.InvariantCulture,
                    $"|Protocol Version: {current}|Available Protocol Range: [{least}, {most}]");
            }

            lines.Add(line.ToString());
        }

        return lines;
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
