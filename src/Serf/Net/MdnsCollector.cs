using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// Makes node addresses of the answers to one poll (spec agent 12.3). A node is known when an address, a port
/// and a TXT record have come for it, in one message or in several.
/// </summary>
/// <remarks>
/// Answers about anything else than nodes of this cluster are left out, as are addresses that nobody can be
/// reached at. A node that answers in one message is done with then: two nodes of one name, or of one host,
/// do not get into each other's way.
/// </remarks>
internal sealed class MdnsCollector(MdnsService service)
{
    private readonly List<Entry> _open = [];
    private readonly List<Entry> _unasked = [];
    private int _messageCount;
    private int _askedCount;

    /// <summary>Forgets the answers to the last poll.</summary>
    public void Clear()
    {
        _open.Clear();
        _unasked.Clear();
        _askedCount = 0;
    }

    /// <summary>Reads one message.</summary>
    /// <param name="found">The nodes that are known by now are added, each time that they are told.</param>
    public void Accept(ReadOnlySpan<byte> message, List<NodeAddress> found)
    {
        const int Refused = DnsMessage.FlagsOperation | DnsMessage.FlagsCode;
        if (!DnsReader.TryOpen(message, out DnsReader reader)
            || (reader.Flags & DnsMessage.FlagResponse) == 0 || (reader.Flags & Refused) != 0)
        {
            return;
        }

        // Addresses come last: only then it is known whose they are.
        _messageCount++;
        ReadRecords(message, ofAddresses: false);
        ReadRecords(message, ofAddresses: true);
        for (int index = _open.Count - 1; index >= 0; index--)
        {
            Entry entry = _open[index];
            if (entry.IsComplete)
            {
                found.Add(entry.Address);
                _open.RemoveAt(index);
                _unasked.Remove(entry);
            }
        }
    }

    /// <summary>Takes the next question about a node of which something is missing: each once, and a few in
    /// one poll.</summary>
    /// <param name="name">Of the node, in its wire form.</param>
    public bool TryTakeQuestion(out ReadOnlySpan<byte> name)
    {
        name = default;
        if (_unasked.Count == 0 || _askedCount >= Limits.MdnsFollowUpCountMax)
        {
            return false;
        }

        name = _unasked[0].Name;
        _unasked.RemoveAt(0);
        _askedCount++;
        return true;
    }

    // A message that breaks off counts as far as it goes: what is missing makes no node.
    private void ReadRecords(ReadOnlySpan<byte> message, bool ofAddresses)
    {
        _ = DnsReader.TryOpen(message, out DnsReader reader);
        Span<byte> name = stackalloc byte[DnsName.SizeMax];
        for (int left = reader.QuestionCount; left > 0; left--)
        {
            if (!reader.TryReadQuestion(name, out _, out _, out _))
            {
                return;
            }
        }

        int additionalFrom = reader.AnswerCount + reader.AuthorityCount;
        int count = additionalFrom + reader.AdditionalCount;
        for (int index = 0; index < count && reader.TryReadRecord(out DnsRecord record); index++)
        {
            const int ClassMask = 0x7FFF;
            bool isWanted = index < reader.AnswerCount || index >= additionalFrom;
            bool isAddress = record.Type is DnsMessage.TypeA or DnsMessage.TypeAaaa;
            if (isWanted && isAddress == ofAddresses
                && (record.Class & ClassMask) == DnsMessage.ClassInternet)
            {
                Take(message, record, name);
            }
        }
    }

    private void Take(ReadOnlySpan<byte> message, in DnsRecord record, Span<byte> scratch)
    {
        int offset = record.Name;
        _ = DnsName.TryRead(message, ref offset, scratch, out int size);
        ReadOnlySpan<byte> name = scratch[..size];
        switch (record.Type)
        {
            case DnsMessage.TypeA or DnsMessage.TypeAaaa:
                TakeAddress(message, record, name);
                break;
            case DnsMessage.TypePtr:
                TakePointer(message, record, name);
                break;
            case DnsMessage.TypeTxt when Find(name) is { } entry && record.TimeToLive > 0:
                entry.HasText = true;
                break;
            case DnsMessage.TypeSrv when record.TimeToLive > 0:
                TakeService(message, record, name);
                break;
            default:
                break;
        }
    }

