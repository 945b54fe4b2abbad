using System.Collections.Generic;
using System.Runtime.InteropServices;
using Serf.Primitives;

namespace Serf.Posix;

// The runtime's own listing replaces what is not UTF-8, and no such file is found again.
internal static unsafe partial class Libc
{
    // struct dirent of <dirent.h>, the same on every 64-bit Linux: inode, offset, length, kind, name.
    private const int EntryNameOffset = 19;

    /// <summary>Names in a folder, in no order; itself and its parent are not among them.</summary>
    /// <param name="path">Of the folder.</param>
    /// <param name="names">Filled.</param>
    /// <returns>0, or the number of the error.</returns>
    public static int ListFolder(string path, List<string> names)
    {
        nint folder;
        fixed (byte* name = PathBytes(path))
        {
            folder = name is null ? 0 : OpenFolder(name);
            if (folder == 0)
            {
                return name is null ? ErrorInvalid : Marshal.GetLastPInvokeError();
            }
        }

        int error;
        while (true)
        {
            // Both the end and an error are told by nothing; only an error has a number.
            Marshal.SetLastSystemError(0);
            byte* entry = ReadFolder(folder);
            if (entry == null)
            {
                error = Marshal.GetLastPInvokeError();
                break;
            }

            string name = ByteText.FromBytes(
                MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + EntryNameOffset));
            if (name is not ("." or ".."))
            {
                names.Add(name);
            }
        }

        _ = CloseFolder(folder);
        return error;
    }

    [LibraryImport("libc", EntryPoint = "opendir", SetLastError = true)]
    private static partial nint OpenFolder(byte* path);

    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    private static partial byte* ReadFolder(nint folder);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseFolder(nint folder);
}
