using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Swim;

// Failure detection (spec gossip 5): one probe round at a time, and the answers to the rounds of others.
public sealed partial class SwimNode
{
    private readonly Awareness _awareness;
    private readonly ProbeRound _round = new();
    private readonly AckRegistry _relays = new();
    private Instant _probeAt = Instant.Never;
    private int _probeIndex;
    private bool _probePending;

    private void ProbeTick(Instant now)
    {
        if (_round.Phase != ProbePhase.Idle)
        {
            // One tick is remembered, further ones are lost.
            _probePending = true;
            return;
        }

        Member? target = NextProbeTarget(now);
        if (target is not null)
        {
            BeginRound(target, now);
        }
    }

    private Member? NextProbeTarget(Instant now)
    {
        for (int skipped = 0; skipped < _members.Count; skipped++)
        {
            if (_probeIndex >= _members.Count)
            {
                _members.Reap(Self, Options.GossipToTheDeadTime, _tombstones, now);
                _members.Shuffle(ref _prng);
                _probeIndex = 0;
                continue;
            }

            Member member = _members[_probeIndex++];
            if (!ReferenceEquals(member, _self) && !member.IsGone)
            {
                return member;
            }
        }

        return null;
    }

    private void BeginRound(Member target, Instant now)
    {
        TimeSpan length = _awareness.Scale(Options.ProbeInterval);
        _round.Target = target;
        _round.Address = target.Address;
        _round.Versions = target.Versions;
        _round.Incarnation = target.Incarnation;
        _round.SequenceNumber = NextSequence();
        _round.Sent = now;
        _round.End = now + length;
        _round.DirectEnd = Instant.Min(now + Options.ProbeTimeout, _round.End);
        _round.NacksExpected = 0;
        _round.NackSources.Clear();
        _round.Stream = StreamId.None;
        _round.StreamContact = false;
        _round.Phase = ProbePhase.Direct;
        if (_awareness.Score > 0)
        {
            _metrics.Add(Metric.DegradedProbe, 1);
        }

        bool sent = target.State == MemberState.Alive
            ? SendPing(target.Address, target.Name.Span, _round.SequenceNumber, isKnown: true)
            : SendPingToSuspect(target);
        _round.SendFailed = !sent;
        if (!sent)
        {
            if (_refusals.Allows(now))
            {
                _refusals.Write(LogLevel.Err, $"memberlist: Failed to send UDP ping: {target.Name}");
            }

            BeginIndirect(now);
        }
    }

    private void RoundDue(Instant now)
    {
        if (_round.Phase == ProbePhase.Direct)
        {
            _log.Write(
                LogLevel.Debug, $"memberlist: Failed UDP ping: {_round.Target!.Name} (timeout reached)");
            BeginIndirect(now);
            return;
        }

        if (_round.StreamContact)
        {
            _log.Write(
                LogLevel.Warn,
                $"memberlist: Was able to connect to {_round.Target!.Name} over TCP but UDP probes failed, " +
                "network may be misconfigured");
            RoundSucceeded(now);
            return;
        }

        RoundFailed(now);
    }

    private void BeginIndirect(Instant now)
    {
        _round.Phase = ProbePhase.Indirect;
        Member target = _round.Target!;
        _members.Pick(
            Options.IndirectChecks, PickRule.Alive, Self, target, TimeSpan.Zero, now, ref _prng, _picked);
        foreach (Member relay in _picked)
        {
            bool nack = relay.Versions.ProtocolMax >= ProtocolNack;
            _round.NacksExpected += nack ? 1 : 0;
            SendIndirectPing(relay, target, nack);
        }

        bool isDisabled = Options.DisableTcpPings
            || (Options.DisableTcpPingsForNode is { } disables && disables(target.Name));
        bool streamPing = !isDisabled && _round.Versions.ProtocolMax >= ProtocolStreamPing;
        if (streamPing && now < _round.End)
        {
            _round.Stream = OpenStreamPing(_round.Address, _round.SequenceNumber, _round.End);
        }
    }

    private void ApplyHealth(int change)
    {
        int before = _awareness.Score;
        _awareness.Apply(change);
        if (_awareness.Score != before)
        {
            _metrics.Add(Metric.HealthScore, _awareness.Score);
        }
    }

    private void RoundSucceeded(Instant now)
    {
        ApplyHealth(_round.SendFailed ? 0 : -1);
        EndRound(now);
    }

    private void RoundFailed(Instant now)
    {
        int missing = Math.Max(0, _round.NacksExpected - _round.NackSources.Count);
        ApplyHealth(_round.NacksExpected > 0 ? missing : 1);
        Member target = _round.Target!;
        _log.Write(LogLevel.Info, $"memberlist: Suspect {target.Name} has failed, no acks received");
        HandleSuspect(
            new Suspect { Incarnation = _round.Incarnation, Node = target.Name.Span,
                From = Self.Name.Span }, now);
        EndRound(now);
    }

