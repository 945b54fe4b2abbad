using System;
using System.Globalization;
using System.IO;
using Serf.Primitives;

namespace Serf.Cli.Decode;

/// <summary>
/// Lines of hexadecimal digits as bytes. Digits come in any case; spaces, tabs and colons may stand between
/// bytes. What a line holds beyond the limit, or behind a fault, is read and forgotten.
/// </summary>
internal sealed class HexLines(Stream input, int sizeMax) : IDisposable
{
    private const int ReadSize = 64 * 1024;
    private const int None = -1;

    private readonly byte[] _input = new byte[ReadSize];
    private readonly ByteBuffer _line = new();
    private int _position;
    private int _count;
    private int _high = None;
    private long _column;
    private bool _isBegun;
    private bool _isTaken;

    /// <summary>The line's bytes, up to a fault.</summary>
    public ReadOnlySpan<byte> Line => _line.Written;

    /// <summary>What is wrong with the line, or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>Takes a line that has wholly arrived; false when there is none yet.</summary>
    public bool TryTake()
    {
        Begin();
        ReadOnlySpan<byte> rest = _input.AsSpan(_position, _count - _position);
        int size = rest.IndexOf((byte)'\n');
        bool isWhole = size >= 0;
        rest = isWhole ? rest[..size] : rest;
        _position += rest.Length + (isWhole ? 1 : 0);
        _isBegun |= !rest.IsEmpty;
        foreach (byte character in rest)
        {
            if (Fault is not null)
            {
                break;
            }

            _column++;
            Take(character);
        }

        if (isWhole)
        {
            End();
        }

        return isWhole;
    }

    /// <summary>Waits for more; false when the input has ended.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public bool Fill()
    {
        _position = 0;
        _count = input.Read(_input);
        return _count > 0;
    }

    /// <summary>At the end of the input: a last line without a line feed.</summary>
    public bool TryTakeRest()
    {
        Begin();
        if (!_isBegun)
        {
            return false;
        }

        End();
        return true;
    }

    public void Dispose() => _line.Dispose();

    // Only what follows a line that was taken is a new line.
    private void Begin()
    {
        if (!_isTaken)
        {
            return;
        }

        _isTaken = false;
        _isBegun = false;
        Fault = null;
        _column = 0;
        _high = None;
        if (_line.Length > Limits.PacketSizeMax)
        {
            _line.Dispose();
        }

        _line.Clear();
    }

    private void End()
    {
        _isTaken = true;
        if (_high != None)
        {
            Fault ??= "odd number of hexadecimal digits";
        }
    }

    private void Take(byte character)
    {
        int digit = DigitOf(character);
        if (digit < 0)
        {
            bool parts = character is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)':';
            if (!parts || _high != None)
            {
                string shown = GoText.Quote([character]);
                Fault = string.Create(
                    CultureInfo.InvariantCulture, $"no hexadecimal digit at column {_column}: {shown}");
                _high = None;
            }
        }
        else if (_high == None)
        {
            _high = digit;
        }
        else if (_line.Length == sizeMax)
        {
            Fault = string.Create(CultureInfo.InvariantCulture, $"longer than {sizeMax} bytes");
            _high = None;
        }
        else
        {
            _line.WriteByte((byte)((_high << 4) | digit));
            _high = None;
        }
    }

    private static int DigitOf(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        _ => None,
    };
}
