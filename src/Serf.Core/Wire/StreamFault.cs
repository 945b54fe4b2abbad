namespace Serf.Wire;

/// <summary>Why a stream was refused.</summary>
public enum StreamFault : byte
{
    None,

    /// <summary>The stream ended before the message did. Closed quietly.</summary>
    Truncated,
    LabelMalformed,
    LabelMismatch,

    /// <summary>Sealed, and no key is configured. Answered with an err reply.</summary>
    Encrypted,

    /// <summary>
    /// Undecodable compress message, wrong algorithm, broken LZW, over the limit. Answered with an err reply.
    /// </summary>
    CompressMalformed,
    UnknownType,

    /// <summary>Undecodable body, or counts out of range. Closed without an answer.</summary>
    BodyMalformed,
    TooLarge,
}
