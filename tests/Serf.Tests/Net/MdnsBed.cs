using System;
using System.Collections.Generic;
using System.Text.Json;
using Serf.Net;
using Serf.Primitives;
using Serf.Vectors;
using Xunit;

namespace Serf.Tests.Net;

/// <summary>The node of the recorded answers, and addresses to test with.</summary>
internal static class MdnsBed
{
    public const string Service = "_serf_tst._tcp.local.";
    public const string Instance = "peer-b." + Service;

    public static IReadOnlyList<JsonElement> Vectors { get; } = VectorFile.Load("mdns.json");

    public static NodeAddress Address(string text)
    {
        Assert.Null(BindAddress.TryParse(text, out NodeAddress address));
        return address;
    }

    public static MdnsService ServiceOf(string cluster, string node, string host, string address) =>
        MdnsService.TryCreate(cluster, node, host, Address(address))!;

    public static MdnsService New() => ServiceOf("tst", "peer-b", "vm", "10.9.0.2:7946");

    public static MdnsService Of(JsonElement vector) => ServiceOf(
        "tst",
        vector.GetProperty("node").GetString()!,
        vector.GetProperty("host").GetString()!,
        vector.GetProperty("address").GetString()!);

    public static byte[] Bytes(JsonElement hex) => Convert.FromHexString(hex.GetString()!);

    /// <summary>A question of class internet.</summary>
    public static byte[] Question(string name, ushort type) =>
        new DnsBytes(0x1234, 0, questions: 1).Question(name, type).ToArray();

    /// <summary>All answers to a question, in the order in which they are sent.</summary>
    public static List<byte[]> Answers(MdnsResponder responder, ReadOnlySpan<byte> question)
    {
        responder.Ask(question);
        List<byte[]> answers = [responder.Plain.ToArray(), responder.Echoing.ToArray()];
        answers.RemoveAll(answer => answer.Length == 0);
        return answers;
    }
}
