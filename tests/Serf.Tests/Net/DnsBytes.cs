using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text;

namespace Serf.Tests.Net;

/// <summary>Writes answers of a name server byte by byte, wrong ones too.</summary>
internal sealed class DnsBytes
{
    /// <summary>A pointer to the name of the question.</summary>
    public static readonly byte[] QuestionName = [0xC0, 12];

    private readonly List<byte> _bytes = [];

    public DnsBytes(ushort id, ushort flags = 0x8180, int questions = 0, int answers = 0)
    {
        foreach (int number in new[] { id, flags, questions, answers, 0, 0 })
        {
            Number(number);
        }
    }

    public DnsBytes Question(string name, ushort type)
    {
        _bytes.AddRange(Name(name));
        Number(type);
        return Number(1);
    }

    public DnsBytes Record(byte[] name, ushort type, byte[] data, int? size = null, ushort kind = 1)
    {
        _bytes.AddRange(name);
        Number(type).Number(kind).Number(0).Number(60).Number(size ?? data.Length);
        _bytes.AddRange(data);
        return this;
    }

    public DnsBytes A(string ip, byte[]? name = null) =>
        Record(name ?? QuestionName, 1, IPAddress.Parse(ip).GetAddressBytes());

    public DnsBytes Aaaa(string ip, byte[]? name = null) =>
        Record(name ?? QuestionName, 28, IPAddress.Parse(ip).GetAddressBytes());

    public DnsBytes Number(int number)
    {
        _bytes.Add((byte)(number >> 8));
        _bytes.Add((byte)number);
        return this;
    }

    public byte[] ToArray() => [.. _bytes];

    public static byte[] Name(string name) =>
    [
        .. name.TrimEnd('.').Split('.')
            .SelectMany(label => Encoding.ASCII.GetBytes(label).Prepend((byte)label.Length)),
        0,
    ];

    /// <summary>A whole answer with these addresses, the question in front.</summary>
    public static byte[] Answer(TestQuestion question, params string[] ips)
    {
        DnsBytes answer = new(question.Id, questions: 1, answers: ips.Length);
        answer.Question(question.Name, question.Type);
        foreach (string ip in ips)
        {
            _ = ip.Contains(':') ? answer.Aaaa(ip) : answer.A(ip);
        }

        return answer.ToArray();
    }

    public static byte[] Error(TestQuestion question, int code) =>
        new DnsBytes(question.Id, (ushort)(0x8180 | code), questions: 1).Question(question.Name, question.Type).ToArray();

    public static TestQuestion Parse(ReadOnlySpan<byte> query)
    {
        List<string> labels = [];
        int at = 12;
        while (query[at] != 0)
        {
            labels.Add(Encoding.ASCII.GetString(query.Slice(at + 1, query[at])));
            at += 1 + query[at];
        }

        return new TestQuestion(
            BinaryPrimitives.ReadUInt16BigEndian(query),
            BinaryPrimitives.ReadUInt16BigEndian(query[2..]),
            string.Join('.', labels) + ".",
            BinaryPrimitives.ReadUInt16BigEndian(query[(at + 1)..]),
            query.Length - at - 5);
    }
}

/// <summary>A question as the server received it.</summary>
/// <param name="Rest">Bytes after it.</param>
internal sealed record TestQuestion(ushort Id, ushort Flags, string Name, ushort Type, int Rest);
