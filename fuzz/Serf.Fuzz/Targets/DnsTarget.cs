using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Fuzz.Engine;
using Serf.Net;
using Serf.Primitives;

namespace Serf.Fuzz.Targets;

/// <summary>
/// An answer of a name server: refused without a trace, or a list of addresses within the limit that stay the
/// same when the records are written down again.
/// </summary>
internal sealed class DnsTarget : FuzzTarget
{
    private const ushort Id = 0x1234;
    private const ushort Port = 7946;

    private static readonly string[] _answers =
    [
        // The question; an alias of a label and a pointer; an address of each kind under the alias.
        "1234 8180 0001 0003 0000 0000 0161016200 00FF0001 C00C00050001 0000003C 0004 0163C00C"
            + "C02100010001 0000003C 0004 0A000001 C021001C0001 0000003C 0010 26000000000000000000000000000001",
        "1234 8180 0000 0001 0000 0000 00 00010001 0000003C 0004 0A000001",
        "1234 8183 0001 0000 0000 0000 0161016200 00010001",
        "1234 8180 FFFF FFFF 0000 0000 C00C",
    ];

    public override IEnumerable<byte[]> Seeds() =>
        _answers.Select(hex => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

    public override void Run(ReadOnlySpan<byte> input)
    {
        NodeAddress known = NodeAddress.FromIPv4(0x01020304, Port);
        List<NodeAddress> found = [known];
        DnsAnswer answer = DnsMessage.Read(input, Id, Port, found, out int code);
        FuzzException.Check(found[0] == known, "an address that was there is gone");
        FuzzException.Check(found.Count <= Limits.NameAddressCountMax, "more addresses than the limit");
        FuzzException.Check(found.Distinct().Count() == found.Count, "an address twice");
        FuzzException.Check(code == 0 || answer == DnsAnswer.Refused, "an error that is none");
        FuzzException.Check(answer == DnsAnswer.Accepted || found.Count == 1, "addresses of a refused answer");
        FuzzException.Check(found.Count - 1 <= input.Length / 15, "more addresses than records fit");
        FuzzException.Check(
            found.All(address => address.Port == Port && address.IpSize == (address.IsIPv4 ? 4 : 16)),
            "an address in another form");
        if (answer == DnsAnswer.Accepted)
        {
            List<NodeAddress> again = [known];
            byte[] written = Write(found);
            FuzzException.Check(
                DnsMessage.Read(written, Id, Port, again, out _) == DnsAnswer.Accepted, "its own addresses refused");
            FuzzException.Check(found.SequenceEqual(again), "other addresses");
        }
    }

    private static byte[] Write(List<NodeAddress> addresses)
    {
        List<byte> bytes = [0x12, 0x34, 0x81, 0x80, 0, 0, (byte)(addresses.Count >> 8), (byte)addresses.Count, 0, 0, 0, 0];
        foreach (NodeAddress address in addresses)
        {
            byte[] ip = new byte[16];
            int size = address.WriteIp(ip);
            byte type = (byte)(size == 4 ? DnsMessage.TypeA : DnsMessage.TypeAaaa);
            bytes.AddRange([0, 0, type, 0, 1, 0, 0, 0, 60, 0, (byte)size, .. ip[..size]]);
        }

        return [.. bytes];
    }
}
