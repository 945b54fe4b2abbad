using System;
using System.Runtime.InteropServices;
using Serf.Primitives;

namespace Serf.Posix;

/// <summary>What identifies and describes a file; see <c>statx(2)</c>.</summary>
/// <param name="Device">Major and minor number of where it lies.</param>
/// <param name="Inode">Its number there.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Mode">Kind and permissions.</param>
/// <param name="User">Owner.</param>
/// <param name="Group">Its group.</param>
internal readonly record struct FileFacts(
    ulong Device, ulong Inode, long Size, ushort Mode, uint User, uint Group)
{
    private const int KindMask = 0xF000;
    private const int KindRegular = 0x8000;
    private const int KindFolder = 0x4000;
    private const int KindLink = 0xA000;
    private const int KindSocket = 0xC000;

    public bool IsLink => (Mode & KindMask) == KindLink;

    public bool IsFolder => (Mode & KindMask) == KindFolder;

    public bool IsSocket => (Mode & KindMask) == KindSocket;

    public bool IsRegular => (Mode & KindMask) == KindRegular;

    public uint Permissions => (uint)Mode & 0xFFF;
}

// Plain files, with the error numbers that the runtime's own way hides, and without its buffers.
internal static unsafe partial class Libc
{
    public const int ErrorNotPermitted = 1;
    public const int ErrorNotFound = 2;
    public const int ErrorAccess = 13;
    public const int ErrorBusy = 16;
    public const int ErrorExists = 17;
    public const int ErrorReadOnly = 30;

    public const int OpenWriteOnly = 1;
    public const int OpenCreate = 0x40;
    public const int OpenExclusive = 0x80;
    public const int OpenAppend = 0x400;

    // The current directory; the descriptor itself is meant where the path is empty.
    private const int AtWorkingFolder = -100;
    private const int AtEmptyPath = 0x1000;
    private const int AtNoFollow = 0x100;
    private const uint BasicFacts = 0x7FF;
    private const int PathSizeMax = 4096;
    private const int LockAloneAtOnce = 2 | 4;
    private const uint SameAsBefore = uint.MaxValue;

    /// <returns>The descriptor, or the negative number of the error.</returns>
    public static int OpenFile(string path, int flags, uint mode = 0)
    {
        fixed (byte* name = PathBytes(path))
        {
            if (name is null)
            {
                return -ErrorInvalid;
            }

            int descriptor = OpenPath(name, flags | OpenCloseOnExec, mode);
            return descriptor >= 0 ? descriptor : -Marshal.GetLastPInvokeError();
        }
    }

