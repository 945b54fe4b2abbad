using System.IO;
using System.Text;
using Serf.Agent;
using Serf.Agent.Logging;
using Xunit;

namespace Serf.Tests.Agent;

public sealed class AgentBannerTests
{
    [Fact]
    public void The_block_is_that_of_the_original_byte_for_byte()
    {
        AgentBanner banner = new()
        {
            NodeName = "n1",
            BindAddress = "127.0.0.101:21101",
            RpcAddress = "127.0.0.101:21201",
            Profile = "lan",
            Compression = true,
        };

        Assert.Equal(
            "                      Node name: 'n1'\n"
            + "                      Bind addr: '127.0.0.101:21101'\n"
            + "                       RPC addr: '127.0.0.101:21201'\n"
            + "                      Encrypted: false\n"
            + "                       Snapshot: false\n"
            + "                        Profile: lan\n"
            + "    Message Compression Enabled: true\n",
            Printed(banner));
    }

    [Fact]
    public void An_advertise_address_has_a_line_that_stands_out()
    {
        AgentBanner banner = new()
        {
            NodeName = "n1",
            BindAddress = "[::1]:0",
            AdvertiseAddress = "10.0.0.1:7946",
            RpcAddress = ":7373",
            Encrypted = true,
            Snapshot = true,
            Profile = "wan",
            Compression = false,
            Cluster = "tst",
        };

        Assert.Equal(
            "                      Node name: 'n1'\n"
            + "                      Bind addr: '[::1]:0'\n"
            + "    Advertise addr: '10.0.0.1:7946'\n"
            + "                       RPC addr: ':7373'\n"
            + "                      Encrypted: true\n"
            + "                       Snapshot: true\n"
            + "                        Profile: wan\n"
            + "    Message Compression Enabled: false\n"
            + "                   mDNS cluster: tst\n",
            Printed(banner));
    }

    private static string Printed(AgentBanner banner)
    {
        MemoryStream stream = new();
        using (ConsoleWriter console = new(stream))
        {
            foreach (string line in banner.Lines())
            {
                console.Information(line);
            }
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
