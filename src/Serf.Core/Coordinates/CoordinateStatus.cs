namespace Serf.Coordinates;

/// <summary>What became of an observation.</summary>
public enum CoordinateStatus : byte
{
    Accepted,

    /// <summary>The other coordinate has another number of dimensions.</summary>
    Incompatible,

    /// <summary>A component of the other coordinate is infinite or not a number.</summary>
    Invalid,

    /// <summary>The round trip is negative or too long.</summary>
    RoundTripOutOfRange,
}
