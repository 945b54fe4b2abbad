using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using Serf.Coordinates;
using Serf.Fuzz.Engine;
using Serf.Primitives;
using Serf.Vectors;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// What peers say their coordinates are: each is written and read back to the bit, and whatever they are and
/// however long the answers took, the node's own coordinate remains a place.
/// </summary>
/// <remarks>An observation: four bytes of round trip in microseconds, one of length, the coordinate.</remarks>
internal sealed class CoordinateTarget : FuzzTarget
{
    private const int HeaderSize = 5;

    public override IEnumerable<byte[]> Seeds()
    {
        List<byte> all = [];
        foreach (byte[] body in Bodies())
        {
            byte[] step = [0, 0, 0x40, 0, (byte)body.Length, .. body];
            yield return step;
            all.AddRange(step);
            if (all.Count > InputSizeMax - 300)
            {
                yield return all.ToArray();
                all.Clear();
            }
        }
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        CoordinateClient client = new(new CoordinateOptions(), 1);
        LatencySamples samples = new(client.Options.LatencyCount);
        Span<double> vector = stackalloc double[Limits.CoordinateDimensionCountMax];
        while (input.Length > HeaderSize)
        {
            long microseconds = BinaryPrimitives.ReadInt32BigEndian(input);
            int size = Math.Min((int)input[HeaderSize - 1], input.Length - HeaderSize);
            ReadOnlySpan<byte> body = input.Slice(HeaderSize, size);
            input = input[(HeaderSize + size)..];
            if (CoordinateCodec.TryRead(body, vector, out CoordinateMessage message) == ReadStatus.Ok)
            {
                CheckRoundTrip(message);
                Observe(client, samples, message, microseconds * 1000);
            }
        }
    }

    private static IEnumerable<byte[]> Bodies()
    {
        foreach (JsonElement vector in VectorFile.Load("serf-messages.json").Concat(VectorFile.Load("serf-decode.json")))
        {
            // A body alone, or a version byte in front of it.
            int head = vector.TryGetProperty("message", out JsonElement message) ? 0 : 1;
            message = head == 0 ? message : vector.GetProperty("input").GetProperty("message");
            byte[] bytes = VectorFile.HexOrNull(vector, "hex") ?? [];
            if (message.GetString() is "ackPayload" or "coordinate" && bytes.Length - head is > 0 and <= byte.MaxValue)
            {
                yield return bytes[head..];
            }
        }
    }

    private static void CheckRoundTrip(in CoordinateMessage message)
    {
        byte[] written = new byte[CoordinateCodec.SizeOf(message)];
        FuzzException.Check(CoordinateCodec.Write(message, written) == written.Length, "another size than announced");
        double[] scratch = new double[Limits.CoordinateDimensionCountMax];
        ReadStatus status = CoordinateCodec.TryRead(written, scratch, out CoordinateMessage again);
        FuzzException.Check(status == ReadStatus.Ok, $"what was written is refused: {status}");
        FuzzException.Check(
            MemoryMarshal.AsBytes(again.Vector).SequenceEqual(MemoryMarshal.AsBytes(message.Vector)), "another vector");
        bool isSame = IsSame(again.Error, message.Error) && IsSame(again.Adjustment, message.Adjustment)
            && IsSame(again.Height, message.Height);
        FuzzException.Check(isSame, "another coordinate");
    }

    // To the bit: what is not a number equals nothing, not even itself.
    private static bool IsSame(double left, double right) =>
        BitConverter.DoubleToInt64Bits(left) == BitConverter.DoubleToInt64Bits(right);

    private static void Observe(
        CoordinateClient client, LatencySamples samples, in CoordinateMessage message, long nanoseconds)
    {
        Coordinate other = new(message.Vector, message.Error, message.Adjustment, message.Height);
        Coordinate before = client.Own.Clone();
        CoordinateStatus status = client.Update(samples, other, nanoseconds);
        FuzzException.Check(
            status != CoordinateStatus.Accepted || other.IsValid, "a coordinate that is no place is accepted");
        FuzzException.Check(client.Own.IsValid, "the own coordinate is no place");
        FuzzException.Check(client.Own.Error <= client.Options.ErrorMax, "the error is larger than may be");
        FuzzException.Check(client.Own.Dimensions == client.Options.Dimensions, "another number of dimensions");
        FuzzException.Check(
            status == CoordinateStatus.Accepted || before.Vector.SequenceEqual(client.Own.Vector),
            "what was refused has moved the node");
    }
}
