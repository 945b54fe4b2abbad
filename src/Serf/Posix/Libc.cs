using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Serf.Posix;

/// <summary>Imports from the C library. All are bound when the program is linked.</summary>
internal static unsafe partial class Libc
{
    /// <summary>
    /// Keeps the resolver away from plug-ins of the host, which a static program beside another C library
    /// does not survive. Once, before the first name is asked for; only the shipped binary needs it.
    /// </summary>
    public static void ConfigureNameService()
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            SetNameService();
        }
    }

    /// <returns>Whether the C library agreed.</returns>
    public static bool SetNameService()
    {
        fixed (byte* database = "hosts\0"u8, services = "files dns\0"u8)
        {
            return ConfigureLookup(database, services) == 0;
        }
    }

    /// <summary>Unpredictable bytes from the kernel.</summary>
    public static void FillRandom(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            nint count;
            fixed (byte* bytes = destination)
            {
                count = GetRandom(bytes, (nuint)destination.Length, 0);
            }

            if (count < 0)
            {
                int error = Marshal.GetLastPInvokeError();
                if (error != ErrorInterrupted)
                {
                    throw new InvalidOperationException($"getrandom failed with error {error}");
                }

                continue;
            }

            destination = destination[(int)count..];
        }
    }

    // Bits of the mode of access(2).
    private const int AccessEnter = 1;
    private const int AccessWrite = 2;

    /// <returns>0 where there is something under this path, else the number of the error.</returns>
    public static int Find(string path) => Find(path, 0);

    /// <returns>0 where this process may make files in this folder, else the number of the error.</returns>
    public static int FindWritable(string folder) => Find(folder, AccessWrite | AccessEnter);

    private static int Find(string path, int mode)
    {
        fixed (byte* name = PathBytes(path))
        {
            return name is null ? ErrorInvalid : Outcome(Access(name, mode));
        }
    }

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true)]
    private static partial int Access(byte* path, int mode);

    [LibraryImport("libc", EntryPoint = "__nss_configure_lookup")]
    private static partial int ConfigureLookup(byte* database, byte* services);

    [LibraryImport("libc", EntryPoint = "getrandom", SetLastError = true)]
    private static partial nint GetRandom(byte* destination, nuint size, uint flags);
}
