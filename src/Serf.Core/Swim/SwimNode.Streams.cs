using System;
using System.Collections.Generic;
using System.Text;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Swim;

// TCP exchanges (spec gossip 3): each is a SwimStream, and each is watched by its deadline.
public sealed partial class SwimNode
{
    // Logged as it is, of streams that others opened; what else is wrong with one is put in context.
    private const string UnknownTypeText = "Received invalid msgType";

    private readonly Dictionary<long, SwimStream> _streams = [];
    private readonly DeadlineIndex<SwimStream> _streamDeadlines = new();
    private long _lastStream;
    private int _servedPushPullCount;
    private int _acceptedCount;
    private long _acceptedSize;

    /// <summary>A connection came in.</summary>
    /// <returns>Its number, or, when it is refused, <see cref="StreamId.None"/>: close it.</returns>
    public StreamId StreamAccepted(in NodeAddress source, Instant now)
    {
        if (!IsRunning || !IsAllowed(source, now))
        {
            return StreamId.None;
        }

        _now = now;
        if (_acceptedCount >= Limits.StreamCountMax)
        {
            // An honest exchange takes milliseconds: who holds a place longest gives it up, so that idle
            // connections cannot keep joiners out.
            Close(OldestAccepted(), "gave way to a newer stream", now);
        }

        _metrics.Add(Metric.StreamAccepted, 1);
        _log.Write(LogLevel.Debug, $"memberlist: Stream connection from={source}");
        SwimStream stream = new(NextStreamId(), StreamKind.Accepted, source, Options)
        {
            IsConnected = true,
        };
        Watch(stream, now + Options.TcpTimeout);
        return stream.Id;
    }

    /// <summary>The dial succeeded.</summary>
    public void StreamConnected(StreamId stream, Instant now)
    {
        _now = now;
        if (!_streams.TryGetValue(stream.Value, out SwimStream? exchange) || exchange.IsConnected)
        {
            return;
        }

        exchange.IsConnected = true;
        if (exchange.Kind == StreamKind.Ping)
        {
            SendStreamPing(exchange);
            return;
        }

        if (exchange.Kind == StreamKind.UserMessage)
        {
            WriteUserMessage(exchange, now);
            return;
        }

        _metrics.Add(Metric.StreamConnected, 1);
        SendLocalState(exchange, exchange.Join, dials: true);
        _streamDeadlines.Set(exchange, now + Options.TcpTimeout);
    }

    public void StreamReceived(StreamId stream, ReadOnlySpan<byte> bytes, Instant now)
    {
        _now = now;
        if (!_streams.TryGetValue(stream.Value, out SwimStream? exchange) || bytes.IsEmpty)
        {
            return;
        }

        // An answer has begun, so the peer has read our state: from here on its time runs anew.
        if (exchange.Kind == StreamKind.PushPull && !exchange.HasReceived)
        {
            _streamDeadlines.Set(exchange, now + Options.TcpTimeout);
        }

        ReadStatus status = exchange.Receive(bytes);
        if (status == ReadStatus.NeedMore)
        {
            CountServed(exchange, now);
            CountSize(exchange, now);
        }
        else if (status == ReadStatus.Ok)
        {
            StreamComplete(exchange, now);
        }
        else
        {
            StreamRefused(exchange, now);
        }
    }

    /// <summary>The peer closed its side: no more bytes.</summary>
    public void StreamEnded(StreamId stream, Instant now)
    {
        _now = now;
        if (_streams.TryGetValue(stream.Value, out SwimStream? exchange))
        {
            exchange.Reader.ReceiveEnd();
            StreamRefused(exchange, now);
        }
    }

    /// <param name="stream">The stream, which the host has already closed.</param>
    /// <param name="reason">Such as <c>dial tcp 10.0.0.1:7946: connect: connection refused</c>.</param>
    /// <param name="now">The instant.</param>
    public void StreamFailed(StreamId stream, string reason, Instant now)
    {
        _now = now;
        if (_streams.TryGetValue(stream.Value, out SwimStream? exchange))
        {
            Forget(exchange);
            Conclude(exchange, reason, now);
        }
    }

    private SwimStream OldestAccepted()
    {
        SwimStream? oldest = null;
        foreach (SwimStream stream in _streams.Values)
        {
            // Numbers grow, so the order of the walk does not matter.
            if (stream.Kind == StreamKind.Accepted && (oldest is null || stream.Id.Value < oldest.Id.Value))
            {
                oldest = stream;
            }
        }

        Invariant.Holds(oldest is not null);
        return oldest;
    }

    // Counted apart: whoever takes all the places for accepted streams must not stop our own.
    private int DialledCount => _streams.Count - _acceptedCount;

    private StreamId NextStreamId() => new(++_lastStream);

    private void Watch(SwimStream stream, Instant deadline)
    {
        _streams.Add(stream.Id.Value, stream);
        _acceptedCount += stream.Kind == StreamKind.Accepted ? 1 : 0;
        _streamDeadlines.Set(stream, deadline);
    }

