namespace Serf.Wire;

/// <summary>Why a sealed block could not be opened.</summary>
public enum SealFault : byte
{
    None,
    Empty,

    /// <summary>Neither version 0 nor version 1.</summary>
    VersionUnknown,

    /// <summary>No room for nonce and tag.</summary>
    TooSmall,

    /// <summary>No key on the ring opens it.</summary>
    NoKeyFits,

    /// <summary>Version 0: it was sealed with a key of ours, and padded wrongly.</summary>
    PaddingInvalid,
}
