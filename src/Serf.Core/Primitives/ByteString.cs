using System;
using System.Collections.Generic;

namespace Serf.Primitives;

/// <summary>
/// An immutable string of bytes: node names, tag keys and values, event names. The network promises no
/// encoding for them, so they are compared, kept and passed on as bytes and become text only to be shown.
/// </summary>
public readonly struct ByteString : IEquatable<ByteString>, IComparable<ByteString>
{
    private readonly byte[]? _bytes;

    /// <summary>Takes ownership: the caller must not change <paramref name="bytes"/> afterwards.</summary>
    public ByteString(byte[] bytes) => _bytes = bytes;

    /// <summary>Compares by content; also finds entries by a borrowed span, without a copy.</summary>
    public static IEqualityComparer<ByteString> Comparer { get; } = new ContentComparer();

    public static ByteString Empty => default;

    public ReadOnlySpan<byte> Span => _bytes;

    public int Length => _bytes is null ? 0 : _bytes.Length;

    public bool IsEmpty => Length == 0;

    public static bool operator ==(ByteString left, ByteString right) => left.Equals(right);

    public static bool operator !=(ByteString left, ByteString right) => !left.Equals(right);

    public static bool operator <(ByteString left, ByteString right) => left.CompareTo(right) < 0;

    public static bool operator >(ByteString left, ByteString right) => left.CompareTo(right) > 0;

    public static bool operator <=(ByteString left, ByteString right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ByteString left, ByteString right) => left.CompareTo(right) >= 0;

    public static ByteString Copy(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? default : new(bytes.ToArray());

    public static ByteString FromText(string text) =>
        text.Length == 0 ? default : new(ByteText.ToBytes(text));

    public bool Equals(ByteString other) => Span.SequenceEqual(other.Span);

    public bool Equals(ReadOnlySpan<byte> other) => Span.SequenceEqual(other);

    public override bool Equals(object? obj) => obj is ByteString other && Equals(other);

    public override int GetHashCode() => Hash(Span);

    public int CompareTo(ByteString other) => Span.SequenceCompareTo(other.Span);

    /// <summary>As <see cref="ByteText"/> has it.</summary>
    public override string ToString() => ByteText.FromBytes(Span);

    private static int Hash(ReadOnlySpan<byte> bytes)
    {
        // Seeded per process by the runtime, so that chosen names cannot pile up in one bucket.
        HashCode hash = default;
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }

    private sealed class ContentComparer : IEqualityComparer<ByteString>,
        IAlternateEqualityComparer<ReadOnlySpan<byte>, ByteString>
    {
        public bool Equals(ByteString x, ByteString y) => x.Equals(y);

        public int GetHashCode(ByteString obj) => obj.GetHashCode();

        public bool Equals(ReadOnlySpan<byte> alternate, ByteString other) => other.Equals(alternate);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => Hash(alternate);

        public ByteString Create(ReadOnlySpan<byte> alternate) => Copy(alternate);
    }
}
