using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Serf.Blackbox.Harness;
using Serf.Vectors;
using Xunit;

namespace Serf.Blackbox;

/// <summary>
/// Sessions recorded with the original, sent again to the program: those that need no cluster around it. All of them
/// are replayed against the session itself among the unit tests.
/// </summary>
public sealed class RpcRecordedTests : BlackboxTest
{
    public static TheoryData<string, bool> Sessions => new()
    {
        { "no-handshake", false },
        { "bad-version", false },
        { "version-0", false },
        { "twice", false },
        { "unknown", false },
        { "seq-large", false },
        { "raw-form", false },
        { "split", false },
        { "extra-fields", false },
        { "garbage", false },
        { "auth-second", false },
        { "auth-wrong", true },
        { "auth-missing", true },
        { "leave", false },
    };

    [Theory]
    [MemberData(nameof(Sessions))]
    public void A_recorded_session_is_answered_alike(string name, bool hasToken)
    {
        JsonElement session = VectorFile.Find("rpc-transcripts.json", name);
        string config = Write("config.json", hasToken ? """{ "rpc_auth": "open-sesame" }""" : "{}");
        Agent agent = Start("n1", $"-config-file={config}");
        using RpcConnection connection = RpcConnection.Raw(agent.Address, Agent.RpcPort);
        int replies = 0;
        foreach (JsonElement message in session.GetProperty("messages").EnumerateArray())
        {
            byte[] bytes = Convert.FromHexString(message.GetProperty("hex").GetString()!);
            if (message.GetProperty("direction").GetString() == "request")
            {
                connection.SendBytes(bytes);
                continue;
            }

            int count = message.GetProperty("values").GetArrayLength();
            RpcReply reply = connection.Receive(hasBody: count == 2);
            Dictionary<string, object?> header = Header(bytes);
            Assert.Equal(Convert.ToUInt64(header["Seq"]), reply.Seq);
            Assert.Equal(header["Error"], reply.Error);
            if (count == 2)
            {
                Assert.Equal(Keys(message.GetProperty("values")[1]), reply.Body!.Keys.Order(StringComparer.Ordinal));
            }

            replies++;
        }

        if (IsClosedByAgent(session) || name == "leave")
        {
            Assert.True(connection.IsClosed());
        }
        else
        {
            Assert.True(replies > 0);
            connection.Send("stop", new() { ["Stop"] = 12345UL });
            Assert.Contains(
                connection.Receive(hasBody: false).Error,
                (string[])[string.Empty, "Authentication required", "Handshake required"]);
        }
    }

    private static bool IsClosedByAgent(JsonElement session) =>
        session.GetProperty("input").TryGetProperty("closedBy", out JsonElement by) && by.GetString() == "agent";

    private static Dictionary<string, object?> Header(byte[] bytes) =>
        (Dictionary<string, object?>)Msgpack.Read(new MemoryStream(bytes))!;

    private static IEnumerable<string> Keys(JsonElement body) =>
        body.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal);
}
