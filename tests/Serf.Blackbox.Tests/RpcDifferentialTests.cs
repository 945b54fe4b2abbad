using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>
/// The same bytes to an agent of ours and to one of the original, the malformed ones of spec rpc 11 among them: what
/// comes back is the same, or stands in the table of what may differ, with the reason.
/// </summary>
public sealed class RpcDifferentialTests : BlackboxTest
{
    private static readonly byte[] _nil = [0xC0];

    /// <summary>Name, requests.</summary>
    private static readonly (string Name, RpcTalk Talk)[] _cases =
    [
        ("first: members", new RpcTalk().Send("members", 5).Ends()),
        ("first: auth", new RpcTalk().SendRaw("auth", 5).Ends()),
        ("first: unknown", new RpcTalk().Send("dance", 5).Ends()),
        ("first: type byte never used", new RpcTalk().Hex("C1").Ends()),
        ("first: plain text", new RpcTalk().Bytes([.. "GET / HTTP/1.1\r\n\r\n"u8]).Ends()),
        ("first: number", new RpcTalk().Hex("05").Ends()),
        ("first: string", new RpcTalk().Hex("A3616263").Ends()),
        ("first: nil", new RpcTalk().Bytes(_nil).Ends()),
        ("first: empty map", new RpcTalk().Hex("80").Ends()),
        ("first: empty list", new RpcTalk().Hex("90").Ends()),
        ("first: lower-case keys", new RpcTalk().Hex("82A7636F6D6D616E64A76D656D62657273A373657105").Ends()),
        ("handshake: version 0", new RpcTalk().Send("handshake", 1, new() { ["Version"] = 0 }).Send("handshake", 2, new() { ["Version"] = 1 })),
        ("handshake: version 2", new RpcTalk().Send("handshake", 1, new() { ["Version"] = 2 }).Send("members", 2).Ends()),
        ("handshake: version 2^31-1", new RpcTalk().Send("handshake", 1, new() { ["Version"] = int.MaxValue }).Send("handshake", 2, new() { ["Version"] = 1 })),
        ("handshake: version 2^31", new RpcTalk().Send("handshake", 1, new() { ["Version"] = 1L << 31 }).Ends()),
        ("handshake: version -1", new RpcTalk().Send("handshake", 1, new() { ["Version"] = -1 }).Send("handshake", 2, new() { ["Version"] = 1 })),
        ("handshake: version missing", new RpcTalk().SendRaw("handshake", 1, 0x80).Send("handshake", 2, new() { ["Version"] = 1 })),
        ("handshake: nil", new RpcTalk().SendRaw("handshake", 1, 0xC0).Send("handshake", 2, new() { ["Version"] = 1 })),
        ("handshake: list", new RpcTalk().SendRaw("handshake", 1, 0x91, 1).Send("members", 2)),
        ("handshake: text", new RpcTalk().SendField("handshake", 1, "Version", 0xA1, (byte)'1').Ends()),
        ("handshake: twice", RpcTalk.Shaken().Send("handshake", 2, new() { ["Version"] = 1 }).Send("handshake", 3, new() { ["Version"] = 2 })),
        ("header: list", RpcTalk.Shaken().Hex("92A76D656D6265727302")),
        ("header: unknown key with nested value", RpcTalk.Shaken().Hex("83A1559181A1789205C0A7436F6D6D616E64A76D656D62657273A353657102")),
        ("header: negative number", RpcTalk.Shaken().Hex("82A7436F6D6D616E64A76D656D62657273A3536571FF").Ends()),
        ("header: number as text", RpcTalk.Shaken().Hex("82A7436F6D6D616E64A76D656D62657273A3536571A132").Ends()),
        ("header: number as float", RpcTalk.Shaken().Hex("82A7436F6D6D616E64A76D656D62657273A3536571CB4000000000000000").Ends()),
        ("header: number above 2^63", RpcTalk.Shaken().Send("members", 1UL << 63)),
        ("header: number 0", RpcTalk.Shaken().Send("members", 0)),
        ("header: binary command", RpcTalk.Shaken().Hex("82A7436F6D6D616E64C4076D656D62657273A353657102")),
        ("header: nil", RpcTalk.Shaken().Bytes(_nil).Ends()),
        ("header: number only", RpcTalk.Shaken().Send("members", 2).Hex("81A353657103").Ends()),
        ("header: unknown command", RpcTalk.Shaken().Send("Members", 2).Send("members", 3).Ends()),
        ("members", RpcTalk.Shaken().Send("members", 2)),
        ("members twice in one packet", RpcTalk.Shaken().Send("members", 2).Send("members", 3)),
        ("filtered: name", RpcTalk.Shaken().Send("members-filtered", 2, new() { ["Name"] = "x|n1" })),
        ("filtered: alternative is not grouped", RpcTalk.Shaken().Send("members-filtered", 2, new() { ["Name"] = "n|x" })),
        ("filtered: none", RpcTalk.Shaken().Send("members-filtered", 2, new() { ["Status"] = "failed" })),
        ("filtered: missing tag is empty text", RpcTalk.Shaken().Send("members-filtered", 2, new() { ["Tags"] = Map(("zz", "")) })),
        ("filtered: tag", RpcTalk.Shaken().Send("members-filtered", 2, new() { ["Tags"] = Map(("role", "w.b")) })),
        ("filtered: nil", RpcTalk.Shaken().SendRaw("members-filtered", 2, 0xC0)),
        ("filtered: list in declared order", RpcTalk.Shaken().SendRaw("members-filtered", 2, 0x93, 0x80, 0xA0, 0xA2, (byte)'n', (byte)'1')),
        ("filtered: bad expression", RpcTalk.Shaken().Send("members-filtered", 2, new() { ["Name"] = "(" })),
        ("event", RpcTalk.Shaken().Send("event", 2, new() { ["Name"] = "e", ["Payload"] = Ascii("p"), ["Coalesce"] = false })),
        ("event: empty name", RpcTalk.Shaken().Send("event", 2, new() { ["Name"] = "" })),
        ("event: string", RpcTalk.Shaken().SendRaw("event", 2, 0xA1, (byte)'x').Ends()),
        ("event: nil", RpcTalk.Shaken().SendRaw("event", 2, 0xC0)),
        ("event: list", RpcTalk.Shaken().SendRaw("event", 2, 0x93, 0xA1, (byte)'e', 0xC0, 0xC2)),
        ("event: list in key order", RpcTalk.Shaken().SendRaw("event", 2, 0x93, 0xC2, 0xA1, (byte)'e', 0xC0).Ends()),
        ("event: lower-case keys", RpcTalk.Shaken().SendField("event", 2, "name", 0xA1, (byte)'e')),
        ("event: payload as text", RpcTalk.Shaken().Send("event", 2, new() { ["Name"] = "e", ["Payload"] = "p" })),
        ("event: payload as list", RpcTalk.Shaken().SendField("event", 2, "Payload", 0x92, 1, 2)),
        ("event: payload as number", RpcTalk.Shaken().SendField("event", 2, "Payload", 5).Ends()),
        ("event: name as number", RpcTalk.Shaken().SendField("event", 2, "Name", 5).Ends()),
        ("event: flag as text", RpcTalk.Shaken().SendField("event", 2, "Coalesce", 0xA1, (byte)'x').Ends()),
        ("event: too long", RpcTalk.Shaken().Send("event", 2, new() { ["Name"] = "e", ["Payload"] = new byte[600] })),
        ("event: too long when encoded", RpcTalk.Shaken().Send("event", 2, new() { ["Name"] = "e", ["Payload"] = new byte[505] })),
        ("stream: bad filter", RpcTalk.Shaken().Send("stream", 2, new() { ["Type"] = "user,bogus" })),
        ("stream: spaces", RpcTalk.Shaken().Send("stream", 2, new() { ["Type"] = "user, query" })),
        ("stream: list of filters", RpcTalk.Shaken().Send("stream", 2, new() { ["Type"] = "user:foo,query:bar,member-join" })),
        ("stream: empty", RpcTalk.Shaken().Send("stream", 2, new() { ["Type"] = "" })),
        ("stream: same number", RpcTalk.Shaken().Send("stream", 2, new() { ["Type"] = "user" }).Send("stream", 2, new() { ["Type"] = "query" })),
        ("stream: bad filter before same number", RpcTalk.Shaken().Send("stream", 2, new() { ["Type"] = "*" }).Send("stream", 2, new() { ["Type"] = "x" })),
        ("stream: event in two streams, once in each", RpcTalk.Shaken().Send("stream", 2, new() { ["Type"] = "user:s1,user" })
            .Send("stream", 3, new() { ["Type"] = "*" })
            .Send("event", 4, new() { ["Name"] = "s1", ["Payload"] = Ascii("\u0001p"), ["Coalesce"] = true }).AwaitRecords(2)),
        ("stream: payload of 256 bytes", RpcTalk.Shaken().Send("stream", 2, new() { ["Type"] = "user:s2" })
            .Send("event", 4, new() { ["Name"] = "s2", ["Payload"] = new byte[256] }).AwaitRecords(1)),
        ("stop: unknown number", RpcTalk.Shaken().Send("stop", 2, new() { ["Stop"] = 77UL })),
        ("stop: nil", RpcTalk.Shaken().SendRaw("stop", 2, 0xC0)),
        ("stop: negative", RpcTalk.Shaken().SendField("stop", 2, "Stop", 0xFF).Ends()),
        ("stop: text", RpcTalk.Shaken().SendField("stop", 2, "Stop", 0xA1, (byte)'1').Ends()),
        ("stop: stream and monitor of one number", RpcTalk.Shaken().Send("stream", 2, new() { ["Type"] = "user" })
            .Send("monitor", 2, new() { ["LogLevel"] = "ERR" }).Send("stop", 3, new() { ["Stop"] = 2UL })
            .Send("monitor", 4, new() { ["LogLevel"] = "ERR" })),
        ("monitor: bad level", RpcTalk.Shaken().Send("monitor", 2, new() { ["LogLevel"] = "bogus" })),
        ("monitor: empty level", RpcTalk.Shaken().Send("monitor", 2, new() { ["LogLevel"] = "" })),
        ("monitor: second", RpcTalk.Shaken().Send("monitor", 2, new() { ["LogLevel"] = "err" }).Send("monitor", 3, new() { ["LogLevel"] = "trace" })),
        ("monitor: bad level before second", RpcTalk.Shaken().Send("monitor", 2, new() { ["LogLevel"] = "err" }).Send("monitor", 3, new() { ["LogLevel"] = "x" })),
        ("monitor: second after stop", RpcTalk.Shaken().Send("monitor", 2, new() { ["LogLevel"] = "err" }).Send("stop", 3, new() { ["Stop"] = 2UL })
            .Send("monitor", 4, new() { ["LogLevel"] = "WARN" })),
        ("force-leave: nobody", RpcTalk.Shaken().Send("force-leave", 2, new() { ["Node"] = "nosuch" })),
        ("force-leave: prune nobody", RpcTalk.Shaken().Send("force-leave", 2, new() { ["Node"] = "nosuch", ["Prune"] = true })),
        ("force-leave: number", RpcTalk.Shaken().SendField("force-leave", 2, "Node", 5).Ends()),
        ("join: nobody", RpcTalk.Shaken().Send("join", 2, new() { ["Existing"] = new List<object?>() })),
        ("join: nil", RpcTalk.Shaken().SendRaw("join", 2, 0xC0)),
        ("join: refused", RpcTalk.Shaken().Send("join", 2, new() { ["Existing"] = new List<object?> { "127.0.0.1:9" } })),
        ("join: refused twice", RpcTalk.Shaken().Send("join", 2, new() { ["Existing"] = new List<object?> { "127.0.0.1:9", "127.0.0.1:10" } })),
        ("join: a text", RpcTalk.Shaken().SendField("join", 2, "Existing", 0xA1, (byte)'x').Ends()),
        ("join: a list with a number", RpcTalk.Shaken().SendField("join", 2, "Existing", 0x91, 5).Ends()),
        ("tags: set and deleted", RpcTalk.Shaken().Send("tags", 2, new() { ["Tags"] = Map(("both", "1")), ["DeleteTags"] = new List<object?> { "both", "nosuch" } }).Send("members", 3)),
        ("tags: nothing", RpcTalk.Shaken().SendRaw("tags", 2, 0xC0).Send("members", 3)),
        ("tags: too long", RpcTalk.Shaken().Send("tags", 2, new() { ["Tags"] = Map(("big", new string('x', 600))) }).Send("members", 3)),
        ("tags: a list", RpcTalk.Shaken().SendField("tags", 2, "Tags", 0x91, 5).Ends()),
        ("query: reserved", RpcTalk.Shaken().Send("query", 2, new() { ["Name"] = "_serf_install-key" })),
        ("query: too long", RpcTalk.Shaken().Send("query", 2, new() { ["Name"] = "q", ["Payload"] = new byte[1100] })),
        ("query: timeout as text", RpcTalk.Shaken().Send("query", 2, new() { ["Name"] = "q", ["Timeout"] = "1s" }).Ends()),
        ("query: relay factor 256", RpcTalk.Shaken().Send("query", 2, new() { ["Name"] = "q", ["RelayFactor"] = 256 }).Ends()),
        ("query: with ack", RpcTalk.Shaken().Send("query", 2, new() { ["Name"] = "q", ["RequestAck"] = true, ["Timeout"] = 300_000_000L }).AwaitRecords(2)),
        ("query: for others", RpcTalk.Shaken().Send("query", 2, new() { ["Name"] = "q", ["FilterNodes"] = new List<object?> { "x" }, ["RequestAck"] = true, ["Timeout"] = 300_000_000L }).AwaitRecords(1)),
        ("query: by tag", RpcTalk.Shaken().Send("query", 2, new() { ["Name"] = "q", ["FilterTags"] = Map(("role", "^w")), ["RequestAck"] = true, ["Timeout"] = 300_000_000L }).AwaitRecords(2)),
        ("respond: unknown", RpcTalk.Shaken().Send("respond", 2, new() { ["ID"] = 5UL, ["Payload"] = Ascii("x") })),
        ("respond: nil", RpcTalk.Shaken().SendRaw("respond", 2, 0xC0)),
        ("stats", RpcTalk.Shaken().Send("stats", 2)),
        ("coordinate: nobody", RpcTalk.Shaken().Send("get-coordinate", 2, new() { ["Node"] = "nosuch" })),
        ("coordinate: itself", RpcTalk.Shaken().Send("get-coordinate", 2, new() { ["Node"] = "n1" })),
        ("keys: list", RpcTalk.Shaken().Send("list-keys", 2)),
        ("keys: install", RpcTalk.Shaken().Send("install-key", 2, new() { ["Key"] = "5K9OtfP7efFrNKe5WCQvXvnaXJ5cWP0SvXiwe0kkjM4=" })),
        ("keys: use", RpcTalk.Shaken().Send("use-key", 2, new() { ["Key"] = "5K9OtfP7efFrNKe5WCQvXvnaXJ5cWP0SvXiwe0kkjM4=" })),
        ("keys: remove", RpcTalk.Shaken().Send("remove-key", 2, new() { ["Key"] = "5K9OtfP7efFrNKe5WCQvXvnaXJ5cWP0SvXiwe0kkjM4=" })),
        ("keys: no base64", RpcTalk.Shaken().Send("install-key", 2, new() { ["Key"] = "badkey" })),
        ("keys: nil", RpcTalk.Shaken().SendRaw("install-key", 2, 0xC0)),
        ("auth: a token where none is asked for", RpcTalk.Shaken().Send("auth", 2, new() { ["AuthKey"] = "x" }).Send("auth", 3, new() { ["AuthKey"] = "" })),
    ];

