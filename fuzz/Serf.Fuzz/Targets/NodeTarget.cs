using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using Serf.Fuzz.Engine;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// A node that knows a few members, and a script of what happens to it: packets, streams in pieces, time. It
/// stays within its limits, and the same script always has the same effects.
/// </summary>
/// <remarks>A step: kind, two bytes of length, content. Bytes that are missing at the end do not matter.</remarks>
internal sealed class NodeTarget : FuzzTarget
{
    private const int HeaderSize = 3;

    /// <summary>Steps of one script that are taken: each costs a few microseconds, an advance more.</summary>
    private const int StepCountMax = 64;

    public override int InputSizeMax => 4096;

    public override long AllocationBase => 64 << 20;

    public override int SmokeCount => 100;

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (byte[] packet in Serf.Fuzz.Seeds.Hex("memberlist-packets.json", "hex"))
        {
            yield return [.. Step(0, packet), .. Step(2, [20])];
        }

        foreach (byte[] message in Serf.Fuzz.Seeds.Hex("memberlist-messages.json", "hex").Take(150))
        {
            yield return [.. Step(0, message), .. Step(2, [20])];
        }

        foreach (byte[] message in Serf.Fuzz.Seeds.Hex("serf-messages.json", "hex").Take(250))
        {
            yield return [.. Step(0, [(byte)MessageType.User, .. message]), .. Step(2, [40])];
        }

        foreach (byte[] stream in Serf.Fuzz.Seeds.Hex("memberlist-streams.json", "hex"))
        {
            yield return [.. Step(1, [7, .. stream]), .. Step(2, [250])];
        }

        for (uint flags = 0; flags <= QueryResponseMessage.FlagAck; flags++)
        {
            byte[] answer = AnswerToQuery(flags);
            yield return [.. Step(5, "load"u8.ToArray()), .. Step(0, answer), .. Step(0, answer), .. Step(2, [100])];
        }
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        ulong once = Play(input);
        FuzzException.Check(Play(input) == once, "the same script has other effects");
    }

    /// <summary>What the peer <c>a</c> says to the node's first query.</summary>
    private static byte[] AnswerToQuery(uint flags)
    {
        QueryResponseMessage answer = new()
        {
            LamportTime = 1, Id = 0x07070707, From = "a"u8, Flags = flags, Payload = "x"u8,
        };
        byte[] packet = new byte[1 + SerfCodec.SizeOf(answer)];
        packet[0] = (byte)MessageType.User;
        SerfCodec.Write(answer, packet.AsSpan(1));
        return packet;
    }

    private static byte[] Step(byte kind, byte[] content) =>
        [kind, (byte)(content.Length >> 8), (byte)content.Length, .. content];

    private static ulong Play(ReadOnlySpan<byte> script)
    {
        NodeBed bed = new();
        for (int count = 0; script.Length >= HeaderSize && count < StepCountMax; count++)
        {
            int size = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(script[1..]), script.Length - HeaderSize);
            ReadOnlySpan<byte> content = script.Slice(HeaderSize, size);
            switch (script[0] % 6)
            {
                case 0:
                    bed.Packet(content);
                    break;
                case 1 when size > 0:
                    bed.Stream(content[1..], 1 + content[0]);
                    break;
                case 2 when size > 0:
                    bed.Wait(TimeSpan.FromMilliseconds(content[0] * 50));
                    break;
                case 3:
                    bed.SendEvent(content);
                    break;
                case 4:
                    bed.Answer(content);
                    break;
                case 5:
                    bed.Ask(content);
                    break;
                default:
                    break;
            }

            bed.Check();
            script = script[(HeaderSize + size)..];
        }

        return bed.Finish();
    }
}
