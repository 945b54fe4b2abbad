using System;
using System.Buffers;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Serf.Cluster;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Agent.Handlers;

/// <summary>
/// The environment block of a handler (spec agent 17.2): the agent's own with the <c>SERF_</c> variables
/// laid over it. Bytes, not text. One owner; the block is rebuilt in place for each invocation.
/// </summary>
internal sealed unsafe class HandlerEnvironment
{
    // Inherited values of these never show through: either they are set, or they do not apply. The last three
    // are between the service manager and the agent: a handler that took them up would speak for it.
    private static readonly byte[][] OwnedNames =
    [
        "SERF_EVENT"u8.ToArray(), "SERF_SELF_NAME"u8.ToArray(), "SERF_SELF_ROLE"u8.ToArray(),
        "SERF_USER_EVENT"u8.ToArray(), "SERF_USER_LTIME"u8.ToArray(),
        "SERF_QUERY_NAME"u8.ToArray(), "SERF_QUERY_LTIME"u8.ToArray(),
        "NOTIFY_SOCKET"u8.ToArray(), "WATCHDOG_USEC"u8.ToArray(), "WATCHDOG_PID"u8.ToArray(),

        // The agent's secrets.
        Encoding.ASCII.GetBytes(AgentSecrets.KeyVariable),
        Encoding.ASCII.GetBytes(AgentSecrets.RpcAuthVariable),
    ];

    // Pinned for good, so that the block of pointers into them can be handed to the C library as it is.
    private readonly byte[] _inherited;
    private readonly int[] _inheritedOffsets;
    private byte[] _own = NewPinned(1024);
    private int _ownSize;
    private readonly List<int> _ownOffsets = [];
    private nint[] _pointers = GC.AllocateUninitializedArray<nint>(64, pinned: true);
    private int _count;

    /// <param name="inherited">
    /// The agent's own variables, <c>NAME=value</c>. The first of a name counts.
    /// </param>
    public HandlerEnvironment(IEnumerable<byte[]> inherited)
    {
        HashSet<ByteString> names = new(ByteString.Comparer);
        List<byte[]> kept = [];
        int size = 0;
        foreach (byte[] entry in inherited)
        {
            if (!IsOwned(NameOf(entry)) && names.Add(ByteString.Copy(NameOf(entry))))
            {
                kept.Add(entry);
                size += entry.Length + 1;
            }
        }

        _inherited = NewPinned(size);
        _inheritedOffsets = new int[kept.Count];
        int offset = 0;
        for (int index = 0; index < kept.Count; index++)
        {
            _inheritedOffsets[index] = offset;
            kept[index].CopyTo(_inherited, offset);
            offset += kept[index].Length;
            _inherited[offset++] = 0;
        }
    }

    /// <summary>Variables in the block.</summary>
    public int Count => _count;

    /// <summary>The block as <c>execve</c> takes it, until the next <see cref="TryBuild"/>.</summary>
    public byte** Block => (byte**)AddressOf(_pointers);

    /// <summary>On top of the environment that this process was started with.</summary>
    public static HandlerEnvironment OfThisProcess()
    {
        List<byte[]> entries = [];
        byte** environment = Libc.GetEnvironment();
        for (byte** entry = environment; entry != null && *entry != null; entry++)
        {
            entries.Add(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*entry).ToArray());
        }

