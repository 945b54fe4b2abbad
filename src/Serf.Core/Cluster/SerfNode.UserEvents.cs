using System;
using System.Globalization;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cluster;

// User events (spec serf 5).
public sealed partial class SerfNode
{
    private ulong _eventTimeMin;

    /// <summary>Sends a custom event to the cluster, this node included.</summary>
    /// <param name="payload">Null for none.</param>
    /// <returns>Null, or why it was refused.</returns>
    public string? SendUserEvent(ReadOnlySpan<byte> name, byte[]? payload, bool coalesce, Instant now)
    {
        int size = name.Length + (payload?.Length ?? 0);
        if (size > Options.UserEventSizeMax)
        {
            return SizeError("user event exceeds configured limit of", Options.UserEventSizeMax, "before");
        }

        if (size > Limits.UserEventSizeMax)
        {
            return SizeError("user event exceeds sane limit of", Limits.UserEventSizeMax, "before");
        }

        UserEventMessage message = new()
        {
            LamportTime = _eventClock.Time,
            Name = name,
            Payload = payload,
            Coalesce = coalesce,
        };
        int encodedSize = SerfCodec.SizeOf(message);
        if (encodedSize > Options.UserEventSizeMax)
        {
            return SizeError(
                "encoded user event exceeds configured limit of", Options.UserEventSizeMax, "after");
        }

        if (encodedSize > Limits.UserEventSizeMax)
        {
            return SizeError("encoded user event exceeds sane limit of", Limits.UserEventSizeMax, "after");
        }

        if (!_isContacted)
        {
            HoldEarly(message, now);
            return null;
        }

        // Better to be told than to see something vanish that nobody was sent yet. Alone, there is nobody to
        // miss it.
        bool isFull = encodedSize > _gossipSizeMax
            ? _longEvents.Count >= Limits.LongEventCountMax
            : _eventQueue.IsFullOfUnsent;
        if (isFull && HasOtherAliveMember())
        {
            return "event queue is full: too many events wait to be sent";
        }

        _eventClock.Increment();
        if (!HandleUserEvent(message, now))
        {
            return "event buffer is full: too many bytes of recent events";
        }

        SendOwn(message);
        return null;
    }

    private void SendOwn(in UserEventMessage message)
    {
        _scratch.Clear();
        Span<byte> encoded = _scratch.GetSpan(SerfCodec.SizeOf(message));
        PassOn(encoded[..SerfCodec.Write(message, encoded)], isOwn: true);
    }

    /// <summary>By gossip; what no packet can carry goes over connections.</summary>
    private void PassOn(ReadOnlySpan<byte> message, bool isOwn)
    {
        if (message.Length > _gossipSizeMax)
        {
            SendLong(message, isOwn);
        }
        else
        {
            _eventQueue.Add(message);
        }
    }

    /// <summary>
    /// No node sends a longer event. One of megabytes would take the room of all others in the buffers of
    /// the whole cluster, and every state exchange would carry it along.
    /// </summary>
    private bool IsEventSize(int size, Instant now)
    {
        bool isProper = size <= Limits.UserEventSizeMax;
        if (!isProper && _refusals.Allows(now))
        {
            _refusals.Write(LogLevel.Warn, $"serf: Refusing a user event of {size} bytes");
        }

        return isProper;
    }

    private static string SizeError(string text, int limit, string when) =>
        string.Create(CultureInfo.InvariantCulture, $"{text} {limit} bytes {when} encoding");

    /// <returns>Whether the message is to be passed on.</returns>
    private bool HandleUserEvent(in UserEventMessage message, Instant now)
    {
        if (!IsPlausible(message.LamportTime, _eventClock.Time, now))
        {
            return false;
        }

        WitnessEvent(message.LamportTime, now);
        if (message.LamportTime < _eventTimeMin
            || !IsEventSize(message.Name.Length + message.Payload.Length, now))
        {
            return false;
        }

        EventVerdict verdict = _events.Offer(
            message.LamportTime, message.Name, message.Payload, _eventClock.Time, out EventEntry kept);
        switch (verdict)
        {
            case EventVerdict.Duplicate:
                return false;
            case EventVerdict.TooOld:
                _lateEventCount++;
                if (_refusals.Allows(now))
                {
                    _refusals.Write(
                        LogLevel.Warn,
                        $"serf: received old event {ByteString.Copy(message.Name)} "
                        + $"from time {message.LamportTime} (current: {_eventClock.Time})");
                }

                return false;
            case EventVerdict.Full:
                _refusedEventCount++;
                if (_refusals.Allows(now))
                {
                    _refusals.Write(LogLevel.Warn, "serf: the event buffer is full, refusing an event");
                }

                return false;
            default:
                break;
        }

        NoteEventAge(now);
        Emit(new UserEvent(message.LamportTime, kept.Name, kept.Payload, message.Coalesce), now);
        return true;
    }
}
