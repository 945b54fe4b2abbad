using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Agent.Handlers;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Handlers;

public sealed class HandlerInputTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("v7", "v7\n")]
    [InlineData("v7\n", "v7\n")]
    [InlineData("\n", "\n")]
    [InlineData("\n\n\n", "\n\n\n")]
    [InlineData("a\tb\\n", "a\tb\\n\n")]
    [InlineData("a\r\n", "a\r\n")]
    [InlineData("nul\0", "nul\0\n")]
    public void A_payload_ends_with_a_line_feed_unless_it_is_empty(string payload, string expected)
    {
        Assert.Equal(expected, Text(HandlerBed.User("e", payload).Event));
        Assert.Equal(expected, Text(HandlerBed.Query("q", payload).Event));
    }

    [Fact]
    public void No_payload_at_all_is_an_empty_input() =>
        Assert.Empty(Text(new UserEvent(1, ByteString.FromText("e"), payload: null, coalesce: true)));

    [Fact]
    public void Binary_payloads_pass_as_they_are()
    {
        byte[] payload = [0, 0xff, 0x80, (byte)'\t', 0];

        Assert.Equal([.. payload, (byte)'\n'], Bytes(HandlerBed.User("e", payload).Event));
    }

    [Fact]
    public void Each_member_is_a_line_of_four_fields()
    {
        MemberEvent happened = new(SerfEventKind.MemberJoin,
        [
            Member("mitchellh.local", 0x7f000001, ("role", "web"), ("datacenter", "east")),
            Member("n1", 0x0a000001),
        ]);

        Assert.Equal(
            "mitchellh.local\t127.0.0.1\tweb\tdatacenter=east,role=web\nn1\t10.0.0.1\t\t\n", Text(happened));
    }

    [Fact]
    public void Tabs_and_line_feeds_are_escaped_in_names_roles_and_tags_and_nothing_else_is()
    {
        MemberEvent happened = new(
            SerfEventKind.MemberUpdate,
            [Member("a\tb\nc\\d", 0x7f000001, ("k\te\ny", "1,2=3\\"), ("role", "r\t\n"))]);

        Assert.Equal(
            "a\\tb\\nc\\d\t127.0.0.1\tr\\t\\n\tk\\te\\ny=1,2=3\\,role=r\\t\\n\n", Text(happened));
    }

    [Fact]
    public void An_address_of_either_family_is_written_without_its_port()
    {
        Assert.True(NodeAddress.TryParseIp("2001:db8::1", 7946, out NodeAddress sixteen));
        MemberInfo member = new(ByteString.FromText("n"), sixteen, Tags.Empty, MemberStatus.Alive, default);
        MemberInfo mapped = member with { Address = NodeAddress.FromIPv4(0x7f000001, 7946).Mapped() };

        Assert.Equal(
            "n\t2001:db8::1\t\t\nn\t127.0.0.1\t\t\n",
            Text(new MemberEvent(SerfEventKind.MemberJoin, [member, mapped])));
    }

    private static MemberInfo Member(string name, uint ip, params (string Key, string Value)[] tags) => new(
        ByteString.FromText(name),
        NodeAddress.FromIPv4(ip, 7946),
        Tags.From(tags.Select(
            tag => KeyValuePair.Create(ByteString.FromText(tag.Key), ByteString.FromText(tag.Value)))),
        MemberStatus.Alive,
        default);

    private static string Text(SerfEvent happened) => Encoding.UTF8.GetString(Bytes(happened));

    private static byte[] Bytes(SerfEvent happened)
    {
        using ByteBuffer buffer = new();
        HandlerInput.Write(happened, buffer);
        return buffer.Written.ToArray();
    }
}
