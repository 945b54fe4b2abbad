using System;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// Answers questions about one service (spec agent 12.2). Bytes in, bytes out; the buffers of its answers are
/// used again.
/// </summary>
/// <remarks>
/// Names are compared letter by letter, as the original does: askers of it join whatever answers, so a node
/// of cluster <c>Prod</c> must not answer for <c>prod</c>. What is marked as an answer is no question here;
/// the original takes it for one.
/// </remarks>
internal sealed class MdnsResponder(MdnsService service)
{
    private const uint TimeToLive = 120;
    private const ushort Priority = 10;
    private const ushort Weight = 1;
    private const ushort FlagsAnswer = 0x8400;
    private const ushort ClassUnicastMark = 0x8000;

    private readonly DnsWriter _plain = new(Limits.MdnsAnswerSizeMax);
    private readonly DnsWriter _echoing = new(Limits.MdnsAnswerSizeMax);

    /// <summary>The answer to questions that may be answered to everybody, its identifier 0. Empty for
    /// none.</summary>
    public ReadOnlySpan<byte> Plain => _plain.RecordCount == 0 ? default : _plain.Message;

    /// <summary>The answer to questions of which the asker alone wants to know, with the identifier of the
    /// question. Empty for none.</summary>
    public ReadOnlySpan<byte> Echoing => _echoing.RecordCount == 0 ? default : _echoing.Message;

    /// <summary>Whether such a datagram can be a question at all.</summary>
    public static bool IsQuestion(ReadOnlySpan<byte> message) =>
        DnsReader.TryOpen(message, out DnsReader reader) && IsQuestion(reader);

    /// <summary>Reads questions. What is to be said to them stands in <see cref="Plain"/> and
    /// <see cref="Echoing"/> until the next call.</summary>
    public void Ask(ReadOnlySpan<byte> message)
    {
        _plain.Begin(0, FlagsAnswer);
        _echoing.Begin(0, FlagsAnswer);
        if (!DnsReader.TryOpen(message, out DnsReader reader) || !IsQuestion(reader))
        {
            return;
        }

        _echoing.Begin(reader.Id, FlagsAnswer);
        Span<byte> name = stackalloc byte[DnsName.SizeMax];
        for (int left = Math.Min(reader.QuestionCount, Limits.MdnsQuestionCountMax); left > 0; left--)
        {
            if (!reader.TryReadQuestion(name, out int size, out ushort type, out ushort @class))
            {
                // Not a message by the rules: none of it counts.
                _plain.Begin(0, FlagsAnswer);
                _echoing.Begin(0, FlagsAnswer);
                return;
            }

            Answer((@class & ClassUnicastMark) == 0 ? _plain : _echoing, name[..size], type);
        }
    }

    /// <summary>
    /// What tells everybody that the service is about to end (RFC 6762, section 10.1). Valid until the next
    /// call. Only the record that leads to the node: the original takes no notice of the time to live, and
    /// would join a node of which it hears all.
    /// </summary>
    public ReadOnlySpan<byte> Goodbye()
    {
        _plain.Begin(0, FlagsAnswer);
        _plain.AddPointer(service.Service, service.Instance, 0);
        return _plain.Message;
    }

    private static bool IsQuestion(in DnsReader reader)
    {
        const int Refused = DnsMessage.FlagResponse | DnsMessage.FlagsOperation
            | DnsMessage.FlagTruncated | DnsMessage.FlagsCode;
        return (reader.Flags & Refused) == 0 && reader.QuestionCount > 0;
    }

    private void Answer(DnsWriter answer, ReadOnlySpan<byte> name, ushort type)
    {
        const ushort Any = DnsMessage.TypeAny;
        bool isAddress = type is DnsMessage.TypeA or DnsMessage.TypeAaaa;
        if (name.SequenceEqual(MdnsService.Enumeration))
        {
            if (type is DnsMessage.TypePtr or Any)
            {
                answer.AddPointer(name, service.Service, TimeToLive);
            }
        }
        else if (name.SequenceEqual(service.Service))
        {
            if (type is DnsMessage.TypePtr or Any)
            {
                answer.AddPointer(name, service.Instance, TimeToLive);
                AddService(answer);
                AddAddress(answer, Any);
                AddText(answer);
            }
        }
        else if (name.SequenceEqual(service.Instance))
        {
            AnswerInstance(answer, type, isAddress);
        }
        else if (isAddress && name.SequenceEqual(service.Host))
        {
            AddAddress(answer, type);
        }
    }

    private void AnswerInstance(DnsWriter answer, ushort type, bool isAddress)
    {
        const ushort Any = DnsMessage.TypeAny;
        if (type is DnsMessage.TypeSrv or Any)
        {
            AddService(answer);
            AddAddress(answer, Any);
        }

        if (type is DnsMessage.TypeTxt or Any)
        {
            AddText(answer);
        }

        if (isAddress)
        {
            AddAddress(answer, type);
        }
    }

    private void AddService(DnsWriter answer) => answer.AddService(
        service.Instance, TimeToLive, Priority, Weight, service.Address.Port, service.Host);

    private void AddText(DnsWriter answer) =>
        answer.Add(service.Instance, DnsMessage.TypeTxt, TimeToLive, service.Text);

    private void AddAddress(DnsWriter answer, ushort wanted)
    {
        Span<byte> ip = stackalloc byte[16];
        int size = service.Address.WriteIp(ip);
        ushort type = size == 4 ? DnsMessage.TypeA : DnsMessage.TypeAaaa;
        if (wanted == type || wanted == DnsMessage.TypeAny)
        {
            answer.Add(service.Host, type, TimeToLive, ip[..size]);
        }
    }
}
