using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Serf.Cluster;
using Serf.Core.Tests.Rpc;
using Serf.Fuzz.Engine;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Vectors;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// What a client sends gets the same answers, and makes the agent do the same, however it is cut. The first
/// byte tells the size of the pieces and, by its highest bit, whether a token is asked for.
/// </summary>
internal sealed class RpcSessionTarget : FuzzTarget
{
    private static readonly MemberInfo[] _members =
    [
        Member("alpha", MemberStatus.Alive, Tags.From([new(ByteString.FromText("role"), ByteString.FromText("web"))])),
        Member("beta", MemberStatus.Failed, Tags.Empty),
    ];

    // An expression is compiled for what a few bytes ask.
    public override long AllocationBase => 32 << 20;

    public override long AllocationPerByte => 256 * 1024;

    public override int SmokeCount => 300;

    public override IEnumerable<byte[]> Seeds() => Sent("request")
        .Select(bytes => (byte[])[5, .. bytes])
        .Concat(Sent("request").Select(bytes => (byte[])[0x80, .. bytes]));

    /// <summary>All that went one way in each recorded session, and each message alone.</summary>
    public static IEnumerable<byte[]> Sent(string direction)
    {
        foreach (JsonElement vector in VectorFile.Load("rpc-transcripts.json"))
        {
            List<byte> all = [];
            foreach (JsonElement message in vector.GetProperty("messages").EnumerateArray())
            {
                if (message.GetProperty("direction").GetString() == direction)
                {
                    all.AddRange(VectorFile.HexOrNull(message, "hex") ?? []);
                }
            }

            yield return all.ToArray();
        }
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        bool isGuarded = input[0] >= 0x80;
        int pieceSize = 1 + (input[0] & 0x7F);
        string atOnce = Answer(input[1..], input.Length, isGuarded);
        string inPieces = Answer(input[1..], pieceSize, isGuarded);
        FuzzException.Check(atOnce == inPieces, $"at once:\n{atOnce}\nin pieces:\n{inPieces}");
    }

    private static string Answer(ReadOnlySpan<byte> requests, int pieceSize, bool isGuarded)
    {
        FakeAgent agent = new() { JoinCount = 1, AuthKey = isGuarded ? ByteString.FromText("token") : default };
        agent.MemberList.AddRange(_members);
        agent.History.Add("a line");
        FakeOutput output = new();
        RpcSession session = new(agent, output, new TokenGuard());
        for (int start = 0; start < requests.Length; start += pieceSize)
        {
            session.Receive(requests.Slice(start, Math.Min(pieceSize, requests.Length - start)), default);
        }

        session.Closed();
        FuzzException.Check(!session.WantsInput, "a session that has ended wants more");
        return string.Join('\n', agent.Calls) + "\n" + string.Join('\n', agent.Lines) + "\n"
            + string.Join('\n', output.Units.Select(Convert.ToHexString)) + "\n" + output.IsClosed;
    }

    private static MemberInfo Member(string name, MemberStatus status, Tags tags) => new(
        ByteString.FromText(name), NodeAddress.FromIPv4(0x7F000001, 7946), tags, status, new(1, 5, 2, 2, 5, 5));
}