    private void EndRound(Instant now)
    {
        if (_round.Stream != StreamId.None
            && _streams.TryGetValue(_round.Stream.Value, out SwimStream? stream))
        {
            _effects.CloseStream(stream.Id);
            Forget(stream);
        }

        _metrics.Add(Metric.ProbeTime, (now - _round.Sent).TotalMilliseconds);
        _round.Phase = ProbePhase.Idle;
        _round.Target = null;
        if (_probePending)
        {
            _probePending = false;
            ProbeTick(now);
        }
    }

    // An answered round still fills its interval's place: the next one waits for its tick. The number alone
    // tells whose ack it is: it cannot be guessed, whereas the source address of an honest ack may be one
    // that nobody has announced, of a node with several or behind a translator.
    private ReadStatus ReceiveAck(ReadOnlySpan<byte> body, Instant now)
    {
        ReadStatus status = SwimCodec.TryRead(body, out Ack ack);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        if (_round.Phase != ProbePhase.Idle && _round.SequenceNumber == ack.SequenceNumber)
        {
            if (_round.Phase == ProbePhase.Direct && now <= _round.DirectEnd)
            {
                _observer.PingCompleted(_round.Target!, now - _round.Sent, ack.Payload, now);
            }

            if (now <= _round.End)
            {
                RoundSucceeded(now);
            }

            return status;
        }

        if (_pingCalls.TryGetValue(ack.SequenceNumber, out PingCall? call))
        {
            EndPing(call, now - call.Sent, now);
            return status;
        }

        RelayedPing? relayed = _relays.Take(ack.SequenceNumber);
        if (relayed is not null)
        {
            NodeAddress reply = relayed.ReplyAddress;
            uint request = relayed.RequestNumber;
            bool isKnown = relayed.IsReplyKnown;
            _relays.Release(relayed);
            SendAck(reply, request, default, isKnown);
        }

        return status;
    }

    private ReadStatus ReceiveNack(ReadOnlySpan<byte> body)
    {
        ReadStatus status = SwimCodec.TryRead(body, out Nack nack);
        if (status == ReadStatus.Ok && _round.Phase != ProbePhase.Idle
            && _round.SequenceNumber == nack.SequenceNumber
            && _round.NackSources.Count <= Options.IndirectChecks
            && !_round.NackSources.Contains(_packetSource))
        {
            _round.NackSources.Add(_packetSource);
        }

        return status;
    }

    private ReadStatus ReceivePing(ReadOnlySpan<byte> body)
    {
        ReadStatus status = SwimCodec.TryRead(body, out Ping ping);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        if (!ping.Node.IsEmpty && !Self.Name.Equals(ping.Node))
        {
            WarnWrongNode(ping.Node, _packetSource);
            return status;
        }

        if (!MayReply())
        {
            return status;
        }

        NodeAddress reply = ReplyAddress(ping.SourceAddress, ping.SourcePort);
        bool isKnown = IsKnown(ping.SourceNode, reply);
        Span<byte> payload = stackalloc byte[Limits.AckPayloadSizeMax];
        int size = isKnown || reply.HasSameIp(_packetSource) ? _observer.WriteAckPayload(payload) : 0;
        SendAck(reply, ping.SequenceNumber, size == 0 ? default : payload[..size], isKnown);
        return status;
    }

    private ReadStatus ReceiveIndirectPing(ReadOnlySpan<byte> body)
    {
        ReadStatus status = SwimCodec.TryRead(body, out IndirectPing request);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        if (!NodeAddress.TryFromBytes(request.Target, PortOrOwn(request.Port), out NodeAddress target))
        {
            return ReadStatus.Mismatch;
        }

        // The name goes into our own ping, which must stay a packet.
        if (request.Node.Length > Limits.NameSizeMax)
        {
            return ReadStatus.TooLarge;
        }

        if (!MayReply())
        {
            return status;
        }

        if (_relays.IsFull)
        {
            if (_refusals.Allows(_now))
            {
                _refusals.Write(
                    LogLevel.Warn, $"memberlist: Too many indirect pings in flight from={_packetSource}");
            }

            return status;
        }

        uint sequence = NextSequence();
        NodeAddress reply = ReplyAddress(request.SourceAddress, request.SourcePort);
        bool isReplyKnown = IsKnown(request.SourceNode, reply);
        TimeSpan? nackDelay = request.Nack ? NackDelay() : null;
        _relays.Add(
            sequence, request.SequenceNumber, reply, isReplyKnown, nackDelay, Options.ProbeTimeout, _now);
        SendPing(target, request.Node, sequence, IsKnown(request.Node, target));
        return status;
    }

    // Early enough to be in time: the requester asks at its ProbeTimeout and stops at its ProbeInterval,
    // so a nack sent after ProbeTimeout would come too late (spec gossip 12.4).
    private TimeSpan NackDelay()
    {
        TimeSpan left = Options.ProbeInterval - Options.ProbeTimeout;
        TimeSpan window = left > TimeSpan.Zero && left < Options.ProbeTimeout ? left : Options.ProbeTimeout;
        return window * 0.8;
    }

