using System;
using System.Runtime.InteropServices;

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

    public bool IsRegular => (Mode & KindMask) == KindRegular;

    public uint Permissions => (uint)Mode & 0xFFF;
}

// Plain files, with the error numbers that the runtime's own way hides, and without its buffers.
internal static unsafe partial class Libc
{
    public const int ErrorNotPermitted = 1;
    public const int ErrorAccess = 13;
    public const int ErrorBusy = 16;
    public const int ErrorReadOnly = 30;

    public const int OpenWriteOnly = 1;
    public const int OpenCreate = 0x40;
    public const int OpenExclusive = 0x80;
    public const int OpenAppend = 0x400;

    // The current directory; the descriptor itself is meant where the path is empty.
    private const int AtWorkingFolder = -100;
    private const int AtEmptyPath = 0x1000;
    private const uint BasicFacts = 0x7FF;

    /// <returns>The descriptor, or the negative number of the error.</returns>
    public static int OpenFile(string path, int flags, uint mode = 0)
    {
        int descriptor = OpenPath(path, flags | OpenCloseOnExec, mode);
        return descriptor >= 0 ? descriptor : -Marshal.GetLastPInvokeError();
    }

    /// <summary>Follows links.</summary>
    public static bool TryGetFacts(string path, out FileFacts facts) =>
        TryGetFacts(AtWorkingFolder, path, 0, out facts);

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
    public static int MoveFile(string from, string to) => Outcome(Rename(from, to));

    public static void RemoveFile(string path) => _ = Unlink(path);

    /// <summary>As far as that is permitted.</summary>
    public static void TakeOver(int descriptor, in FileFacts facts)
    {
        _ = ChangeOwner(descriptor, facts.User, facts.Group);
        _ = ChangeMode(descriptor, facts.Permissions);
    }

    private static int Outcome(int result) => result == 0 ? 0 : Marshal.GetLastPInvokeError();

    // The layout is the kernel's own, the same everywhere; that of stat is another on each architecture.
    private static bool TryGetFacts(int folder, string path, int flags, out FileFacts facts)
    {
        const int RecordSize = 256;
        byte* record = stackalloc byte[RecordSize];
        facts = default;
        if (GetFacts(folder, path, flags, BasicFacts, record) != 0)
        {
            return false;
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

    [LibraryImport(
        "libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenPath(string path, int flags, uint mode);

    [LibraryImport(
        "libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetFacts(int folder, string path, int flags, uint mask, byte* record);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int TruncateDescriptor(int descriptor, long size);

    [LibraryImport(
        "libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "unlink", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "fchown")]
    private static partial int ChangeOwner(int descriptor, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "fchmod")]
    private static partial int ChangeMode(int descriptor, uint mode);
}
