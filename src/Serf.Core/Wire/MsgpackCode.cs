namespace Serf.Wire;

/// <summary>
/// First bytes of MessagePack values, https://github.com/msgpack/msgpack/blob/master/spec.md; what that text
/// calls str was raw in https://github.com/msgpack/msgpack/blob/master/spec-old.md, without d9.
/// </summary>
internal static class MsgpackCode
{
    /// <summary>00 to 7f are the numbers themselves.</summary>
    public const byte PositiveFixMax = 0x7f;

    public const byte FixMap = 0x80;
    public const byte FixArray = 0x90;

    /// <summary>Entries a container may have and still take one byte of header.</summary>
    public const int FixContainerMax = 15;

    public const byte FixRaw = 0xa0;
    public const byte FixRawLast = 0xbf;

    /// <summary>Bytes a text may have and still take one byte of header.</summary>
    public const int FixRawMax = 31;

    public const byte Nil = 0xc0;

    /// <summary>The one code that begins nothing.</summary>
    public const byte NeverUsed = 0xc1;

    public const byte False = 0xc2;
    public const byte True = 0xc3;
    public const byte Bin8 = 0xc4;
    public const byte Bin16 = 0xc5;
    public const byte Bin32 = 0xc6;
    public const byte Ext8 = 0xc7;
    public const byte Ext32 = 0xc9;
    public const byte Float32 = 0xca;
    public const byte Float64 = 0xcb;
    public const byte UInt8 = 0xcc;
    public const byte UInt16 = 0xcd;
    public const byte UInt32 = 0xce;
    public const byte UInt64 = 0xcf;
    public const byte Int8 = 0xd0;
    public const byte Int16 = 0xd1;
    public const byte Int32 = 0xd2;
    public const byte Int64 = 0xd3;
    public const byte FixExt1 = 0xd4;
    public const byte FixExt16 = 0xd8;
    public const byte Raw8 = 0xd9;
    public const byte Raw16 = 0xda;
    public const byte Raw32 = 0xdb;
    public const byte Array16 = 0xdc;
    public const byte Array32 = 0xdd;
    public const byte Map16 = 0xde;
    public const byte Map32 = 0xdf;

    /// <summary>e0 to ff are -32 to -1.</summary>
    public const byte NegativeFix = 0xe0;
}
