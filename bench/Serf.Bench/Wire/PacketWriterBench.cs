using System;
using BenchmarkDotNet.Attributes;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Bench.Wire;

/// <summary>A packet filled with user messages up to 1,400 bytes, and its layers.</summary>
public class PacketWriterBench
{
    private const int MessageSize = 60;
    private readonly byte[] _message = new byte[MessageSize];
    private readonly byte[] _single = new byte[SwimCodec.SizeOf(Samples.Ping)];
    private readonly PacketWriter _plain = new(default, compress: false);
    private readonly PacketWriter _compressing = new(default, compress: true);

    public PacketWriterBench()
    {
        _message[0] = (byte)MessageType.User;
        SerfCodec.Write(Samples.LeaveIntent, _message.AsSpan(1));
        SwimCodec.Write(Samples.Ping, _single);
    }

    [Benchmark]
    public int PingAlone() => Single(_plain, checksum: false);

    [Benchmark]
    public int PingAloneTriedToCompress() => Single(_compressing, checksum: false);

    [Benchmark]
    public int Compound() => Fill(_plain, checksum: false);

    [Benchmark]
    public int CompoundWithChecksum() => Fill(_plain, checksum: true);

    [Benchmark]
    public int CompoundWithCompressionAndChecksum() => Fill(_compressing, checksum: true);

    private int Single(PacketWriter writer, bool checksum)
    {
        writer.Begin();
        writer.Add(_single);
        return writer.Finish(checksum).Length;
    }

    private int Fill(PacketWriter writer, bool checksum)
    {
        writer.Begin();
        int room = Limits.PacketBudget - 16;
        while (room >= MessageSize + 2)
        {
            _message[^1]++;
            writer.Add(_message);
            room -= MessageSize + 2;
        }

        return writer.Finish(checksum).Length;
    }
}
