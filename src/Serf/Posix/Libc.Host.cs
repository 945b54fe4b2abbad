using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Serf.Posix;

internal static partial class Libc
{
    /// <summary>The host's whole name; the runtime's own way cuts it off at the first dot.</summary>
    /// <param name="error">The number of the operating system's error; 0 for none.</param>
    public static unsafe string HostName(out int error)
    {
        const int HostNameSizeMax = 256;
        byte* name = stackalloc byte[HostNameSizeMax];
        error = GetHostName(name, HostNameSizeMax - 1) == 0 ? 0 : Marshal.GetLastPInvokeError();
        name[HostNameSizeMax - 1] = 0;
        return error != 0
            ? ""
            : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
    }

    /// <summary>Whether there is a network interface of this name.</summary>
    public static bool HasInterface(string name) => FindInterface(name) != 0;

    /// <summary>The kernel's number of a network interface; 0 if there is none of this name.</summary>
    public static uint FindInterface(string name) =>
        name.Contains('\0', StringComparison.Ordinal) ? 0 : InterfaceIndex(name);

    [LibraryImport("libc", EntryPoint = "gethostname", SetLastError = true)]
    private static unsafe partial int GetHostName(byte* name, nuint size);

    [LibraryImport("libc", EntryPoint = "if_nametoindex", StringMarshalling = StringMarshalling.Utf8)]
    private static partial uint InterfaceIndex(string name);
}