    private void TakePointer(ReadOnlySpan<byte> message, in DnsRecord record, ReadOnlySpan<byte> name)
    {
        Span<byte> instance = stackalloc byte[DnsName.SizeMax];
        int offset = record.Data;
        if (!name.SequenceEqual(service.Service)
            || !DnsName.TryRead(message, ref offset, instance, out int size))
        {
            return;
        }

        if (record.TimeToLive > 0)
        {
            _ = Find(instance[..size]);
        }
        else if (IndexOf(instance[..size]) is int index and >= 0)
        {
            // The node is about to end.
            _unasked.Remove(_open[index]);
            _open.RemoveAt(index);
        }
    }

    // data = priority weight port name
    private void TakeService(ReadOnlySpan<byte> message, in DnsRecord record, ReadOnlySpan<byte> name)
    {
        const int PortOffset = 4;
        const int NameOffset = 6;
        Span<byte> host = stackalloc byte[DnsName.SizeMax];
        int offset = record.Data + NameOffset;
        if (record.DataSize <= NameOffset
            || !DnsName.TryRead(message, ref offset, host, out int size)
            || Find(name) is not { } entry)
        {
            return;
        }

        int at = record.Data + PortOffset;
        entry.Port = (ushort)((message[at] << 8) | message[at + 1]);
        entry.Host = host[..size].ToArray();
        entry.ServiceMessage = _messageCount;
    }

    // The last address counts. Several nodes may run on one host: what comes with a node's port is that
    // node's.
    private void TakeAddress(ReadOnlySpan<byte> message, in DnsRecord record, ReadOnlySpan<byte> name)
    {
        if (record.TimeToLive == 0
            || !DnsMessage.TryReadAddress(message, record, 0, out NodeAddress address)
            || address.IsUnspecified || IsMulticast(address))
        {
            return;
        }

        foreach (Entry entry in _open)
        {
            if (name.SequenceEqual(entry.Host)
                && (entry.Ip.IsNone || entry.ServiceMessage == _messageCount))
            {
                entry.Ip = address;
            }
        }
    }

    private static bool IsMulticast(in NodeAddress address)
    {
        Span<byte> ip = stackalloc byte[16];
        return address.WriteIp(ip) == 4 ? ip[0] >= 0xE0 : ip[0] == 0xFF;
    }

    /// <returns>Null when the name is none of this cluster's, or too many nodes are incomplete.</returns>
    private Entry? Find(ReadOnlySpan<byte> name)
    {
        int index = IndexOf(name);
        if (index >= 0)
        {
            return _open[index];
        }

        if (_open.Count >= Limits.MdnsEntryCountMax || !IsInstance(name))
        {
            return null;
        }

        Entry entry = new(name.ToArray());
        _open.Add(entry);
        _unasked.Add(entry);
        return entry;
    }

    private int IndexOf(ReadOnlySpan<byte> name)
    {
        for (int index = 0; index < _open.Count; index++)
        {
            if (name.SequenceEqual(_open[index].Name))
            {
                return index;
            }
        }

        return -1;
    }

    private bool IsInstance(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> rest = name;
        while (rest.Length > service.Service.Length)
        {
            rest = rest[(1 + rest[0])..];
        }

        return rest.Length < name.Length && rest.SequenceEqual(service.Service);
    }

    /// <summary>What is known of one node.</summary>
    private sealed class Entry(byte[] name)
    {
        public byte[] Name { get; } = name;

        public byte[]? Host { get; set; }

        public ushort Port { get; set; }

        /// <summary>The number of the message that told host and port.</summary>
        public int ServiceMessage { get; set; }

        public bool HasText { get; set; }

        /// <summary>Without a port.</summary>
        public NodeAddress Ip { get; set; }

        public bool IsComplete => HasText && Port != 0 && !Ip.IsNone;

        public NodeAddress Address => Ip.WithPort(Port);
    }
}
