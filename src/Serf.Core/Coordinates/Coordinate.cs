using System;
using Serf.Primitives;

namespace Serf.Coordinates;

/// <summary>
/// A place in network space (spec serf 9.1): the distance of two estimates the round trip between their
/// nodes. Seconds everywhere, except in <see cref="Error"/>, which has no unit. Changed by its owner only;
/// hand out a <see cref="Clone"/>.
/// </summary>
public sealed class Coordinate
{
    private const double NanosecondsPerSecond = 1e9;

    // Less is the noise of a node at rest.
    private const double NoticeableSeconds = 0.5e-3;
    private const double NoticeableError = 0.1;
    private readonly double[] _vector;

    public Coordinate(ReadOnlySpan<double> vector, double error, double adjustment, double height)
    {
        _vector = vector.ToArray();
        Error = error;
        Adjustment = adjustment;
        Height = height;
    }

    public ReadOnlySpan<double> Vector => _vector;

    /// <summary>How little the node trusts its place: 0 for certain.</summary>
    public double Error { get; internal set; }

    /// <summary>Correction for what the space cannot express, added to every distance.</summary>
    public double Adjustment { get; internal set; }

    /// <summary>The way from the node into the network, which every path takes.</summary>
    public double Height { get; internal set; }

    public int Dimensions => _vector.Length;

    /// <summary>No component is infinite or not a number.</summary>
    public bool IsValid
    {
        get
        {
            foreach (double component in _vector)
            {
                if (!double.IsFinite(component))
                {
                    return false;
                }
            }

            return double.IsFinite(Error) && double.IsFinite(Adjustment) && double.IsFinite(Height);
        }
    }

    /// <summary>The components, to be moved in place.</summary>
    internal Span<double> VectorForUpdate => _vector;

    /// <summary>Distances between them are defined.</summary>
    public bool IsCompatibleWith(Coordinate other) => other.Dimensions == Dimensions;

    /// <summary>
    /// The estimated round trip in whole nanoseconds, adjustments included where they leave anything
    /// (spec serf 9.3). Only for compatible coordinates.
    /// </summary>
    public long NanosecondsTo(Coordinate other)
    {
        double seconds = RawSecondsTo(other);
        double adjusted = seconds + Adjustment + other.Adjustment;
        return WholeNanoseconds(adjusted > 0.0 ? adjusted : seconds);
    }

    /// <summary>The distance without adjustments and without rounding.</summary>
    public double RawSecondsTo(Coordinate other)
    {
        Invariant.Holds(IsCompatibleWith(other));
        double sum = 0.0;
        for (int index = 0; index < _vector.Length; index++)
        {
            double difference = _vector[index] - other._vector[index];
            sum += difference * difference;
        }

        return Math.Sqrt(sum) + Height + other.Height;
    }

    public Coordinate Clone() => new(_vector, Error, Adjustment, Height);

    /// <summary>It is worth writing down again.</summary>
    /// <param name="earlier">A compatible coordinate.</param>
    internal bool HasMovedFrom(Coordinate earlier)
    {
        double way = RawSecondsTo(earlier) - Height - earlier.Height;
        double rest = Math.Abs(Height - earlier.Height) + Math.Abs(Adjustment - earlier.Adjustment);
        return way + rest >= NoticeableSeconds || Math.Abs(Error - earlier.Error) >= NoticeableError;
    }

    internal bool IsSameAs(Coordinate other) =>
        Error.Equals(other.Error) && Adjustment.Equals(other.Adjustment) && Height.Equals(other.Height)
        && Vector.SequenceEqual(other.Vector);

    /// <summary>Takes over every component of a compatible coordinate.</summary>
    internal void CopyFrom(Coordinate other)
    {
        Invariant.Holds(IsCompatibleWith(other));
        other._vector.CopyTo(_vector, 0);
        Error = other.Error;
        Adjustment = other.Adjustment;
        Height = other.Height;
    }

    /// <summary>Takes over the components, unless the vector has another number of dimensions.</summary>
    internal bool TryAssign(ReadOnlySpan<double> vector, double error, double adjustment, double height)
    {
        if (vector.Length != _vector.Length)
        {
            return false;
        }

        vector.CopyTo(_vector);
        Error = error;
        Adjustment = adjustment;
        Height = height;
        return true;
    }

    /// <summary>
    /// Seconds of a whole number of nanoseconds, rounded as peers round: the fraction apart from the
    /// seconds.
    /// </summary>
    internal static double SecondsOf(long nanoseconds)
    {
        (long seconds, long rest) = Math.DivRem(nanoseconds, (long)NanosecondsPerSecond);
        return seconds + (rest / NanosecondsPerSecond);
    }

    private static long WholeNanoseconds(double seconds)
    {
        // What has no place in the range becomes its lowest number, as on the processors that most peers
        // run on; the runtime would give other ones.
        double nanoseconds = seconds * NanosecondsPerSecond;
        bool fits = nanoseconds is >= long.MinValue and < -(double)long.MinValue;
        return fits ? (long)nanoseconds : long.MinValue;
    }
}
