using System;
using System.Runtime.InteropServices;

namespace Serf.Posix;

internal static unsafe partial class Libc
{
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

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetSocketOption(
        SafeHandle socket, int level, int option, byte* value, uint size);
}