    private void RelayDue()
    {
        RelayedPing relayed = _relays.NextDue(out bool nack);
        if (nack)
        {
            Nack message = new() { SequenceNumber = relayed.RequestNumber };
            BeginPacket(relayed.ReplyAddress);
            _packetWriter.Commit(SwimCodec.Write(message, _packetWriter.Reserve(SwimCodec.SizeOf(message))));
            FinishPiggyback(SwimCodec.SizeOf(message), relayed.IsReplyKnown);
        }
    }

    private void WarnWrongNode(ReadOnlySpan<byte> node, in NodeAddress from)
    {
        if (_refusals.Allows(_now))
        {
            _refusals.Write(
                LogLevel.Warn,
                $"memberlist: Got ping for unexpected node '{Shown(node)}' from={from}");
        }
    }

    // One packet may hold thousands of requests, yet no peer ever puts more than one into it.
    private bool MayReply()
    {
        if (_replyCount < Limits.PacketReplyCountMax)
        {
            _replyCount++;
            return true;
        }

        if (_refusals.Allows(_now))
        {
            _refusals.Write(
                LogLevel.Warn, $"memberlist: Too many pings in one packet from={_packetSource}");
        }

        return false;
    }

    // Numbers in a row could be told in advance by whoever was pinged before.
    private uint NextSequence()
    {
        uint number;
        do
        {
            number = (uint)_prng.NextUInt64();
        }
        while (number == 0 || number == _round.SequenceNumber || _relays.Contains(number)
            || _pingCalls.ContainsKey(number));

        return number;
    }

    private NodeAddress ReplyAddress(ReadOnlySpan<byte> ip, ushort port) =>
        port != 0 && NodeAddress.TryFromBytes(ip, port, out NodeAddress address) ? address : _packetSource;

    // A node that speaks protocol version 1 knows no ports but its own.
    private ushort PortOrOwn(ushort port) =>
        port == 0 || Options.Versions.ProtocolCur == 1 ? Options.BindPort : port;

    private bool SendPing(in NodeAddress target, ReadOnlySpan<byte> node, uint sequence, bool isKnown)
    {
        Span<byte> ip = stackalloc byte[16];
        Ping ping = PingOf(node, sequence, ip);
        int size = SwimCodec.SizeOf(ping);
        BeginPacket(target);
        _packetWriter.Commit(SwimCodec.Write(ping, _packetWriter.Reserve(size)));
        return FinishPiggyback(size, isKnown);
    }

    // The earliest chance to refute: the suspicion travels with the ping, and nothing else does.
    private bool SendPingToSuspect(Member target)
    {
        Span<byte> ip = stackalloc byte[16];
        Ping ping = PingOf(target.Name.Span, _round.SequenceNumber, ip);
        Suspect suspect = new()
        {
            Incarnation = target.Incarnation, Node = target.Name.Span, From = Self.Name.Span,
        };
        _fill.Begin(target.Address, target.Versions.ProtocolMax >= ProtocolChecksum);
        _packetWriter.Commit(SwimCodec.Write(ping, _packetWriter.Reserve(SwimCodec.SizeOf(ping))));
        _packetWriter.Commit(SwimCodec.Write(suspect, _packetWriter.Reserve(SwimCodec.SizeOf(suspect))));
        return _fill.Send();
    }

    private Ping PingOf(ReadOnlySpan<byte> node, uint sequence, Span<byte> ip)
    {
        int size = Self.Address.WriteIp(ip);
        return new Ping
        {
            SequenceNumber = sequence,
            Node = node,
            SourceAddress = ip[..size],
            SourcePort = Self.Address.Port,
            SourceNode = Self.Name.Span,
        };
    }

    private void SendIndirectPing(Member relay, Member target, bool nack)
    {
        Span<byte> own = stackalloc byte[16];
        Span<byte> ip = stackalloc byte[16];
        int ownSize = Self.Address.WriteIp(own);
        int size = _round.Address.WriteIp(ip);
        IndirectPing request = new()
        {
            SequenceNumber = _round.SequenceNumber,
            Target = ip[..size],
            Port = _round.Address.Port,
            Node = target.Name.Span,
            Nack = nack,
            SourceAddress = own[..ownSize],
            SourcePort = Self.Address.Port,
            SourceNode = Self.Name.Span,
        };
        int requestSize = SwimCodec.SizeOf(request);
        BeginPacket(relay.Address);
        _packetWriter.Commit(SwimCodec.Write(request, _packetWriter.Reserve(requestSize)));
        FinishPiggyback(requestSize, isKnown: true);
    }

    private void SendAck(in NodeAddress target, uint sequence, ReadOnlySpan<byte> payload, bool isKnown)
    {
        Ack ack = new() { SequenceNumber = sequence, Payload = payload };
        int size = SwimCodec.SizeOf(ack);
        BeginPacket(target);
        _packetWriter.Commit(SwimCodec.Write(ack, _packetWriter.Reserve(size)));
        FinishPiggyback(size, isKnown);
    }
}