    /// <returns>Where a link leads to in the end; the path itself where it is none, or leads
    /// nowhere.</returns>
    public static string TargetOf(string path)
    {
        if (!TryGetFacts(AtWorkingFolder, path, AtNoFollow, out FileFacts facts) || !facts.IsLink)
        {
            return path;
        }

        byte* target = stackalloc byte[PathSizeMax];
        fixed (byte* name = PathBytes(path))
        {
            return RealPath(name, target) == null
                ? path
                : ByteText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(target));
        }
    }

    /// <summary>Follows links.</summary>
    public static bool TryGetFacts(string path, out FileFacts facts) =>
        TryGetFacts(AtWorkingFolder, path, 0, out facts);

    public static bool TryGetFacts(string path, bool followsLinks, out FileFacts facts) =>
        TryGetFacts(AtWorkingFolder, path, followsLinks ? 0 : AtNoFollow, out facts);

    public static bool TryGetFacts(int descriptor, out FileFacts facts) =>
        TryGetFacts(descriptor, "", AtEmptyPath, out facts);

    /// <summary>All of it, however many writes that takes.</summary>
    /// <param name="written">Bytes that went out, also before a failure.</param>
    /// <returns>0, or the number of the error.</returns>
    public static int WriteAll(int descriptor, ReadOnlySpan<byte> bytes, out long written)
    {
        written = 0;
        while (!bytes.IsEmpty)
        {
            nint size;
            fixed (byte* start = bytes)
            {
                size = WriteDescriptor(descriptor, start, bytes.Length);
            }

            if (size >= 0)
            {
                written += size;
                bytes = bytes[(int)size..];
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error != ErrorInterrupted)
            {
                return error;
            }
        }

        return 0;
    }

    /// <returns>0, or the number of the error.</returns>
    public static int SyncFile(int descriptor) => Outcome(SyncDescriptor(descriptor));

    /// <returns>0, or the number of the error.</returns>
    public static int CutFile(int descriptor, long size) => Outcome(TruncateDescriptor(descriptor, size));

    /// <returns>0, or the number of the error.</returns>
    public static int MoveFile(string from, string to)
    {
        fixed (byte* source = PathBytes(from), target = PathBytes(to))
        {
            return source is null || target is null ? ErrorInvalid : Outcome(Rename(source, target));
        }
    }

    public static void RemoveFile(string path)
    {
        fixed (byte* name = PathBytes(path))
        {
            _ = name is null ? 0 : Unlink(name);
        }
    }

    /// <summary>As far as that is permitted: the group alone may be.</summary>
    public static void TakeOver(int descriptor, in FileFacts facts)
    {
        if (ChangeOwner(descriptor, facts.User, facts.Group) != 0)
        {
            _ = ChangeOwner(descriptor, SameAsBefore, facts.Group);
        }

        _ = ChangeMode(descriptor, facts.Permissions);
    }

    /// <summary>Permissions of an open file, or those that a socket's file will have.</summary>
    public static void SetMode(int descriptor, uint mode) => _ = ChangeMode(descriptor, mode);

    /// <summary>Nobody else holds the file, and nobody will until it is closed.</summary>
    /// <returns>0, or the number of the error: <see cref="ErrorTryAgain"/> while another does.</returns>
    public static int TryLock(int descriptor) => Outcome(LockFile(descriptor, LockAloneAtOnce));

    private static int Outcome(int result) => result == 0 ? 0 : Marshal.GetLastPInvokeError();

    // The bytes that an argument came with, which need not be UTF-8, and the zero byte that ends them. None
    // where there is a zero byte before: something else would be meant.
    private static byte[] PathBytes(string path) =>
        path.Contains('\0', StringComparison.Ordinal) ? [] : ByteText.ToBytes(path + "\0");

    // The layout is the kernel's own, the same everywhere; that of stat is another on each architecture.
    private static bool TryGetFacts(int folder, string path, int flags, out FileFacts facts)
    {
        const int RecordSize = 256;
        byte* record = stackalloc byte[RecordSize];
        facts = default;
        fixed (byte* name = PathBytes(path))
        {
            if (name is null || GetFacts(folder, name, flags, BasicFacts, record) != 0)
            {
                return false;
            }
        }

        ulong device = ((ulong)*(uint*)(record + 136) << 32) | *(uint*)(record + 140);
        facts = new FileFacts(
            device,
            *(ulong*)(record + 32),
            *(long*)(record + 40),
            *(ushort*)(record + 28),
            *(uint*)(record + 20),
            *(uint*)(record + 24));
        return true;
    }

    public static bool IsTerminal(int descriptor) => IsATerminal(descriptor) == 1;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial int OpenPath(byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int GetFacts(int folder, byte* path, int flags, uint mask, byte* record);

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsATerminal(int descriptor);

    [LibraryImport("libc", EntryPoint = "realpath")]
    private static partial byte* RealPath(byte* path, byte* target);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int TruncateDescriptor(int descriptor, long size);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true)]
    private static partial int Rename(byte* from, byte* to);

    [LibraryImport("libc", EntryPoint = "unlink")]
    private static partial int Unlink(byte* path);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwner(int descriptor, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "fchmod")]
    private static partial int ChangeMode(int descriptor, uint mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int LockFile(int descriptor, int operation);
}
