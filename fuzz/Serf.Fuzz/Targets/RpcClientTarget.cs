using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Fuzz.Engine;
using Serf.Rpc;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>What a server sends is the same to the client however it is cut. The first byte: the pieces.</summary>
internal sealed class RpcClientTarget : FuzzTarget
{
    public override IEnumerable<byte[]> Seeds() =>
        RpcSessionTarget.Sent("response").Select(bytes => (byte[])[6, .. bytes]);

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        string atOnce = Take(input[1..], input.Length);
        string inPieces = Take(input[1..], 1 + (input[0] & 0x7F));
        FuzzException.Check(atOnce == inPieces, $"at once:\n{atOnce}\nin pieces:\n{inPieces}");
    }

    private static string Take(ReadOnlySpan<byte> answers, int pieceSize)
    {
        using RpcCalls calls = new();
        calls.Handshake();
        calls.Members();
        calls.Stats();
        calls.Stream("*");
        calls.Monitor("DEBUG");
        calls.Join(new([], false));
        calls.Leave();
        calls.Query(new([], Tags.Empty, true, 0, 0, default, null));
        calls.ChangeKeys(KeyOperation.List, "");
        calls.GetCoordinate("n");
        calls.FilterMembers(new(Tags.Empty, default, default));
        calls.Stop(4);
        StringBuilder text = new();
        for (int start = 0; start < answers.Length; start += pieceSize)
        {
            calls.Receive(answers.Slice(start, Math.Min(pieceSize, answers.Length - start)));
            while (calls.TryTake(out RpcAnswer? answer))
            {
                text.Append(answer!.Sequence).Append(' ').Append(answer.Error).Append(' ').Append(answer.IsRecord)
                    .Append(' ').Append(Convert.ToHexString(answer.Body)).Append('\n');
                Decode(answer.Body);
            }
        }

        return text.Append(calls.Fault).ToString();
    }

    // Each body is one whole value, and may be any but the one that was asked for.
    private static void Decode(byte[] body)
    {
        RpcCodec.TryReadMembers(body, out _);
        RpcCodec.TryReadStats(body, out _);
        RpcCodec.TryReadJoinReply(body, out _);
        RpcCodec.TryReadKeyReply(body, out _);
        RpcCodec.TryReadCoordinateReply(body, out _);
        RpcCodec.TryReadLog(body, out _);
        RpcCodec.TryRead(body, out QueryRecord _);
    }
}
