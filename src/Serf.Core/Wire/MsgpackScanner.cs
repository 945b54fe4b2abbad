using System;
using System.Runtime.CompilerServices;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// Resumable search for the end of one MessagePack object in a stream of bytes: feed what has arrived
/// since the last call; nothing is looked at twice.
/// </summary>
public struct MsgpackScanner
{
    /// <summary>Per open container, the values still to come.</summary>
    private Levels _open;

    private int _depth;

    /// <summary>Bytes of the current value still to be passed over.</summary>
    private ulong _skip;

    /// <summary>The code whose length is being collected, and what is known of the length.</summary>
    private byte _code;

    private int _lengthBytes;
    private uint _length;

    /// <summary>Starts over, for the next object.</summary>
    public void Reset() => this = default;

    /// <summary>
    /// Scans on. <see cref="ReadStatus.Ok"/>: the object ended, <paramref name="consumed"/> bytes of this
    /// piece belong to it, and the next call begins the next object. <see cref="ReadStatus.NeedMore"/>: the
    /// whole piece does. Other values: not MessagePack (c1), or nested deeper than
    /// <paramref name="depthMax"/>.
    /// </summary>
    /// <param name="depthMax">
    /// Containers that may stand inside each other, at most <see cref="Limits.MsgpackDepthMax"/>.
    /// </param>
    public ReadStatus Scan(ReadOnlySpan<byte> piece, int depthMax, out int consumed)
    {
        Invariant.Holds(depthMax is >= 0 and <= Limits.MsgpackDepthMax);
        consumed = 0;
        while (consumed < piece.Length)
        {
            ReadStatus status = ReadStatus.Ok;
            bool ended;
            if (_lengthBytes > 0)
            {
                _length = (_length << 8) | piece[consumed++];
                _lengthBytes--;
                ended = _lengthBytes == 0 && TakeLength(depthMax, out status);
            }
            else if (_skip > 0)
            {
                int step = (int)Math.Min(_skip, (ulong)(piece.Length - consumed));
                consumed += step;
                _skip -= (ulong)step;
                ended = _skip == 0;
            }
            else
            {
                ended = TakeCode(piece[consumed++], depthMax, out status);
            }

            if (status != ReadStatus.Ok)
            {
                return status;
            }

            if (ended && CloseValue())
            {
                return ReadStatus.Ok;
            }
        }

        return ReadStatus.NeedMore;
    }

    /// <returns>Whether the value ends with its code.</returns>
    private bool TakeCode(byte code, int depthMax, out ReadStatus status)
    {
        status = code == MsgpackCode.NeverUsed ? ReadStatus.Mismatch : ReadStatus.Ok;
        _code = code;
        _length = 0;
        switch (code)
        {
            case >= MsgpackCode.FixMap and < MsgpackCode.FixArray:
                return Open(2 * (ulong)(code - MsgpackCode.FixMap), depthMax, out status);
            case >= MsgpackCode.FixArray and < MsgpackCode.FixRaw:
                return Open((ulong)(code - MsgpackCode.FixArray), depthMax, out status);
            case >= MsgpackCode.FixRaw and <= MsgpackCode.FixRawLast:
                _skip = (ulong)(code - MsgpackCode.FixRaw);
                break;
            case >= MsgpackCode.Bin8 and <= MsgpackCode.Bin32:
                _lengthBytes = 1 << (code - MsgpackCode.Bin8);
                return false;
            case >= MsgpackCode.Ext8 and <= MsgpackCode.Ext32:
                _lengthBytes = 1 << (code - MsgpackCode.Ext8);
                return false;
            case >= MsgpackCode.Float32 and <= MsgpackCode.Float64:
                _skip = 4ul << (code - MsgpackCode.Float32);
                break;
            case >= MsgpackCode.UInt8 and <= MsgpackCode.UInt64:
                _skip = 1ul << (code - MsgpackCode.UInt8);
                break;
            case >= MsgpackCode.Int8 and <= MsgpackCode.Int64:
                _skip = 1ul << (code - MsgpackCode.Int8);
                break;
            case >= MsgpackCode.FixExt1 and <= MsgpackCode.FixExt16:
                _skip = 1 + (1ul << (code - MsgpackCode.FixExt1));
                break;
            case >= MsgpackCode.Raw8 and <= MsgpackCode.Raw32:
                _lengthBytes = 1 << (code - MsgpackCode.Raw8);
                return false;
            case >= MsgpackCode.Array16 and <= MsgpackCode.Map32:
                _lengthBytes = code is MsgpackCode.Array16 or MsgpackCode.Map16 ? 2 : 4;
                return false;
            default:
                break;
        }

        return _skip == 0;
    }

    /// <summary>The length is complete.</summary>
    /// <returns>Whether the value ends here.</returns>
    private bool TakeLength(int depthMax, out ReadStatus status)
    {
        if (_code >= MsgpackCode.Array16)
        {
            ulong count = _code >= MsgpackCode.Map16 ? 2ul * _length : _length;
            return Open(count, depthMax, out status);
        }

        // An ext carries its type in one more byte.
        status = ReadStatus.Ok;
        _skip = _length + (_code is >= MsgpackCode.Ext8 and <= MsgpackCode.Ext32 ? 1ul : 0ul);
        return _skip == 0;
    }

    private bool Open(ulong count, int depthMax, out ReadStatus status)
    {
        if (_depth >= depthMax)
        {
            status = ReadStatus.TooLarge;
            return false;
        }

        status = ReadStatus.Ok;
        if (count == 0)
        {
            return true;
        }

        _open[_depth++] = count;
        return false;
    }

    /// <returns>Whether the object ended with the value that just did.</returns>
    private bool CloseValue()
    {
        while (_depth > 0)
        {
            if (--_open[_depth - 1] > 0)
            {
                return false;
            }

            _depth--;
        }

        return true;
    }

    [InlineArray(Limits.MsgpackDepthMax)]
    private struct Levels
    {
        private ulong _first;
    }
}
