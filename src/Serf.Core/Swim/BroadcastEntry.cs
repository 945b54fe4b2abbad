using System;
using Serf.Primitives;

namespace Serf.Swim;

/// <summary>One message of a <see cref="BroadcastQueue"/>, with a copy of its bytes; used again for
/// others.</summary>
internal sealed class BroadcastEntry
{
    private const int SpareSizeMax = 2048;
    private byte[] _bytes = [];

    public int Transmissions { get; set; }

    public int Length { get; private set; }

    public long Id { get; private set; }

    public int Token { get; private set; }

    public ByteString Name { get; private set; }

    public ReadOnlySpan<byte> Message => _bytes.AsSpan(0, Length);

    public void Set(ReadOnlySpan<byte> message, ByteString name, int token, long id)
    {
        if (_bytes.Length < message.Length)
        {
            _bytes = new byte[message.Length];
        }

        message.CopyTo(_bytes);
        Transmissions = 0;
        Length = message.Length;
        Id = id;
        Token = token;
        Name = name;
    }

    public void Clear()
    {
        Name = default;
        if (_bytes.Length > SpareSizeMax)
        {
            _bytes = [];
        }
    }
}
