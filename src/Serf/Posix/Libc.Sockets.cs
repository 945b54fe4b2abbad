using System;
using System.Runtime.InteropServices;

namespace Serf.Posix;

// What the runtime's sockets do not offer, and datagrams to a socket of this machine.
internal static unsafe partial class Libc
{
    public const int AddressFamilyUnix = 1;
    public const int SocketDatagram = 2;
    public const int SocketLevel = 1;
    public const int SocketSendTimeout = 21;
    public const int SendDontWait = 0x40;
    public const int SendNoSignal = 0x4000;

    /// <returns>0, or the error number.</returns>
    public static int SetSocketOption(SafeHandle socket, int level, int option, ReadOnlySpan<byte> value)
    {
        fixed (byte* start = value)
        {
            return SetSocketOption(socket, level, option, start, (uint)value.Length) == 0
                ? 0
                : Marshal.GetLastPInvokeError();
        }
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetSocketOption(int descriptor, int level, int option, void* value, int size);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    public static partial nint SendTo(
        int descriptor, byte* bytes, nint size, int flags, byte* address, int addressSize);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetSocketOption(
        SafeHandle socket, int level, int option, byte* value, uint size);
}