    /// <summary>The same where a token is asked for.</summary>
    private static readonly (string Name, RpcTalk Talk)[] _guardedCases =
    [
        ("token: before the handshake", new RpcTalk().Send("auth", 5, new() { ["AuthKey"] = "secret" }).Ends()),
        ("token: members without", RpcTalk.Shaken().Send("members", 2)),
        ("token: unknown command without", RpcTalk.Shaken().Send("dance", 2)),
        ("token: event without", RpcTalk.Shaken().Send("event", 2, new() { ["Name"] = "e" }).Send("members", 3)),
        ("token: second handshake without", RpcTalk.Shaken().Send("handshake", 2, new() { ["Version"] = 1 })),
        ("token: wrong, right, wrong", RpcTalk.Shaken().Send("auth", 2, new() { ["AuthKey"] = "secre" }).Send("members", 3)
            .Send("auth", 4, new() { ["AuthKey"] = "secret" }).Send("members", 5)
            .Send("auth", 6, new() { ["AuthKey"] = "secret2" }).Send("members", 7)),
        ("token: empty", RpcTalk.Shaken().Send("auth", 2, new() { ["AuthKey"] = "" })),
        ("token: nil", RpcTalk.Shaken().SendRaw("auth", 2, 0xC0)),
        ("token: number", RpcTalk.Shaken().SendField("auth", 2, "AuthKey", 5).Ends()),
    ];

