namespace Serf.Wire;

/// <summary>Why a packet, or a part of one, was refused (spec gossip 10.4).</summary>
public enum PacketFault : byte
{
    Empty,
    LabelMalformed,
    LabelMismatch,
    CrcMismatch,
    UnknownType,
    CompressMalformed,
    CompoundMalformed,
    CompoundTruncated,
    TooDeep,
    TooLarge,
}
