using System;
using System.Text;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Rpc;

/// <summary>One value after the other in the modern forms, into a growing buffer.</summary>
internal sealed class RpcBuffer : IDisposable
{
    // The longest head of any value.
    private const int HeadSizeMax = 9;

    private readonly ByteBuffer _bytes = new();

    public ReadOnlySpan<byte> Written => _bytes.Written;

    public void Clear() => _bytes.Clear();

    public void Dispose() => _bytes.Dispose();

    public void Encoded(ReadOnlySpan<byte> encoded) => _bytes.Write(encoded);

    public void Map(int count)
    {
        MsgpackWriter writer = Reserve(0);
        writer.WriteMapHeader(count);
        _bytes.Advance(writer.Written);
    }

    public void Array(int count)
    {
        MsgpackWriter writer = Reserve(0);
        writer.WriteArrayHeader(count);
        _bytes.Advance(writer.Written);
    }

    public void Nil() => _bytes.WriteByte(0xC0);

    public void Bool(bool value)
    {
        MsgpackWriter writer = Reserve(0);
        writer.WriteBool(value);
        _bytes.Advance(writer.Written);
    }

    public void Unsigned(ulong value)
    {
        MsgpackWriter writer = Reserve(0);
        writer.WriteUnsigned(value);
        _bytes.Advance(writer.Written);
    }

    public void Signed(long value)
    {
        MsgpackWriter writer = Reserve(0);
        writer.WriteSigned(value);
        _bytes.Advance(writer.Written);
    }

    public void Text(ReadOnlySpan<byte> utf8)
    {
        MsgpackWriter writer = Reserve(utf8.Length);
        writer.WriteText(utf8);
        _bytes.Advance(writer.Written);
    }

    public void Text(string text)
    {
        if (text.Length > 512 || ByteText.HoldsBytes(text))
        {
            Text(ByteText.ToBytes(text));
            return;
        }

        Span<byte> utf8 = stackalloc byte[3 * 512];
        Text(utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
    }

    /// <summary>Null becomes nil; an empty array stays empty.</summary>
    public void Bytes(byte[]? bytes)
    {
        MsgpackWriter writer = Reserve(bytes is null ? 0 : bytes.Length);
        if (bytes is null)
        {
            writer.WriteNil();
        }
        else if (bytes.Length == 0)
        {
            writer.WriteEncoded([0xC4, 0]);
        }
        else
        {
            writer.WriteBytes(bytes);
        }

        _bytes.Advance(writer.Written);
    }

    private MsgpackWriter Reserve(int size) => new(_bytes.GetSpan(size + HeadSizeMax), modern: true);
}