    /// <summary>What we answer where the original at hand answers something else, by the name of the case.</summary>
    private static readonly Dictionary<string, string> _allowed = new()
    {
        // Later versions than 0.9.4 take binary forms for text too (spec rpc 12).
        ["header: binary command"] = $"1 ''\n2 '' {{Members:[{Member}]}}\nopen",

        // The original takes what a header lacks from the one before (spec rpc 10, item 4).
        ["header: number only"] = $"1 ''\n2 '' {{Members:[{Member}]}}\n3 'Unsupported command'\nclosed",

        // The original closes the connection without a word (spec rpc 10, item 5).
        ["filtered: bad expression"] =
            "1 ''\n2 'Failed to compile regex: error parsing regexp: missing closing ): `^($`' {Members:[]}\nopen",

        // Later versions than 0.9.4 begin with a small letter, and name the port (spec rpc 12).
        ["join: refused"] = "1 ''\n2 '1 error occurred:\n\t* " + RefusedBy(9) + "\n\n' {Num:0}\nopen",
        ["join: refused twice"] =
            $"1 ''\n2 '2 errors occurred:\n\t* {RefusedBy(9)}\n\t* {RefusedBy(10)}\n\n' {{Num:0}}\nopen",

        // The original takes the body of a refused command for the next header (spec rpc 10, item 3).
        ["token: event without"] = "1 ''\n2 'Authentication required'\n3 'Authentication required'\nopen",
    };

