namespace Serf.Wire;

/// <summary>Why a stream was refused.</summary>
public enum StreamFault : byte
{
    None,

    /// <summary>The stream ended before the message did. Closed quietly.</summary>
    Truncated,
    LabelMalformed,
    LabelMismatch,

    /// <summary>A label where it was said to have been taken off.</summary>
    LabelDoubled,

    /// <summary>Sealed, and no key is configured. Answered with an err reply.</summary>
    Encrypted,

    /// <summary>Not sealed, where all must be. Answered with an err reply.</summary>
    NotSealed,

    /// <summary>No key fits, or what was sealed is no message. Answered with an err reply.</summary>
    SealBroken,

    /// <summary>
    /// Undecodable compress message, wrong algorithm, broken LZW, over the limit. Answered with an err reply.
    /// </summary>
    CompressMalformed,
    UnknownType,

    /// <summary>Undecodable body, or counts out of range. Closed without an answer.</summary>
    BodyMalformed,
    TooLarge,
}
