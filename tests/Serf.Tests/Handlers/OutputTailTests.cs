using System;
using System.Linq;
using Serf.Agent.Handlers;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Handlers;

public sealed class OutputTailTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(8191, 100)]
    [InlineData(8192, 8192)]
    [InlineData(8192, 1)]
    [InlineData(8193, 8193)]
    [InlineData(8193, 4096)]
    [InlineData(20000, 7)]
    [InlineData(20000, 20000)]
    [InlineData(20000, 16384)]
    [InlineData(65537, 8191)]
    public void The_last_bytes_are_kept_whatever_the_pieces(int size, int pieceSize)
    {
        byte[] output = new byte[size];
        new Random(size + pieceSize).NextBytes(output);
        OutputTail tail = new();

        foreach (byte[] piece in output.Chunk(pieceSize))
        {
            tail.Append(piece);
        }

        Assert.Equal(size, tail.TotalSize);
        Assert.Equal(output.TakeLast(Limits.HandlerOutputSizeMax), tail.ToArray());

        tail.Clear();
        Assert.Empty(tail.ToArray());
    }
}
