using System;
using Serf.Primitives;

namespace Serf.Coordinates;

/// <summary>
/// Keeps one node's own coordinate by watching round trips to others: Vivaldi with heights, a latency
/// filter, adjustments and a pull towards the origin (spec serf 9.4). The order of every sum and product
/// counts: only in this one do the recorded vectors hold to the last bit.
/// </summary>
public sealed class CoordinateClient
{
    /// <summary>Below it a distance counts as none, and so does a divisor.</summary>
    private const double ZeroThreshold = 1e-6;

    private readonly Coordinate _origin;
    private readonly Coordinate _own;
    private readonly Coordinate _previous;
    private readonly IUnitDraws _draws;
    private readonly double[] _direction;
    private readonly double[] _adjustments;
    private readonly long _nanosecondsMax;
    private int _nextAdjustment;

    /// <exception cref="SerfException">No dimensions, with the original's text.</exception>
    public CoordinateClient(CoordinateOptions options, ulong seed)
        : this(options, new SeededDraws(seed))
    {
    }

    internal CoordinateClient(CoordinateOptions options, IUnitDraws draws)
    {
        if (options.Dimensions < 1)
        {
            throw new SerfException("dimensionality must be >0");
        }

        Options = options;
        _draws = draws;
        _direction = new double[options.Dimensions];
        _adjustments = new double[options.AdjustmentCount];
        _nanosecondsMax = options.RoundTripMax.Ticks * TimeSpan.NanosecondsPerTick;
        _origin = new Coordinate(_direction, options.ErrorMax, 0.0, options.HeightMin);
        _own = _origin.Clone();
        _previous = _origin.Clone();
    }

    public CoordinateOptions Options { get; }

    /// <summary>The node's own coordinate. Borrowed: it moves with the next observation.</summary>
    public Coordinate Own => _own;

    /// <summary>How often the own coordinate had become invalid and was put back to the origin.</summary>
    public int ResetCount { get; private set; }

    /// <summary>How far the last observation that was accepted moved the own coordinate.</summary>
    public double LastMoveMilliseconds { get; private set; }

    /// <summary>A fresh coordinate: the origin.</summary>
    public Coordinate CreateCoordinate() => _origin.Clone();

    /// <summary>Takes one observation. Nothing changes unless it is accepted.</summary>
    /// <param name="samples">Those of the observed node.</param>
    /// <param name="other">The observed node's coordinate, as it says.</param>
    /// <param name="nanoseconds">The round trip to it.</param>
    public CoordinateStatus Update(LatencySamples samples, Coordinate other, long nanoseconds)
    {
        CoordinateStatus status = Check(other);
        if (status != CoordinateStatus.Accepted)
        {
            return status;
        }

        if (nanoseconds < 0 || nanoseconds > _nanosecondsMax)
        {
            return CoordinateStatus.RoundTripOutOfRange;
        }

        _previous.CopyFrom(_own);
        double seconds = samples.Filter(Coordinate.SecondsOf(nanoseconds));
        ApplyVivaldi(other, seconds);
        ApplyAdjustment(other, seconds);
        ApplyGravity();
        if (!_own.IsValid)
        {
            ResetCount++;
            _own.CopyFrom(_origin);
        }

        LastMoveMilliseconds = Coordinate.SecondsOf(_previous.NanosecondsTo(_own)) * 1000.0;
        return CoordinateStatus.Accepted;
    }

    /// <summary>
    /// Begins where an earlier life ended, unless no node can have been there. An error of nothing would
    /// hold the node there for ever.
    /// </summary>
    /// <returns>Whether it did; else nothing has changed.</returns>
    internal bool TryRestore(Coordinate earlier)
    {
        double most = Options.RoundTripMax.TotalSeconds;
        if (Check(earlier) != CoordinateStatus.Accepted
            || earlier.Error < ZeroThreshold || earlier.Error > Options.ErrorMax
            || earlier.Height < Options.HeightMin || Math.Abs(earlier.Adjustment) > most
            || earlier.RawSecondsTo(_origin) > most)
        {
            return false;
        }

        _own.CopyFrom(earlier);

        // As if this were the mean of the observations: else the first ones would make it next to nothing.
        Array.Fill(_adjustments, 2.0 * earlier.Adjustment);
        return true;
    }

