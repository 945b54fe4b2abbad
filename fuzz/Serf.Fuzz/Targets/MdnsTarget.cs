using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Fuzz.Engine;
using Serf.Net;
using Serf.Primitives;

namespace Serf.Fuzz.Targets;

/// <summary>
/// A datagram of multicast DNS as question and as answer: what is said to it is a whole message within the limit and
/// tells of this node and nothing else, what is made of it is bounded, and names written down again are the same names.
/// </summary>
internal sealed class MdnsTarget : FuzzTarget
{
    private static readonly NodeAddress _address = NodeAddress.FromIPv4(0x0A090002, 7946);
    private static readonly MdnsService _service = MdnsService.TryCreate("tst", "peer-b", "vm", _address)!;

    private readonly MdnsResponder _responder = new(_service);
    private readonly MdnsCollector _collector = new(_service);
    private readonly DnsWriter _writer = new(Limits.MdnsMessageSizeMax);
    private readonly List<NodeAddress> _found = [];
    private readonly byte[] _name = new byte[DnsName.SizeMax];
    private readonly byte[] _other = new byte[DnsName.SizeMax];

    public override IEnumerable<byte[]> Seeds() =>
        Fuzz.Seeds.Hex("mdns.json", "question").Concat(Fuzz.Seeds.Hex("mdns.json", "answers"));

    public override void Run(ReadOnlySpan<byte> input)
    {
        _collector.Clear();
        _responder.Ask(input);
        CheckAnswer(_responder.Plain);
        CheckAnswer(_responder.Echoing);

        // Alone, and behind what an earlier message left.
        _collector.Clear();
        Collect(input);
        Collect(input);
        Rewrite(input);
    }

    private void CheckAnswer(ReadOnlySpan<byte> answer)
    {
        if (answer.IsEmpty)
        {
            return;
        }

        FuzzException.Check(answer.Length <= Limits.MdnsAnswerSizeMax, "an answer above the limit");
        FuzzException.Check(DnsReader.TryOpen(answer, out DnsReader reader), "an answer without a header");
        FuzzException.Check(
            reader.Flags == 0x8400 && reader is { QuestionCount: 0, AnswerCount: > 0, AdditionalCount: 0 },
            "another header");
        int end = DnsReader.HeaderSize;
        for (int index = reader.AnswerCount; index > 0; index--)
        {
            FuzzException.Check(reader.TryReadRecord(out DnsRecord record), "a record is cut off");
            FuzzException.Check(record is { Class: DnsMessage.ClassInternet, TimeToLive: 120 }, "another record");
            end = record.Data + record.DataSize;
        }

        FuzzException.Check(end == answer.Length, "something behind the records");
        Collect(answer);
        FuzzException.Check(_found.All(address => address == _address), "another address than that of the node");
    }

    private void Collect(ReadOnlySpan<byte> message)
    {
        _found.Clear();
        _collector.Accept(message, _found);
        FuzzException.Check(_found.Count <= Limits.MdnsEntryCountMax, "more nodes than the limit");
        FuzzException.Check(
            _found.All(address => address is { IsUnspecified: false, IsNone: false, Port: not 0 }),
            "a node without an address");
        int questionCount = 0;
        while (_collector.TryTakeQuestion(out ReadOnlySpan<byte> name))
        {
            FuzzException.Check(++questionCount <= Limits.MdnsFollowUpCountMax, "more questions than the limit");
            FuzzException.Check(name.EndsWith(_service.Service), "a question about another service");
        }
    }

    // Every name that can be read anywhere, each pointing at the one before.
    private void Rewrite(ReadOnlySpan<byte> input)
    {
        _writer.Begin(0, 0);
        List<byte[]> names = [];
        for (int at = DnsReader.HeaderSize; at < input.Length && names.Count < 32; at++)
        {
            int offset = at;
            if (DnsName.TryRead(input, ref offset, _name, out int size))
            {
                FuzzException.Check(offset > at && offset <= input.Length, "the end of a name lies elsewhere");
                names.Add(_name[..size]);
            }
        }

        for (int index = 1; index < names.Count && _writer.RecordCount == 2 * (index - 1); index++)
        {
            _writer.AddPointer(names[index], names[index - 1], 1);
            _writer.AddService(names[index - 1], 1, 1, 1, 1, names[index]);
        }

        FuzzException.Check(DnsReader.TryOpen(_writer.Message, out DnsReader reader), "no message");
        for (int index = 1; 2 * index <= _writer.RecordCount; index++)
        {
            FuzzException.Check(reader.TryReadRecord(out DnsRecord pointer), "a record that cannot be read");
            CheckName(pointer.Name, names[index]);
            CheckName(pointer.Data, names[index - 1]);
            FuzzException.Check(reader.TryReadRecord(out DnsRecord service), "a record that cannot be read");
            CheckName(service.Name, names[index - 1]);
            CheckName(service.Data + 6, names[index]);
            FuzzException.Check(service.DataSize == 6 + names[index].Length, "a name is compressed that must not be");
        }
    }

    private void CheckName(int offset, byte[] expected)
    {
        FuzzException.Check(
            DnsName.TryRead(_writer.Message, ref offset, _other, out int size)
                && _other.AsSpan(0, size).SequenceEqual(expected),
            "another name");
    }
}