    private void Forget(SwimStream stream)
    {
        _streams.Remove(stream.Id.Value);
        _streamDeadlines.Remove(stream);
        _acceptedCount -= stream.Kind == StreamKind.Accepted ? 1 : 0;
        _acceptedSize -= stream.CountedSize;
        stream.CountedSize = 0;
        _servedPushPullCount -= stream.IsServedPushPull ? 1 : 0;
        stream.IsServedPushPull = false;
        stream.Dispose();
    }

    private void Close(SwimStream stream, string? error, Instant now)
    {
        _effects.CloseStream(stream.Id);
        Forget(stream);
        Conclude(stream, error, now);
    }

    // Tells whoever waits for the end of an exchange that is over and forgotten.
    private void Conclude(SwimStream stream, string? error, Instant now)
    {
        if (stream.Kind == StreamKind.PushPull)
        {
            _metrics.Add(Metric.PushPullTime, (now - stream.Begun).TotalMilliseconds);
            if (stream.IsReported)
            {
                _observer.PushPullCompleted(stream.Id, error, now);
            }
            else if (error is not null)
            {
                _log.Write(LogLevel.Err, $"memberlist: Push/Pull with {stream.Peer} failed: {error}");
            }
        }
        else if (stream.Kind == StreamKind.UserMessage)
        {
            _observer.UserMessageSent(stream.Id, error, now);
        }
        else if (error is not null && stream.IsConnected)
        {
            // A dial that fails is an ordinary "not contacted".
            string what = stream.Kind == StreamKind.Ping ? "Failed fallback TCP ping: "
                : error.StartsWith(UnknownTypeText, StringComparison.Ordinal) ? "" : "failed to receive: ";
            RefuseStream(stream.Peer, what + error, now);
        }
    }

    private void RefuseStream(in NodeAddress peer, string text, Instant now)
    {
        if (_refusals.Allows(now))
        {
            _refusals.Write(LogLevel.Err, $"memberlist: {text} from={peer}");
        }
    }

    private void StreamTimedOut(SwimStream stream, Instant now) =>
        Close(stream, $"{(stream.IsConnected ? "read" : "dial")} tcp {stream.Peer}: i/o timeout", now);

    // A push/pull under way takes a place as soon as it is known to be one. A compress message or a sealed
    // frame of more than one read is taken for one too: nothing else is that long.
    private void CountServed(SwimStream stream, Instant now)
    {
        bool isPushPull = stream.Reader.Type
            is MessageType.PushPull or MessageType.Compress or MessageType.Encrypt;
        if (stream.Kind != StreamKind.Accepted || stream.IsServedPushPull || !isPushPull)
        {
            return;
        }

        if (_servedPushPullCount >= Limits.PushPullCountMax)
        {
            Close(stream, "too many pending push/pull requests", now);
            return;
        }

        stream.IsServedPushPull = true;
        _servedPushPullCount++;
    }

    // What all accepted streams hold together, or many half-sent messages would take all memory.
    private void CountSize(SwimStream stream, Instant now)
    {
        if (stream.Kind != StreamKind.Accepted || !_streams.ContainsKey(stream.Id.Value))
        {
            return;
        }

        int size = stream.Reader.MemorySize;
        _acceptedSize += size - stream.CountedSize;
        stream.CountedSize = size;
        if (_acceptedSize > Limits.StreamTotalSizeMax)
        {
            Close(Largest(stream), "too many bytes in unfinished streams", now);
        }
    }

    private SwimStream Largest(SwimStream stream)
    {
        SwimStream largest = stream;
        foreach (SwimStream other in _streams.Values)
        {
            int more = other.CountedSize - largest.CountedSize;
            if (more > 0 || (more == 0 && other.Id.Value < largest.Id.Value))
            {
                largest = other;
            }
        }

        return largest;
    }

    private void StreamRefused(SwimStream stream, Instant now)
    {
        GossipStreamReader reader = stream.Reader;
        if (stream.Kind == StreamKind.Accepted && reader.ErrReply is string text)
        {
            SendErr(stream, text);
        }

        string? error = reader.Fault switch
        {
            StreamFault.Truncated => stream.Kind == StreamKind.Accepted ? null : "EOF",
            StreamFault.LabelMalformed => "failed to remove label header",
            StreamFault.LabelMismatch => "discarding stream with unacceptable label",
            StreamFault.LabelDoubled => "unexpected double stream label header",
            StreamFault.UnknownType when stream.Kind == StreamKind.Accepted =>
                $"{UnknownTypeText} ({(int)reader.Type})",
            StreamFault.UnknownType => $"received invalid msgType ({(int)reader.Type})",
            StreamFault.TooLarge => reader.ErrReply ?? "message is larger than the limit",
            StreamFault.BodyMalformed => "failed to decode the message",
            _ => reader.ErrReply ?? "failed to read the message",
        };
        Close(stream, error, now);
    }

