using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Serf.Cli;
using Serf.Cli.Commands;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Vectors;
using Xunit;

namespace Serf.Tests.Cli;

public sealed class ClientCommandTests : IDisposable
{
    private static readonly Dictionary<string, Func<ICommand>> Commands = new()
    {
        ["event"] = () => new EventCommand(),
        ["force-leave"] = () => new ForceLeaveCommand(),
        ["info"] = () => new InfoCommand(),
        ["join"] = () => new JoinCommand(),
        ["keys"] = () => new KeysCommand(),
        ["leave"] = () => new LeaveCommand(),
        ["members"] = () => new MembersCommand(),
        ["monitor"] = () => new MonitorCommand(),
        ["query"] = () => new QueryCommand(),
        ["reachability"] = () => new ReachabilityCommand(),
        ["rtt"] = () => new RttCommand(),
        ["tags"] = () => new TagsCommand(),
        ["version"] = () => new VersionCommand(),
    };

    private readonly CliServer _server = new();
    private readonly Dictionary<string, string> _environment = [];

    public ClientCommandTests()
    {
        _environment["SERF_RPC_ADDR"] = _server.Address;
        _server.AddMember("m1", 22857, MemberStatus.Alive, ("role", "lb"), ("dc", "east"));
        _server.AddMember("m2", 22859, MemberStatus.Alive, ("role", "web"));
        _server.AddMember("m3", 22861, MemberStatus.Alive);
    }

    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData("01-version")]
    [InlineData("04-join", 2)]
    [InlineData("05-join", 1)]
    [InlineData("06-join", 0, "1 error occurred:\n\t* failed to join 127.0.0.1:22999: dial tcp 127.0.0.1:22999: connect: connection refused\n\n")]
    [InlineData("07-join")]
    [InlineData("08-members")]
    [InlineData("09-members")]
    [InlineData("10-members")]
    [InlineData("11-members")]
    [InlineData("12-members")]
    [InlineData("13-members")]
    [InlineData("14-members")]
    [InlineData("15-members")]
    [InlineData("16-members")]
    [InlineData("17-members")]
    [InlineData("18-event")]
    [InlineData("19-event")]
    [InlineData("20-event")]
    [InlineData("21-event")]
    [InlineData("22-event", 0, "user event exceeds configured limit of 512 bytes before encoding")]
    [InlineData("31-info")]
    [InlineData("32-info")]
    [InlineData("33-tags")]
    [InlineData("34-tags")]
    [InlineData("35-tags")]
    [InlineData("36-tags")]
    [InlineData("53-force-leave")]
    [InlineData("54-force-leave")]
    [InlineData("62-members")]
    [InlineData("63-leave")]
    public void A_recorded_call_prints_the_same(string name, int joined = 0, string? refusal = null)
    {
        JsonElement vector = Load(name);
        _server.JoinCount = joined;
        _server.Refusal = refusal;
        AddStats();
        List<string> arguments = [];
        foreach (JsonElement argument in vector.GetProperty("input").GetProperty("arguments").EnumerateArray())
        {
            arguments.Add(argument.GetString()!);
        }

        (int status, string output, string error) = Run([.. arguments]);

        string? help = vector.GetProperty("usageFollows").GetString() is null
            ? ""
            : Commands[arguments[0]]().Help + "\n";
        string expected = vector.GetProperty("stdout").GetString()!;
        Assert.Equal(Sorted(expected + help), Sorted(output));
        Assert.Equal(vector.GetProperty("stderr").GetString(), WithoutHints(error));
        Assert.Equal(vector.GetProperty("exit").GetInt32(), status);
    }

    [Theory]
    [InlineData("event|a", "event a nil True")]
    [InlineData("event|a|", "event a  True")]
    [InlineData("event|-coalesce=false||\u00e9", "event  C3A9 False")]
    [InlineData("event|--|-x|-h", "event -x 2D68 True")]
    [InlineData("keys|-install=AAA=", "Install AAA=")]
    [InlineData("keys|-use|k|-install=|ignored", "Use k")]
    [InlineData("keys|-remove|k", "Remove k")]
    [InlineData("keys|-list", "List ")]
    [InlineData("query|load", "query load nil [] [] True 0 00:00:00")]
    [InlineData("query|-no-ack|load|", "query load  [] [] False 0 00:00:00")]
    [InlineData(
        "query|-node=a|-node|b|-tag=r=x=y|-tag|s=|-timeout=1.5s|-relay-factor=0xff|q|p",
        "query q 70 [a,b] [r=x=y,s=] True 255 00:00:01.5000000")]
    [InlineData("reachability", "query _serf_ping nil [] [] True 0 00:00:00")]
    [InlineData("event|x|-coalesce=false", "event x 2D636F616C657363653D66616C7365 True")]
    [InlineData("force-leave|-prune|n", "force-leave n True")]
    [InlineData("join|-replay|a|b:1", "join a,b:1 True")]
    [InlineData("tags|-set|a=b=c|-set|d=|-delete|a|-delete|e", "tags a=b=c,d= -a,e")]
    [InlineData("leave|ignored", "leave")]
    public void What_is_asked_reaches_the_agent(string arguments, string call)
    {
        _server.Answers.AddRange([("m1", null), ("m2", null), ("m3", null)]);
        Assert.Equal(0, Run(arguments.Split('|')).Status);
        Assert.Equal(call, Assert.Single(_server.Calls));
    }

    [Theory]
    [InlineData("event|a", "Error sending event: no\n")]
    [InlineData("force-leave|a", "Error force leaving: no\n")]
    [InlineData("join|a", "Error joining the cluster: no\n")]
    [InlineData("leave", "Error leaving: no\n")]
    [InlineData("tags|-delete|a", "Error setting tags: no\n")]
    public void A_refusal_is_printed(string arguments, string output)
    {
        _server.Refusal = "no";
        Assert.Equal((1, output, ""), Run(arguments.Split('|')));
    }

    [Theory]
    [InlineData("members|-role=web", "Deprecation warning: 'Role' has been replaced with 'Tags'\nm2  127.0.0.1:22859  alive  role=web\n", 0)]
    [InlineData("members|-role=web|-tag|role=lb", "Deprecation warning: 'Role' has been replaced with 'Tags'\nm2  127.0.0.1:22859  alive  role=web\n", 0)]
    [InlineData("members|-tag|bad", "Error: Invalid tag: 'bad'\n", 1)]
    [InlineData("members|-tag|=bad", "Error: Invalid tag: '=bad'\n", 1)]
    [InlineData("members|-tag|role=", "m3  127.0.0.1:22861  alive\n", 0)]
    [InlineData("members|-name=(", "Error retrieving members: Failed to compile regex: error parsing regexp: missing closing ): `^($`\n", 1)]
    [InlineData("monitor|-log-level=bogus", "Error starting monitor: Unknown log level: BOGUS\n", 1)]
    [InlineData("tags|-set|noeq", "Error: Invalid tag: 'noeq'\n", 1)]
    public void Special_cases_print_their_own_texts(string arguments, string output, int status) =>
        Assert.Equal((status, output, ""), Run(arguments.Split('|')));

    [Fact]
    public void Columns_follow_the_widest_value_and_a_bar_begins_none()
    {
        _server.MemberList.Clear();
        _server.AddMember("peer", 1, MemberStatus.Alive);
        _server.AddMember("s\u00eeg", 2, MemberStatus.Left, ("pipe", "a|b"));
        Assert.Equal(
            "peer  127.0.0.1:1  alive  \ns\u00eeg   127.0.0.1:2  left   pipe=a|b\n", Run("members").Output);
    }

    [Fact]
    public void Three_hundred_members_are_listed_by_name()
    {
        _server.MemberList.Clear();
        for (int number = 299; number >= 0; number--)
        {
            _server.AddMember($"n{number:d3}", (ushort)(1000 + number), MemberStatus.Alive, ("tag", "v|x"));
        }

        string[] lines = Run("members").Output.TrimEnd('\n').Split('\n');

        Assert.Equal(300, lines.Length);
        Assert.Equal("n000  127.0.0.1:1000  alive  tag=v|x", lines[0]);
        Assert.Equal("n299  127.0.0.1:1299  alive  tag=v|x", lines[^1]);
    }

    [Fact]
    public void Json_escapes_as_the_original_does()
    {
        _server.MemberList.Clear();
        _server.AddMember("a<&>\u2028\"\\\n\u0001\u00e9\U0001F600", 1, MemberStatus.Alive);
        Assert.Contains(
            "\"name\": \"a\\u003c\\u0026\\u003e\\u2028\\\"\\\\\\n\\u0001\u00e9\U0001F600\",\n",
            Run("members", "-format", "json").Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_token_comes_from_the_flag_or_the_environment()
    {
        _server.AuthKey = ByteString.FromText("secret");
        Assert.Equal("Error sending event: Authentication required\n", Run("event", "a").Output);
        Assert.Equal("Error retrieving members: Authentication required\n", Run("members").Output);
        Assert.Equal("Error querying agent: Authentication required\n", Run("info").Output);
        Assert.Equal("Error starting stream: Authentication required\n", Run("monitor").Output);
        Assert.Equal(
            (1, "Error connecting to Serf agent: Invalid authentication token\n", ""),
            Run("members", "-rpc-auth=wrong"));
        _environment["SERF_RPC_AUTH"] = "secret";
        Assert.Equal(0, Run("members").Status);
        Assert.Equal(1, Run("members", "-rpc-auth=wrong").Status);
        Assert.Equal(0, Run("event", "-rpc-auth", "secret", "a").Status);
    }

    [Fact]
    public void The_monitor_shows_bytes_that_are_not_UTF8_as_numbers_in_events_and_as_they_are_in_lines()
    {
        ByteString name = new([(byte)'n', 0xFF]);
        _server.History.Add("EventMemberJoin: " + name);
        _server.Events.Add(new UserEvent(2, name, null, true));

        string output = Run("monitor").Output;

        Assert.StartsWith("EventMemberJoin: n\uDCFF\nEvent Info:\n", output, StringComparison.Ordinal);
        Assert.Contains("\tName: \"n\\xff\"\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_monitor_prints_lines_and_events_until_the_agent_ends()
    {
        _server.History.Add("2026/11/21 01:08:56 [INFO] agent: Serf agent starting");
        _server.Events.Add(new UserEvent(158, ByteString.FromText("dep"), [0x70, 1, 0x6C], false));
        _server.Events.Add(new UserEvent(2, ByteString.FromText("a\"b"), null, true));
        _server.Events.Add(new MemberEvent(SerfEventKind.MemberJoin, [_server.MemberList[1]]));

        (int status, string output, _) = Run("monitor");

        Assert.Equal(
            "2026/11/21 01:08:56 [INFO] agent: Serf agent starting\n"
            + "Event Info:\n\tCoalesce: false\n\tEvent: \"user\"\n\tLTime: 0x9e\n\tName: \"dep\"\n"
            + "\tPayload: []byte{0x70, 0x1, 0x6c}\n"
            + "Event Info:\n\tCoalesce: true\n\tEvent: \"user\"\n\tLTime: 2\n\tName: \"a\\\"b\"\n\tPayload: <nil>\n"
            + "Event Info:\n\tEvent: \"member-join\"\n\tMembers: []interface {}{map[interface {}]interface {}{"
            + "\"Addr\":[]uint8{0x7f, 0x0, 0x0, 0x1}, \"DelegateCur\":5, \"DelegateMax\":5, \"DelegateMin\":2, "
            + "\"Name\":\"m2\", \"Port\":0x594b, \"ProtocolCur\":2, \"ProtocolMax\":5, \"ProtocolMin\":1, "
            + "\"Status\":\"alive\", \"Tags\":map[interface {}]interface {}{\"role\":\"web\"}}}\n"
            + "\nRemote side ended the monitor! This usually means that the\nremote side has exited or crashed.\n",
            output);
        Assert.Equal(1, status);
    }

    [Theory]
    [InlineData("127.0.0.131", "dial tcp: address 127.0.0.131: missing port in address")]
    [InlineData("", "dial tcp: missing address")]
    [InlineData("127.0.0.1:99999", "dial tcp: address 99999: invalid port")]
    [InlineData("127.0.0.1:foo", "dial tcp: address tcp/foo: unknown port")]
    [InlineData("[::1", "dial tcp: address [::1: missing ']' in address")]
    [InlineData("[::1]", "dial tcp: address [::1]: missing port in address")]
    [InlineData("::1:7373", "dial tcp: address ::1:7373: too many colons in address")]
    [InlineData("a:b:c", "dial tcp: address a:b:c: too many colons in address")]
    [InlineData("127.0.0.1:", "dial tcp 127.0.0.1:0: connect: connection refused")]
    [InlineData("127.0.0.1:1", "dial tcp 127.0.0.1:1: connect: connection refused")]
    [InlineData("localhost:1", "dial tcp 127.0.0.1:1: connect: connection refused")]
    [InlineData(":1", "dial tcp :1: connect: connection refused")]
    public void A_failed_connection_says_why(string address, string reason) => Assert.Equal(
        (1, "Error connecting to Serf agent: " + reason + "\n", ""), Run("members", "-rpc-addr=" + address));

    [Theory]
    [InlineData(false, "Error connecting to Serf agent: client closed\n")]
    [InlineData(true, "Error connecting to Serf agent: invalid response\n")]
    public void A_peer_that_is_no_agent_is_reported(bool speaks, string output)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        System.Threading.Thread peer = new(() =>
        {
            using Socket socket = listener.AcceptSocket();
            byte[] buffer = new byte[100];
            socket.Receive(buffer);
            socket.Send(speaks ? [0xC1, 0xC1] : []);
        });
        peer.Start();

        Assert.Equal(output, Run("members", "-rpc-addr", listener.LocalEndpoint.ToString()!).Output);
        peer.Join();
    }

    private (int Status, string Output, string Error) Run(params string[] arguments)
    {
        StringWriter output = new();
        StringWriter error = new();
        CliContext context = new()
        {
            Output = output,
            Error = error,
            Environment = name => _environment.GetValueOrDefault(name),
        };
        int status = Commands[arguments[0]]().Run(arguments.AsSpan(1), context);
        return (status, output.ToString(), error.ToString());
    }

    private void AddStats()
    {
        JsonElement text = JsonDocument.Parse(Load("32-info").GetProperty("stdout").GetString()!).RootElement;
        foreach (JsonProperty section in text.EnumerateObject())
        {
            List<KeyValuePair<ByteString, ByteString>> entries = [];
            foreach (JsonProperty entry in section.Value.EnumerateObject())
            {
                entries.Insert(
                    0, new(ByteString.FromText(entry.Name), ByteString.FromText(entry.Value.GetString()!)));
            }

            _server.Sections.Insert(0, new(section.Name, entries));
        }
    }

    // The original makes no remarks.
    private static string WithoutHints(string error) =>
        string.Concat(error.Split('\n').Where(line => !line.StartsWith("Hint: ", StringComparison.Ordinal)).Select(
            line => line.Length > 0 ? line + "\n" : ""));

    // The original lists members and tags in no order; ours is fixed. Lines and tags are put in order in both.
    private static string Sorted(string text)
    {
        string[] parts = text.Replace("role=lb,dc=east", "dc=east,role=lb").Split('\n');
        Array.Sort(parts, StringComparer.Ordinal);
        return string.Join('\n', parts);
    }

    private static JsonElement Load(string name) => VectorFile.Find("cli-transcripts.json", name);
}