    /// <summary>Puts the node elsewhere. Nothing changes unless it is accepted.</summary>
    internal CoordinateStatus Set(Coordinate own)
    {
        CoordinateStatus status = Check(own);
        if (status == CoordinateStatus.Accepted)
        {
            _own.CopyFrom(own);
        }

        return status;
    }

    /// <summary>Pushes the node away from <paramref name="other"/>, or towards it when negative.</summary>
    /// <param name="force">Seconds.</param>
    /// <param name="other">A compatible coordinate.</param>
    internal void Apply(double force, Coordinate other)
    {
        double distance = FindDirection(other);
        Span<double> vector = _own.VectorForUpdate;
        for (int index = 0; index < vector.Length; index++)
        {
            vector[index] += _direction[index] * force;
        }

        if (distance > ZeroThreshold)
        {
            double height = ((_own.Height + other.Height) * force / distance) + _own.Height;
            _own.Height = Math.Max(height, Options.HeightMin);
        }
    }

    private CoordinateStatus Check(Coordinate coordinate)
    {
        if (!_own.IsCompatibleWith(coordinate))
        {
            return CoordinateStatus.Incompatible;
        }

        return coordinate.IsValid ? CoordinateStatus.Accepted : CoordinateStatus.Invalid;
    }

    private void ApplyVivaldi(Coordinate other, double measured)
    {
        double estimate = Coordinate.SecondsOf(_own.NanosecondsTo(other));
        double seconds = Math.Max(measured, ZeroThreshold);
        double wrong = Math.Abs(estimate - seconds) / seconds;
        double total = Math.Max(_own.Error + other.Error, ZeroThreshold);
        double weight = _own.Error / total;
        double gain = Options.ErrorGain * weight;
        _own.Error = Math.Min((gain * wrong) + (_own.Error * (1.0 - gain)), Options.ErrorMax);
        Apply(Options.PositionGain * weight * (seconds - estimate), other);
    }

    private void ApplyAdjustment(Coordinate other, double measured)
    {
        if (_adjustments.Length == 0)
        {
            return;
        }

        _adjustments[_nextAdjustment] = measured - _own.RawSecondsTo(other);
        _nextAdjustment = (_nextAdjustment + 1) % _adjustments.Length;
        double sum = 0.0;
        foreach (double adjustment in _adjustments)
        {
            sum += adjustment;
        }

        _own.Adjustment = sum / (2.0 * _adjustments.Length);
    }

    // Without it a cluster drifts: observations only ever fix where nodes are to each other.
    private void ApplyGravity()
    {
        double ratio = Coordinate.SecondsOf(_origin.NanosecondsTo(_own)) / Options.Gravity;
        Apply(-1.0 * (ratio * ratio), _origin);
    }

    /// <summary>Finds the unit vector that points from <paramref name="other"/> to the node.</summary>
    /// <returns>The length of the way, 0 when the direction had to be drawn.</returns>
    private double FindDirection(Coordinate other)
    {
        ReadOnlySpan<double> from = other.Vector;
        ReadOnlySpan<double> to = _own.Vector;
        for (int index = 0; index < _direction.Length; index++)
        {
            _direction[index] = to[index] - from[index];
        }

        double distance = Normalize();
        if (distance > ZeroThreshold)
        {
            return distance;
        }

        for (int index = 0; index < _direction.Length; index++)
        {
            _direction[index] = _draws.Next() - 0.5;
        }

        if (Normalize() <= ZeroThreshold)
        {
            Array.Clear(_direction);
            _direction[0] = 1.0;
        }

        return 0.0;
    }

    /// <summary>Makes the direction a unit vector where it is long enough.</summary>
    /// <returns>Its length before.</returns>
    private double Normalize()
    {
        double sum = 0.0;
        foreach (double component in _direction)
        {
            sum += component * component;
        }

        double length = Math.Sqrt(sum);
        if (length > ZeroThreshold)
        {
            double scale = 1.0 / length;
            for (int index = 0; index < _direction.Length; index++)
            {
                _direction[index] *= scale;
            }
        }

        return length;
    }

    private sealed class SeededDraws(ulong seed) : IUnitDraws
    {
        private Prng _chance = new(seed);

        public double Next() => _chance.NextDouble();
    }
}
