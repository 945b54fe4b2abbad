using System;
using System.Globalization;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// How one node seals what it sends, and what it accepts (spec gossip 2.5). The ring may change at any time;
/// an empty one means that nothing is sealed, and that sealed streams are refused.
/// </summary>
public sealed class Encryption
{
    // Nonces are fetched for many packets at once.
    private const int NonceCount = 64;

    // Which key last fitted, by a hash of the sender: during a rotation half of the cluster seals with
    // another key than the first one, and a wrong try costs more than the right one.
    private const int HintCount = 256;

    private readonly IEntropy _entropy;
    private readonly byte[] _nonces = new byte[NonceCount * Sealing.NonceSize];
    private readonly byte[] _hints = new byte[HintCount];
    private int _nextNonce = NonceCount;

    /// <param name="keyring">Read anew for every packet.</param>
    /// <param name="entropy">Source of nonces.</param>
    /// <param name="version">What is sent: 0 for a node that speaks protocol version 1, else 1.</param>
    public Encryption(Keyring keyring, IEntropy entropy, byte version)
    {
        Invariant.Holds(version <= 1);
        Keyring = keyring;
        _entropy = entropy;
        Version = version;
    }

    public Keyring Keyring { get; }

    public byte Version { get; }

    /// <summary>False: clear packets and streams are accepted beside sealed ones.</summary>
    public bool VerifyIncoming { get; init; } = true;

    /// <summary>False: what is sent is not sealed.</summary>
    public bool VerifyOutgoing { get; init; } = true;

    /// <summary>There is a key.</summary>
    public bool IsOn => !Keyring.IsEmpty;

    /// <summary>What is sent is sealed.</summary>
    public bool Seals => IsOn && VerifyOutgoing;

    /// <summary>What comes must be sealed.</summary>
    public bool RefusesClear => IsOn && VerifyIncoming;

    /// <summary>Bytes of a packet that the seal takes at the most.</summary>
    public int Overhead => Seals ? Sealing.Overhead(Version) : 0;

    /// <summary>What <see cref="TryOpen"/> has to say, in the words peers use.</summary>
    public static string Describe(SealFault fault) => fault switch
    {
        SealFault.Empty => "cannot decrypt empty payload",
        SealFault.VersionUnknown => "unsupported encryption version",
        SealFault.TooSmall => "payload is too small to decrypt",
        SealFault.PaddingInvalid => "payload has an impossible padding",
        _ => "no installed keys could decrypt the message",
    };

    /// <summary>The same with the number that peers are told.</summary>
    public static string Describe(SealFault fault, ReadOnlySpan<byte> block) => fault switch
    {
        SealFault.VersionUnknown => $"{Describe(fault)} {Text(block[0])}",
        SealFault.TooSmall => $"{Describe(fault)}: {Text(block.Length)}",
        _ => Describe(fault),
    };

    /// <summary>Seals the end of a buffer in place, with the primary key.</summary>
    /// <param name="buffer">Room of <see cref="Sealing.HeaderSize"/> or more, then the plaintext.</param>
    /// <param name="start">Where the plaintext begins. It ends where the buffer does.</param>
    /// <param name="associated">The label; for a stream, the frame's head in front of it.</param>
    /// <returns>Where the sealed block begins. The buffer ends with it.</returns>
    public int Seal(ByteBuffer buffer, int start, ReadOnlySpan<byte> associated)
    {
        int plainSize = buffer.Length - start;
        int growth = Sealing.BodySize(Version, plainSize) - plainSize;
        buffer.GetSpan(growth);
        buffer.Advance(growth);
        Span<byte> block = buffer.WrittenForUpdate[(start - Sealing.HeaderSize)..];
        NextNonce().CopyTo(block[1..]);
        Sealing.Seal(Keyring.Keys[0], Version, block, plainSize, associated);
        return start - Sealing.HeaderSize;
    }

    /// <param name="block">The sealed block.</param>
    /// <param name="associated">The label; for a stream, the frame's head in front of it.</param>
    /// <param name="plain">Cleared, then filled with what was sealed.</param>
    /// <param name="sourceHash">A number for the sender, to try first the key that fitted last.</param>
    public SealFault TryOpen(
        ReadOnlySpan<byte> block, ReadOnlySpan<byte> associated, ByteBuffer plain, int sourceHash = 0)
    {
        plain.Clear();
        ref byte hint = ref _hints[(uint)sourceHash % HintCount];
        int keyIndex = hint;
        SealFault fault = Sealing.TryOpen(
            Keyring, block, associated, plain.GetSpan(block.Length), out int size, ref keyIndex);
        if (fault == SealFault.None)
        {
            hint = (byte)Math.Min(keyIndex, byte.MaxValue);
            plain.Advance(size);
        }

        return fault;
    }

    /// <summary>
    /// Opens a sealed block inside a buffer, which then ends with what was sealed. With one key on the ring
    /// that happens in place: a block of many megabytes needs no second memory. What no key opens is lost.
    /// </summary>
    /// <param name="buffer">Holds the block.</param>
    /// <param name="start">Where the block begins, and then the plaintext.</param>
    /// <param name="size">Bytes of the block. What follows it in the buffer is dropped.</param>
    /// <param name="associated">The frame's head and the label; not a part of the buffer.</param>
    /// <param name="error">The fault, in the words peers are told.</param>
    public SealFault TryOpenEnd(
        ByteBuffer buffer, int start, int size, ReadOnlySpan<byte> associated, out string? error)
    {
        Span<byte> block = buffer.WrittenForUpdate.Slice(start, size);
        if (Keyring.Count == 1 && size > Sealing.HeaderSize)
        {
            int keyIndex = 0;
            Span<byte> text = block[Sealing.HeaderSize..];
            SealFault failure = Sealing.TryOpen(
                Keyring, block, associated, text, out int textSize, ref keyIndex);
            error = failure == SealFault.None ? null : Describe(failure, block);
            text[..textSize].CopyTo(block);
            buffer.Truncate(start + textSize);
            return failure;
        }

        using ByteBuffer plain = new();
        SealFault fault = TryOpen(block, associated, plain);
        error = fault == SealFault.None ? null : Describe(fault, block);
        plain.Written.CopyTo(block);
        buffer.Truncate(start + plain.Length);
        return fault;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private ReadOnlySpan<byte> NextNonce()
    {
        if (_nextNonce == NonceCount)
        {
            _entropy.Fill(_nonces);
            _nextNonce = 0;
        }

        int offset = _nextNonce * Sealing.NonceSize;
        _nextNonce++;
        return _nonces.AsSpan(offset, Sealing.NonceSize);
    }
}