    private void StreamComplete(SwimStream stream, Instant now)
    {
        int sealedSize = stream.Reader.SealedSize;
        WarnOfSize("Remote", sealedSize);
        if (sealedSize > 0)
        {
            _metrics.Add(Metric.RemoteStateSize, sealedSize);
        }

        switch (stream.Kind)
        {
            case StreamKind.PushPull:
                ReceiveRemoteState(stream, now);
                break;
            case StreamKind.Ping:
                ReceiveStreamAck(stream, now);
                break;
            default:
                Serve(stream, now);
                break;
        }
    }

    private void Serve(SwimStream stream, Instant now)
    {
        ReadOnlySpan<byte> body = stream.Reader.Body;
        switch (stream.Reader.Type)
        {
            case MessageType.PushPull:
                ServePushPull(stream, now);
                break;
            case MessageType.Ping:
                ServePing(stream, body, now);
                break;
            case MessageType.User:
                ServeUserMessage(stream, body, now);
                break;
            default:
                Close(stream, $"{UnknownTypeText} ({(int)stream.Reader.Type})", now);
                break;
        }
    }

    private void ServeUserMessage(SwimStream stream, ReadOnlySpan<byte> body, Instant now)
    {
        MsgpackReader reader = new(body);
        if (SwimCodec.TryRead(ref reader, out UserStreamHeader header) == ReadStatus.Ok
            && header.MessageSize > 0)
        {
            _observer.UserMessage(reader.Remaining, now);
            _observer.UserMessagesEnded(now);
        }

        Close(stream, null, now);
    }

    private void ServePing(SwimStream stream, ReadOnlySpan<byte> body, Instant now)
    {
        if (SwimCodec.TryRead(body, out Ping ping) == ReadStatus.Ok)
        {
            if (!ping.Node.IsEmpty && !Self.Name.Equals(ping.Node))
            {
                WarnWrongNode(ping.Node, stream.Peer);
            }
            else
            {
                Ack ack = new() { SequenceNumber = ping.SequenceNumber };
                _scratch.Clear();
                _scratch.Advance(SwimCodec.Write(ack, _scratch.GetSpan(SwimCodec.SizeOf(ack))));
                SendScratch(stream, dials: false);
            }
        }

        Close(stream, null, now);
    }

    private void SendErr(SwimStream stream, string text)
    {
        ErrReply reply = new() { Error = Encoding.UTF8.GetBytes(text) };
        _scratch.Clear();
        _scratch.Advance(SwimCodec.Write(reply, _scratch.GetSpan(SwimCodec.SizeOf(reply))));
        SendScratch(stream, dials: false);
    }

    // The dialling side's bytes begin with the label, an answer's do not.
    private void SendScratch(SwimStream stream, bool dials)
    {
        using ByteBuffer output = new();
        _streamWriter.Begin(dials, output, agreedLabel: stream.Reader.AgreedLabel);
        _streamWriter.Write(_scratch.Written);
        _streamWriter.End();
        Send(stream.Id, output);
    }

    private void Send(StreamId stream, ByteBuffer output)
    {
        _metrics.Add(Metric.StreamSent, output.Length);
        _effects.SendStream(stream, output);
    }

    private StreamId OpenStreamPing(in NodeAddress target, uint sequence, Instant deadline)
    {
        if (DialledCount >= Limits.StreamCountMax)
        {
            return StreamId.None;
        }

        SwimStream stream = new(NextStreamId(), StreamKind.Ping, target, Options)
        {
            SequenceNumber = sequence,
        };
        Watch(stream, deadline);
        _effects.OpenStream(stream.Id, target);
        return stream.Id;
    }

    private void SendStreamPing(SwimStream stream)
    {
        if (_round.Stream != stream.Id || _round.Target is null)
        {
            return;
        }

        Span<byte> ip = stackalloc byte[16];
        Ping ping = PingOf(_round.Target.Name.Span, stream.SequenceNumber, ip);
        _scratch.Clear();
        _scratch.Advance(SwimCodec.Write(ping, _scratch.GetSpan(SwimCodec.SizeOf(ping))));
        SendScratch(stream, dials: true);
    }

    private void ReceiveStreamAck(SwimStream stream, Instant now)
    {
        string? error = null;
        if (stream.Reader.Type != MessageType.Ack)
        {
            error = $"unexpected msgType ({(int)stream.Reader.Type}) from ping";
        }
        else if (SwimCodec.TryRead(stream.Reader.Body, out Ack ack) != ReadStatus.Ok
            || ack.SequenceNumber != stream.SequenceNumber)
        {
            error = "sequence number does not match the ping's";
        }
        else if (_round.Stream == stream.Id && now <= _round.End)
        {
            _round.StreamContact = true;
        }

        Close(stream, error, now);
    }
}
