using System;
using System.Runtime.Intrinsics.X86;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

public sealed class Crc32Tests
{
    [Fact]
    public void All_ways_agree_with_a_bytewise_computation_for_every_length()
    {
        byte[] bytes = new byte[3000];
        new Random(1).NextBytes(bytes);
        uint crc = uint.MaxValue;
        for (int size = 0; size <= bytes.Length; size++)
        {
            Assert.Equal(~crc, Crc32.Compute(bytes.AsSpan(0, size)));
            Assert.Equal(~crc, Crc32.ComputeSliced(bytes.AsSpan(0, size)));
            if (Pclmulqdq.IsSupported && size >= 64)
            {
                Assert.Equal(~crc, Crc32.ComputeFolded(bytes.AsSpan(0, size)));
            }

            if (size < bytes.Length)
            {
                crc ^= bytes[size];
                for (int bit = 0; bit < 8; bit++)
                {
                    crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
                }
            }
        }
    }

    [Fact]
    public void The_specified_example_holds() => Assert.Equal(0x8393ccd2u, Crc32.Compute([3, 3, 3, 3]));
}