    private const string Member = "{Addr:*,DelegateCur:5,DelegateMax:5,DelegateMin:2,Name:n1,Port:17946,ProtocolCur:2,"
        + "ProtocolMax:5,ProtocolMin:1,Status:alive,Tags:{role:web}}";

    [PeerFact]
    public void The_same_bytes_are_answered_alike()
    {
        Agent ours = Start("n1", "-tag", "role=web");
        Agent peer = StartPeer("n1", "-tag", "role=web");

        AssertAlike(_cases, ours, peer);
    }

    [PeerFact]
    public void So_they_are_where_a_token_is_asked_for()
    {
        string config = Write("config.json", """{ "rpc_auth": "secret" }""");
        Agent ours = Start("n1", $"-config-file={config}");
        Agent peer = StartPeer("n1", $"-config-file={config}");

        AssertAlike(_guardedCases, ours, peer);
    }

    private static void AssertAlike((string Name, RpcTalk Talk)[] cases, Agent ours, Agent peer)
    {
        List<string> faults = [];
        foreach ((string name, RpcTalk talk) in cases)
        {
            string our = talk.With(ours);
            string their = talk.With(peer);
            if (our != their && (!_allowed.TryGetValue(name, out string? allowed) || our != allowed))
            {
                faults.Add($"--- {name}\nours:\n{our}\ntheirs:\n{their}");
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static string RefusedBy(int port) =>
        $"failed to join 127.0.0.1:{port}: dial tcp 127.0.0.1:{port}: connect: connection refused";

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);

    private static Dictionary<string, object?> Map(params (string Key, string Value)[] entries) =>
        entries.ToDictionary(entry => entry.Key, entry => (object?)entry.Value);
}
