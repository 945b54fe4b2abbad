namespace Serf.Wire;

/// <summary>How a read ended. Nothing a peer sends raises an exception.</summary>
public enum ReadStatus : byte
{
    Ok,

    /// <summary>The input ends inside the value.</summary>
    NeedMore,

    /// <summary>Not the kind of value that belongs here, or out of its range.</summary>
    Mismatch,

    /// <summary>Longer, or nested deeper, than the limit given.</summary>
    TooLarge,
}
