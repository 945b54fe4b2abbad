using System;
using System.Globalization;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cluster;

// Queries of others: receiving, answering, relaying (spec serf 6.5 to 6.9).
public sealed partial class SerfNode
{
    /// <summary>The relay wrapper came with memberlist protocol 5; older nodes would not unwrap it.</summary>
    private const byte RelayProtocolMin = 5;

    private readonly ByteBuffer _relayScratch = new();
    private Instant _filterWindowEnd = new(long.MinValue);
    private long _filterCredit;
    private Instant _strangerWindowEnd = new(long.MinValue);
    private int _strangerAnswerCount;
    private Instant _unnamedWindowEnd = new(long.MinValue);
    private int _unnamedCount;
    private readonly ExpressionCache _expressions = new();

    /// <summary>Answers a query, at most once.</summary>
    /// <returns>Null, or why not: <c>response already sent</c> and the like.</returns>
    public string? Respond(QueryEvent query, ReadOnlySpan<byte> payload, Instant now)
    {
        QueryResponseMessage response = new()
        {
            LamportTime = query.LamportTime,
            Id = query.Id,
            From = Name.Span,
            Payload = payload,
        };
        int size = SerfCodec.SizeOf(response);
        if (size > Options.QueryResponseSizeMax)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"response exceeds limit of {Options.QueryResponseSizeMax} bytes");
        }

        if (query.Responded)
        {
            return "response already sent";
        }

        if (now > query.Deadline)
        {
            return "response is past the deadline";
        }

        if (!Answer(query.Source, query.SourceNode.Span, query.RelayFactor, response, query.Deadline, now))
        {
            return "failed to send the response to " + query.Source;
        }

        query.Responded = true;
        return null;
    }

    /// <returns>Whether the message is to be passed on.</returns>
    private bool HandleQuery(in QueryMessage query, Instant now)
    {
        if (!IsNews(query, now))
        {
            return false;
        }

        _metrics.Add(Metric.Queries, 1);
        _metrics.Add(MetricFamily.Queries, query.Name, 1);
        bool passOn = (query.Flags & QueryMessage.FlagNoBroadcast) == 0;
        if (now >= _filterWindowEnd)
        {
            _filterWindowEnd = now + TimeSpan.FromSeconds(1);
            _filterCredit = Limits.FilterWeightMax;
        }

        bool concerned = QueryFilter.Passes(
            query.Filters, Name, Tags, _expressions, ref _filterCredit, out string? fault);
        if (fault is not null && _refusals.Allows(now))
        {
            _refusals.Write(LogLevel.Warn, fault);
        }

        if (!concerned)
        {
            return passOn;
        }

        if (!NodeAddress.TryFromBytes(query.Address, query.Port, out NodeAddress source) || query.Port == 0)
        {
            if (_refusals.Allows(now))
            {
                _refusals.Write(LogLevel.Warn, "serf: query without an address to answer to");
            }

            return passOn;
        }

        Instant deadline = now + new TimeSpan(query.Timeout / TimeSpan.NanosecondsPerTick);
        if ((query.Flags & QueryMessage.FlagAck) != 0)
        {
            Acknowledge(query, source, deadline, now);
        }

        QueryEvent happened = new(
            query.LamportTime,
            query.Id,
            ByteString.Copy(query.Name),
            query.Payload.IsNil() ? null : query.Payload.ToArray(),
            ByteString.Copy(query.SourceNode),
            source,
            query.RelayFactor,
            deadline);
        _snapshot?.RecordQuery(query.LamportTime, now);
        if (query.Name.StartsWith("_serf_"u8))
        {
            HandleInternalQuery(happened, now);
        }
        else
        {
            DeliverInOrder(happened);
        }

        return passOn;
    }

    private bool IsNews(in QueryMessage query, Instant now)
    {
        if (!IsPlausible(query.LamportTime, _queryClock.Time, now))
        {
            return false;
        }

        _queryClock.Witness(query.LamportTime);
        if (query.LamportTime < _queryTimeMin)
        {
            return false;
        }

        EventVerdict verdict = _queries.Offer(query.LamportTime, query.Id, _queryClock.Time);
        if (verdict == EventVerdict.TooOld && _refusals.Allows(now))
        {
            _refusals.Write(
                LogLevel.Warn,
                $"serf: received old query {ByteString.Copy(query.Name)} "
                + $"from time {query.LamportTime} (current: {_queryClock.Time})");
        }

        return verdict == EventVerdict.New;
    }

    private void Acknowledge(in QueryMessage query, in NodeAddress source, Instant deadline, Instant now)
    {
        QueryResponseMessage ack = new()
        {
            LamportTime = query.LamportTime,
            Id = query.Id,
            From = Name.Span,
            Flags = QueryResponseMessage.FlagAck,
        };
        if (!Answer(source, query.SourceNode, query.RelayFactor, ack, deadline, now))
        {
            if (_refusals.Allows(now))
            {
                _refusals.Write(LogLevel.Err, $"serf: failed to send ack to {source}");
            }
        }
    }

    /// <summary>Queries between nodes; the application never sees them (spec serf 6.9).</summary>
    private void HandleInternalQuery(QueryEvent query, Instant now)
    {
        switch (query.Name.ToString())
        {
            case "_serf_ping":
                // The ack has been sent.
                break;
            case "_serf_conflict":
                if (Name.Equals(query.Payload))
                {
                    break;
                }

                AnswerConflict(query, now);
                break;
            case "_serf_install-key":
                ChangeKeys(query, KeyOperation.Install, now);
                break;
            case "_serf_use-key":
                ChangeKeys(query, KeyOperation.Use, now);
                break;
            case "_serf_remove-key":
                ChangeKeys(query, KeyOperation.Remove, now);
                break;
            case "_serf_list-keys":
                ListKeys(query, now);
                break;
            default:
                if (_refusals.Allows(now))
                {
                    _refusals.Write(LogLevel.Warn, $"serf: Unhandled internal query '{query.Name}'");
                }

                break;
        }
    }

    private void AnswerConflict(QueryEvent query, Instant now)
    {
        byte[] answer = [(byte)SerfMessageType.ConflictResponse, MsgpackCode.Nil];
        if (_members.Find(query.Payload) is { } record)
        {
            byte[] ip = new byte[record.Address.IpSize];
            record.Address.WriteIp(ip);
            ConflictResponse member = new()
            {
                Name = record.Name.Span,
                Address = ip,
                Port = record.Address.Port,
                Tags = record.Tags,
                Status = (long)record.Status,
                ProtocolMin = record.Versions.ProtocolMin,
                ProtocolMax = record.Versions.ProtocolMax,
                ProtocolCur = record.Versions.ProtocolCur,
                DelegateMin = record.Versions.DelegateMin,
                DelegateMax = record.Versions.DelegateMax,
                DelegateCur = record.Versions.DelegateCur,
            };
            answer = new byte[SerfCodec.SizeOf(member)];
            SerfCodec.Write(member, answer);
        }

        RespondInternally(query, answer, now);
    }

    private void RespondInternally(QueryEvent query, ReadOnlySpan<byte> answer, Instant now)
    {
        if (Respond(query, answer, now) is { } error)
        {
            if (_refusals.Allows(now))
            {
                _refusals.Write(LogLevel.Err, $"serf: Failed to respond to query '{query.Name}': {error}");
            }
        }
    }

    /// <summary>Sends an answer straight to the originator, and copies of it through other nodes.</summary>
    /// <returns>Whether the direct copy went out; the relayed ones are a help, not a promise.</returns>
    private bool Answer(
        in NodeAddress source,
        ReadOnlySpan<byte> sourceNode,
        byte relayFactor,
        in QueryResponseMessage response,
        Instant deadline,
        Instant now)
    {
        if (source == Swim.Options.AdvertiseAddress && Name.Equals(sourceNode))
        {
            AnswerSelf(response);
            return true;
        }

        bool isMember = IsMember(sourceNode, source, now);
        if (!isMember && !AllowsStranger(now))
        {
            return false;
        }

        _scratch.Clear();
        Span<byte> space = _scratch.GetSpan(SerfCodec.SizeOf(response));
        ReadOnlySpan<byte> message = space[..SerfCodec.Write(response, space)];
        if (!Swim.SendUserMessage(source, message, checksum: false))
        {
            return false;
        }

        if (isMember && relayFactor > 0 && _members.Count > relayFactor)
        {
            Relay(source, sourceNode, relayFactor, message);
        }

        Instant again = now + Options.AnswerRepeatDelay;
        if (again > now && again <= deadline && _repeats.Count < Limits.RepeatedAnswerCountMax
            && DropsDuplicates(sourceNode, source))
        {
            _repeats.Set(new RepeatedAnswer(source, message.ToArray()), again);
        }

        return true;
    }

    /// <summary>
    /// Whether one more answer goes to an address that is no member's. It may be that of a node that has just
    /// joined, of one whose name is disputed, or of a tool; or that of a victim, for which the whole cluster
    /// must not be made to answer (spec serf 15.3, X1).
    /// </summary>
    private bool AllowsStranger(Instant now)
    {
        if (now >= _strangerWindowEnd)
        {
            _strangerWindowEnd = now + TimeSpan.FromSeconds(1);
            _strangerAnswerCount = 0;
        }

        return _strangerAnswerCount < Limits.StrangerAnswerCountMax && ++_strangerAnswerCount > 0;
    }

    /// <summary>
    /// Whether an answer that comes twice counts once there: nodes learned it together with relaying, which
    /// brings copies. Only members are sent more than they asked for.
    /// </summary>
    private bool DropsDuplicates(ReadOnlySpan<byte> name, in NodeAddress address) =>
        _members.Find(name) is { } record && record.Address == address
        && record.Versions.ProtocolMax >= RelayProtocolMin;

    private void Relay(
        in NodeAddress target, ReadOnlySpan<byte> targetName, byte relayFactor, ReadOnlySpan<byte> message)
    {
        Span<byte> ip = stackalloc byte[16];
        RelayHeader header = new()
        {
            Ip = ip[..target.WriteIp(ip)],
            Port = target.Port,
            DestinationName = targetName,
        };
        int size = SerfCodec.SizeOf(header) + message.Length;
        if (size > Options.QueryResponseSizeMax)
        {
            return;
        }

        _relayScratch.Clear();
        Span<byte> wrapped = _relayScratch.GetSpan(size);
        message.CopyTo(wrapped[SerfCodec.Write(header, wrapped)..]);

        // Draws with rejection: fewer relays than asked for is fine, a scan of all members is not.
        Span<int> chosen = stackalloc int[relayFactor];
        int count = 0;
        for (int draw = 0; draw < 3 * _members.Count && count < relayFactor; draw++)
        {
            int index = _chance.Next(_members.Count);
            ClusterMember record = _members.All[index];
            if (record.Status == MemberStatus.Alive && record.Name != Name
                && record.Versions.ProtocolMax >= RelayProtocolMin && !chosen[..count].Contains(index))
            {
                chosen[count++] = index;
                Swim.SendUserMessage(record.Address, wrapped[..size], checksum: false);
            }
        }
    }

    // Older nodes leave the name out. Then all members are looked at, and one packet may ask for it thousands
    // of times: who comes after many others in the same second counts as a stranger.
    private bool IsMember(ReadOnlySpan<byte> name, in NodeAddress address, Instant now)
    {
        if (!name.IsEmpty)
        {
            return _members.Find(name) is { } named && named.Address == address;
        }

        if (now >= _unnamedWindowEnd)
        {
            _unnamedWindowEnd = now + TimeSpan.FromSeconds(1);
            _unnamedCount = 0;
        }

        if (_unnamedCount >= Limits.UnnamedLookupCountMax)
        {
            return false;
        }

        _unnamedCount++;

        for (int index = 0; index < _members.Count; index++)
        {
            if (_members.At(index).Address == address)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Forwards an answer to the node it is for. Nothing but answers, and only to members: a relay must not
    /// become an open forwarder (spec serf 15.3, X2).
    /// </summary>
    /// <returns>False when the message does not decode.</returns>
    private bool HandleRelay(ReadOnlySpan<byte> body, Instant now)
    {
        if (SerfCodec.TryRead(body, out RelayHeader header, out ReadOnlySpan<byte> inner) != ReadStatus.Ok
            || inner.IsEmpty || header.Port is < 1 or > ushort.MaxValue
            || !NodeAddress.TryFromBytes(header.Ip, (ushort)header.Port, out NodeAddress target))
        {
            return false;
        }

        if (inner[0] == (byte)SerfMessageType.QueryResponse && IsMember(header.DestinationName, target, now))
        {
            Swim.SendUserMessage(target, inner, checksum: false);
        }
        else
        {
            if (_refusals.Allows(now))
            {
                _refusals.Write(LogLevel.Warn, $"serf: Refusing to relay a message to {target}");
            }
        }

        return true;
    }
}
