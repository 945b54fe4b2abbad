using Serf.Primitives;
using Serf.Rpc;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Rpc;

public sealed class RpcCodecTests
{
    [Fact]
    public void A_line_of_the_log_keeps_bytes_that_are_not_UTF8_both_ways()
    {
        string line = ByteText.FromBytes([(byte)'n', 0xFF, 0xC3, 0xA9]);
        using RpcBuffer record = new();

        RpcCodec.WriteLog(record, line);

        Assert.Equal([0x81, 0xA3, .. "Log"u8, 0xA4, (byte)'n', 0xFF, 0xC3, 0xA9], record.Written.ToArray());
        Assert.Equal(ReadStatus.Ok, RpcCodec.TryReadLog(record.Written, out string read));
        Assert.Equal(line, read);
    }
}
