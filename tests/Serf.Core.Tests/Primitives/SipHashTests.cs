using System.Linq;
using Serf.Primitives;
using Xunit;

namespace Serf.Core.Tests.Primitives;

public sealed class SipHashTests
{
    private static readonly SipHash _hash = new(0x0706050403020100, 0x0f0e0d0c0b0a0908);

    // The published vectors of SipHash-2-4: the text is 0, 1, 2 and so on.
    [Theory]
    [InlineData(0, 0x726fdb47dd0e0e31)]
    [InlineData(1, 0x74f839c593dc67fd)]
    [InlineData(8, 0x93f5f5799a932462)]
    [InlineData(15, 0xa129ca6149be45e5)]
    public void It_gives_the_published_values(int size, ulong expected)
    {
        Assert.Equal(expected, _hash.Of([.. Enumerable.Range(0, size).Select(number => (byte)number)]));
    }

    [Fact]
    public void Two_texts_are_told_apart_wherever_the_border_lies()
    {
        ulong[] hashes =
        [
            _hash.Of("ab"u8, "c"u8), _hash.Of("a"u8, "bc"u8), _hash.Of("abc"u8, default), _hash.Of(default, "abc"u8),
            _hash.Of("ab\0"u8, "c"u8), _hash.Of("ab"u8, "c\0"u8), _hash.Of("12345678"u8, "9"u8),
            _hash.Of("1234567"u8, "89"u8), new SipHash(1, 2).Of("ab"u8, "c"u8),
        ];
        Assert.Equal(hashes.Length, hashes.Distinct().Count());
        Assert.Equal(hashes[0], _hash.Of("ab"u8, "c"u8));
    }
}