        Libc.FreeEnvironment(environment);
        return new(entries);
    }

    /// <summary>One variable of the block, <c>NAME=value</c>.</summary>
    public ReadOnlySpan<byte> Entry(int index) =>
        MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)_pointers[index]);

    /// <returns>False when a value holds a zero byte, which no environment can carry.</returns>
    public bool TryBuild(HandlerInvocation invocation)
    {
        _ownSize = 0;
        _ownOffsets.Clear();
        bool valid = AddText("SERF_EVENT="u8, invocation.Event.Kind.Label())
            && Add("SERF_SELF_NAME="u8, invocation.SelfName.Span)
            && Add("SERF_SELF_ROLE="u8, invocation.SelfTags["role"u8].Span)
            && AddEvent(invocation.Event);
        int firstTag = _ownOffsets.Count;
        foreach (KeyValuePair<ByteString, ByteString> tag in invocation.SelfTags.Entries)
        {
            valid = valid && AddTag(tag.Key.Span, tag.Value.Span, firstTag);
        }

        if (valid)
        {
            Link(firstTag);
        }

        return valid;
    }

    private static byte[] NewPinned(int size) => GC.AllocateUninitializedArray<byte>(size, pinned: true);

    // Only for arrays on the pinned heap.
    private static nint AddressOf<T>(T[] array)
        where T : unmanaged => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));

    private static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> entry)
    {
        int end = entry.IndexOf((byte)'=');
        return end < 0 ? entry : entry[..end];
    }

    private static bool IsOwned(ReadOnlySpan<byte> name)
    {
        foreach (byte[] owned in OwnedNames)
        {
            if (name.SequenceEqual(owned))
            {
                return true;
            }
        }

        return false;
    }

    private bool AddEvent(SerfEvent happened) => happened switch
    {
        UserEvent user => Add("SERF_USER_EVENT="u8, user.Name.Span)
            && AddNumber("SERF_USER_LTIME="u8, user.LamportTime),
        QueryEvent query => Add("SERF_QUERY_NAME="u8, query.Name.Span)
            && AddNumber("SERF_QUERY_LTIME="u8, query.LamportTime),
        _ => true,
    };

    private bool AddText(ReadOnlySpan<byte> name, string value)
    {
        Span<byte> text = stackalloc byte[64];
        return Add(name, text[..Encoding.ASCII.GetBytes(value, text)]);
    }

    private bool AddNumber(ReadOnlySpan<byte> name, ulong value)
    {
        Span<byte> digits = stackalloc byte[20];
        Invariant.Holds(Utf8Formatter.TryFormat(value, digits, out int size));
        return Add(name, digits[..size]);
    }

    private bool Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        _ownOffsets.Add(_ownSize);
        Append(name);
        return AppendValue(value);
    }

    private bool AddTag(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, int firstTag)
    {
        int offset = _ownSize;
        Append("SERF_TAG_"u8);
        AppendTagName(key);
        Append("="u8);
        ReadOnlySpan<byte> name = _own.AsSpan(offset, _ownSize - offset);
        for (int index = firstTag; index < _ownOffsets.Count; index++)
        {
            // Two tags of one name: one of the values is used, here the one that sorts last.
            if (_own.AsSpan(_ownOffsets[index]).StartsWith(name))
            {
                _ownOffsets.RemoveAt(index);
                break;
            }
        }

        _ownOffsets.Add(offset);
        return AppendValue(value);
    }

    private void AppendTagName(ReadOnlySpan<byte> key)
    {
        Span<byte> one = stackalloc byte[1];
        while (!key.IsEmpty)
        {
            // Every byte that is not UTF-8 counts as a character of its own.
            bool valid = Rune.DecodeFromUtf8(key, out Rune rune, out int size) == OperationStatus.Done;
            key = key[(valid ? size : 1)..];
            one[0] = valid ? VariableCharacter(rune.Value) : (byte)'_';
            Append(one);
        }
    }

    // Upper case first, then what is not a variable's character is replaced. Only two letters beyond ASCII
    // have an upper case within it: the dotless i and the long s.
    private static byte VariableCharacter(int rune) => rune switch
    {
        >= 'a' and <= 'z' => (byte)(rune - 'a' + 'A'),
        (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '_' => (byte)rune,
        0x131 => (byte)'I',
        0x17f => (byte)'S',
        _ => (byte)'_',
    };

    private bool AppendValue(ReadOnlySpan<byte> value)
    {
        Append(value);
        Append([0]);
        return !value.Contains((byte)0);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_own.Length - _ownSize < bytes.Length)
        {
            byte[] larger = NewPinned(Math.Max(2 * _own.Length, _ownSize + bytes.Length));
            _own.AsSpan(0, _ownSize).CopyTo(larger);
            _own = larger;
        }

        bytes.CopyTo(_own.AsSpan(_ownSize));
        _ownSize += bytes.Length;
    }

    private void Link(int firstTag)
    {
        int most = _inheritedOffsets.Length + _ownOffsets.Count + 1;
        if (_pointers.Length < most)
        {
            _pointers = GC.AllocateUninitializedArray<nint>(2 * most, pinned: true);
        }

        _count = 0;
        foreach (int offset in _inheritedOffsets)
        {
            if (!IsReplaced(offset, firstTag))
            {
                _pointers[_count++] = AddressOf(_inherited) + offset;
            }
        }

        foreach (int offset in _ownOffsets)
        {
            _pointers[_count++] = AddressOf(_own) + offset;
        }

        _pointers[_count] = 0;
    }

    private bool IsReplaced(int inheritedOffset, int firstTag)
    {
        ReadOnlySpan<byte> inherited = _inherited.AsSpan(inheritedOffset);
        if (!inherited.StartsWith("SERF_TAG_"u8))
        {
            return false;
        }

        ReadOnlySpan<byte> name = NameOf(inherited[..inherited.IndexOf((byte)0)]);
        for (int index = firstTag; index < _ownOffsets.Count; index++)
        {
            if (NameOf(_own.AsSpan(_ownOffsets[index])).SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }
}
