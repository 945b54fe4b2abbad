namespace Serf.Wire;

/// <summary>Why a packet, or a part of one, was refused (spec gossip 10.4).</summary>
public enum PacketFault : byte
{
    Empty,
    LabelMalformed,
    LabelMismatch,

    /// <summary>A label where it was said to have been taken off.</summary>
    LabelDoubled,

    /// <summary>Not sealed, or with no key of ours; the detail is a <see cref="SealFault"/>.</summary>
    SealBroken,
    CrcMismatch,
    UnknownType,
    CompressMalformed,
    CompoundMalformed,
    CompoundTruncated,
    TooDeep,
    TooLarge,
}
