using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Coordinates;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Cluster;

// Network coordinates, carried by the acks of direct pings (spec serf 9.6, 9.7). What is known of a peer's
// hangs on its member record, so it is bounded by the members and goes when the record goes.
public sealed partial class SerfNode
{
    /// <summary>First byte of what the acks of direct pings carry; a coordinate follows it.</summary>
    private const byte PingVersion = 1;

    private readonly CoordinateClient? _coordinates;

    /// <summary>Holds the coordinate just received; null when coordinates are off.</summary>
    private readonly Coordinate? _received;

    /// <summary>Coordinates of peers that were refused.</summary>
    internal long RejectedCoordinateCount { get; private set; }

    /// <summary>Round trips of exactly nothing; they are observations all the same.</summary>
    internal long ZeroRoundTripCount { get; private set; }

    /// <summary>How far the last observation moved this node.</summary>
    internal double LastCoordinateMoveMilliseconds => _coordinates?.LastMoveMilliseconds ?? 0.0;

    /// <summary>A copy of the node's own coordinate; null when coordinates are off.</summary>
    public Coordinate? GetCoordinate() => _coordinates?.Own.Clone();

    /// <summary>
    /// A copy of the last coordinate accepted from a member, or the node's own under its own name. Null when
    /// there is none.
    /// </summary>
    public Coordinate? GetCachedCoordinate(ReadOnlySpan<byte> name) =>
        Name.Equals(name) ? GetCoordinate() : _members.Find(name)?.Coordinate?.Clone();

    int ISwimObserver.WriteAckPayload(Span<byte> destination)
    {
        if (_coordinates is null)
        {
            return 0;
        }

        Coordinate own = _coordinates.Own;
        CoordinateMessage message = new()
        {
            Vector = own.Vector,
            Error = own.Error,
            Adjustment = own.Adjustment,
            Height = own.Height,
        };
        destination[0] = PingVersion;
        return 1 + CoordinateCodec.Write(message, destination[1..]);
    }

    void ISwimObserver.PingCompleted(
        Member member, TimeSpan roundTrip, ReadOnlySpan<byte> payload, Instant now)
    {
        // A member that was erased here while the gossip layer still probes it has no record for samples.
        if (payload.IsEmpty || _coordinates is null || _members.Find(member.Name.Span) is not { } record)
        {
            return;
        }

        if (payload[0] != PingVersion)
        {
            if (_refusals.Allows(now))
            {
                _refusals.Write(LogLevel.Err, "serf: Unsupported ping version: " + Text(payload[0]));
            }

            return;
        }

        Span<double> vector = stackalloc double[Limits.CoordinateDimensionCountMax];
        ReadStatus read = CoordinateCodec.TryRead(payload[1..], vector, out CoordinateMessage message);
        if (read != ReadStatus.Ok)
        {
            if (_refusals.Allows(now))
            {
                _refusals.Write(LogLevel.Err, $"serf: Failed to decode coordinate from ping: {read}");
            }

            return;
        }

        CoordinateStatus status = Observe(record, message, roundTrip);
        if (status != CoordinateStatus.Accepted)
        {
            RejectedCoordinateCount++;
            _metrics.Add(Metric.CoordinateRejected, 1);
            if (_refusals.Allows(now))
            {
                _refusals.Write(
                    LogLevel.Trace,
                    $"serf: Rejected coordinate from {member.Name}: {Explain(status, roundTrip)}");
            }
        }
    }

    private string Explain(CoordinateStatus status, TimeSpan roundTrip) => status switch
    {
        CoordinateStatus.Incompatible => "dimensions aren't compatible",
        CoordinateStatus.Invalid => "coordinate is invalid",

        // The space at the end is the original's.
        _ => string.Create(
            CultureInfo.InvariantCulture,
            $"round trip time not in valid range, duration {roundTrip.TotalSeconds}s "
            + $"is not a positive value less than {_coordinates?.Options.RoundTripMax.TotalSeconds}s "),
    };

    private KeyValuePair<string, string>[] CoordinateStats() =>
        _coordinates is null ? [] : [new("coordinate_resets", Text(_coordinates.ResetCount))];

    private CoordinateStatus Observe(ClusterMember record, in CoordinateMessage message, TimeSpan roundTrip)
    {
        Invariant.Holds(_coordinates is not null && _received is not null);
        if (!_received.TryAssign(message.Vector, message.Error, message.Adjustment, message.Height))
        {
            return CoordinateStatus.Incompatible;
        }

        record.Latencies ??= new LatencySamples(_coordinates.Options.LatencyCount);
        CoordinateStatus status = _coordinates.Update(
            record.Latencies, _received, roundTrip.Ticks * TimeSpan.NanosecondsPerTick);
        if (status == CoordinateStatus.Accepted)
        {
            if (roundTrip == TimeSpan.Zero)
            {
                ZeroRoundTripCount++;
                _metrics.Add(Metric.CoordinateZeroRoundTrip, 1);
            }

            _metrics.Add(Metric.CoordinateMove, LastCoordinateMoveMilliseconds);
            record.Coordinate ??= _coordinates.CreateCoordinate();
            record.Coordinate.CopyFrom(_received);
        }

        return status;
    }
}
