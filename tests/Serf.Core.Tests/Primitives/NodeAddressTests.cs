using System.Net;
using Serf.Primitives;
using Xunit;

namespace Serf.Core.Tests.Primitives;

public sealed class NodeAddressTests
{
    [Theory]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("10.0.103.9", "10.0.103.9")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1")]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("1::", "1::")]
    [InlineData("fd00::7:0:1", "fd00::7:0:1")]
    [InlineData("0:0:1:2:3:4:5:6", "::1:2:3:4:5:6")]
    [InlineData("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::")]
    [InlineData("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8")]
    [InlineData("1:0:0:4:0:0:0:8", "1:0:0:4::8")]
    [InlineData("1:0:0:4:5:0:0:8", "1::4:5:0:0:8")]
    [InlineData("::102:304", "::102:304")]
    [InlineData("fe80::5efe:102:304", "fe80::5efe:102:304")]
    [InlineData("2001:db8:AAAA:bbbb:cccc:dddd:eeee:ffff", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff")]
    public void An_address_is_written_as_peers_write_it(string given, string text)
    {
        Assert.True(NodeAddress.TryParseIp(given, 7946, out NodeAddress address));
        Assert.Equal(text, address.IpText());
        Assert.Equal(text.Contains(':') ? $"[{text}]:7946" : $"{text}:7946", address.ToString());
        Assert.True(address.HasSameIp(NodeAddress.FromIp(IPAddress.Parse(text), 1)));
    }

    [Fact]
    public void No_address_is_written_as_nothing()
    {
        Assert.Equal("", default(NodeAddress).IpText());
        Assert.Equal(":0", default(NodeAddress).ToString());
    }
}
