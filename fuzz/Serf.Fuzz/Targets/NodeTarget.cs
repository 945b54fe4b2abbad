using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Fuzz.Engine;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// A node that knows a few members, and a script of what happens to it: packets, streams in pieces, time. It
/// stays within its limits, and the same script always has the same effects. The first byte tells which layers
/// the node has, see <see cref="NodeBed"/>; packets and streams get the same, but for those sent raw.
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

    public override IEnumerable<byte[]> Seeds() =>
        Scripts().Select((script, index) => (byte[])[(byte)(index % NodeBed.LayersCount), .. script]);

    private static byte[] AliveOf(string name, byte host, uint incarnation)
    {
        Alive alive = new()
        {
            Incarnation = incarnation, Node = Encoding.ASCII.GetBytes(name), Address = [10, 0, 0, host], Port = 7946,
            Versions = [1, 5, 2, 2, 5, 5],
        };
        byte[] message = new byte[SwimCodec.SizeOf(alive)];
        SwimCodec.Write(alive, message);
        return message;
    }

    private static byte[] DeadOf(string name, string from, uint incarnation)
    {
        Dead dead = new()
        {
            Incarnation = incarnation, Node = Encoding.ASCII.GetBytes(name), From = Encoding.ASCII.GetBytes(from),
        };
        byte[] message = new byte[SwimCodec.SizeOf(dead)];
        SwimCodec.Write(dead, message);
        return message;
    }

    // Claims about the members that the bed has, and about the node itself.
    private static IEnumerable<byte[]> Claims()
    {
        yield return [.. Step(0, AliveOf("a", 9, 2)), .. Step(2, [20])];
        yield return [.. Step(0, DeadOf("a", "a", 2)), .. Step(0, AliveOf("a", 9, 1)), .. Step(2, [20])];
        yield return [.. Step(0, DeadOf("b", "c", 2)), .. Step(0, AliveOf("b", 3, 3)), .. Step(2, [20])];
        yield return [.. Step(0, AliveOf("self", 1, 5)), .. Step(0, DeadOf("self", "a", 7)), .. Step(2, [20])];
        yield return [.. Step(0, AliveOf("self", 9, 5)), .. Step(0, DeadOf("self", "a", uint.MaxValue))];
    }

    // Events from before the first contact, a vote on the node's name, members that are lost and looked for,
    // events too long for packets that cannot be sent.
    private static IEnumerable<byte[]> Turns()
    {
        byte[] claim = Step(0, AliveOf("self", 9, 5));
        byte[] sent = [.. Step(13, "long"u8.ToArray()), .. Step(2, [20])];
        yield return [.. claim, .. Step(2, [2]), .. Ballot("a", 9), .. Ballot("b", 9), .. Step(2, [200])];
        yield return [.. claim, .. Step(2, [2]), .. Ballot("a", 1), .. Ballot("b", 9), .. Step(2, [200])];
        yield return [.. claim, .. Step(2, [2]), .. Ballot("c", 9), .. Step(2, [200]), .. Step(3, [65]), .. Step(14, [60])];
        yield return [.. Step(14, [63]), .. Step(14, [63]), .. Step(10, []), .. Step(10, []), .. Step(14, [20])];
        yield return [.. Step(15, "gone"u8.ToArray()), .. Step(14, [40]), .. Step(10, []), .. Step(14, [10])];
        yield return [.. sent, .. Step(10, []), .. Step(10, []), .. Step(2, [20]), .. Step(4, []), .. Step(14, [20])];
        foreach (byte[] stream in Serf.Fuzz.Seeds.Hex("memberlist-streams.json", "hex"))
        {
            yield return [.. Step(3, [65]), .. Step(12, []), .. Step(4, stream), .. Step(3, [66]), .. Step(2, [60])];
            yield return [.. Step(3, [65]), .. Step(12, [1]), .. Step(4, stream), .. Step(2, [60])];
            yield return [.. Step(3, [65]), .. Step(1, [50, .. stream]), .. Step(13, [66]), .. Step(2, [60])];
        }

        byte[] big = LongEvent();
        UserStreamHeader header = new() { MessageSize = big.Length };
        byte[] head = new byte[SwimCodec.SizeOf(header)];
        SwimCodec.Write(header, head);
        yield return [.. Step(1, [60, .. head, .. big]), .. Step(2, [20]), .. Step(10, []), .. Step(14, [10])];
    }

    private static byte[] Ballot(string voter, byte host)
    {
        ConflictResponse known = new()
        {
            Name = "self"u8, Address = [10, 0, 0, host], Port = 7946, Status = 1,
        };
        byte[] payload = new byte[1 + SerfCodec.SizeOf(known)];
        payload[0] = (byte)SerfMessageType.ConflictResponse;
        SerfCodec.Write(known, payload.AsSpan(1));
        return Step(0, AnswerToQuery(0, voter, payload));
    }

    private static byte[] LongEvent()
    {
        UserEventMessage happened = new() { LamportTime = 9, Name = "long"u8, Payload = new byte[2000] };
        byte[] message = new byte[SerfCodec.SizeOf(happened)];
        SerfCodec.Write(happened, message);
        return message;
    }

    private static IEnumerable<byte[]> Scripts()
    {
        foreach (byte[] script in Turns())
        {
            yield return script;
        }

        foreach (byte[] script in Claims())
        {
            yield return script;
        }

        yield return [.. Step(7, [0, 4, 1, 6]), .. Step(5, [8, 1]), .. Step(6, [3, 8]), .. Step(4, [0x0D, 0x80])];
        foreach (byte[] packet in Serf.Fuzz.Seeds.Hex("memberlist-packets.json", "hex"))
        {
            yield return [.. Step(0, packet), .. Step(2, [20])];
        }

        foreach (byte[] message in Serf.Fuzz.Seeds.Hex("memberlist-messages.json", "hex").Take(150))
        {
            yield return [.. Step(0, message), .. Step(2, [20])];
        }

        yield return [.. Step(8, []), .. Step(10, []), .. Step(2, [100])];
        foreach (byte[] payload in Serf.Fuzz.Seeds.Hex("serf-messages.json", "hex").Where(bytes => bytes is [1, 0x84, ..]))
        {
            yield return [.. Step(2, [20]), .. Step(9, payload), .. Step(2, [100])];
        }

        // What the recorded nodes had to say about what happened to them.
        foreach (byte[] message in Serf.Fuzz.Seeds.Hex("memberlist-state.json", "broadcasts"))
        {
            yield return [.. Step(0, message), .. Step(2, [60])];
        }

        foreach (byte[] message in Serf.Fuzz.Seeds.Hex("serf-messages.json", "hex").Take(250)
            .Concat(Serf.Fuzz.Seeds.Hex("serf-state.json", "hex")))
        {
            yield return [.. Step(0, [(byte)MessageType.User, .. message]), .. Step(2, [40])];
        }

        foreach (byte[] stream in Serf.Fuzz.Seeds.Hex("memberlist-streams.json", "hex"))
        {
            yield return [.. Step(1, [7, .. stream]), .. Step(2, [250])];
            yield return [.. Step(8, [1]), .. Step(4, stream), .. Step(2, [20])];
        }

        for (uint flags = 0; flags <= QueryResponseMessage.FlagAck; flags++)
        {
            byte[] answer = AnswerToQuery(flags);
            yield return [.. Step(11, "load"u8.ToArray()), .. Step(0, answer), .. Step(0, answer), .. Step(2, [100])];
        }
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        ulong once = Play(input);
        FuzzException.Check(Play(input) == once, "the same script has other effects");
    }

    /// <summary>What the peer <c>a</c> says to the node's first query.</summary>
    private static byte[] AnswerToQuery(uint flags) => AnswerToQuery(flags, "a", "x"u8);

    private static byte[] AnswerToQuery(uint flags, string from, ReadOnlySpan<byte> payload)
    {
        QueryResponseMessage answer = new()
        {
            LamportTime = 1, Id = 0x07070707, From = Encoding.ASCII.GetBytes(from), Flags = flags, Payload = payload,
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
        if (script.IsEmpty)
        {
            return 0;
        }

        NodeBed bed = new(script[0]);
        script = script[1..];
        for (int count = 0; script.Length >= HeaderSize && count < StepCountMax; count++)
        {
            int size = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(script[1..]), script.Length - HeaderSize);
            ReadOnlySpan<byte> content = script.Slice(HeaderSize, size);
            switch (script[0] % 16)
            {
                case 0:
                    bed.LayeredPacket(content);
                    break;
                case 1 when size > 0:
                    bed.LayeredStream(content[1..], 1 + content[0]);
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
                    bed.Packet(content);
                    break;
                case 6 when size > 0:
                    bed.Stream(content[1..], 1 + content[0]);
                    break;
                case 7:
                    bed.ChangeKeys(content);
                    break;
                case 8:
                    bed.Join(size > 0);
                    break;
                case 9:
                    bed.Acknowledge(content);
                    break;
                case 10:
                    bed.FailDial();
                    break;
                case 11:
                    bed.Ask(content);
                    break;
                case 12:
                    bed.BeginJoin(ignoreOld: size > 0);
                    break;
                case 13:
                    bed.SendLongEvent(content);
                    break;
                case 14 when size > 0:
                    bed.Wait(TimeSpan.FromSeconds(content[0] & 63));
                    break;
                case 15:
                    bed.RestoreLost(content);
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
