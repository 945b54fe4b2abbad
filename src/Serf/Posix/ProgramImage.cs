using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Serf.Posix;

/// <summary>
/// The pages of the program's own file. Starting touches much code once: options, files, sockets, and with
/// each page the kernel maps its neighbours. What is mapped counts as resident for good on a machine with
/// memory to spare, so the agent lets go of it once it runs; what it still needs comes back from the page
/// cache, a few microseconds for each place.
/// </summary>
internal static partial class ProgramImage
{
    private const int DontNeed = 4;

    /// <summary>Unmaps every clean page. Does nothing where /proc is missing, and under the JIT.</summary>
    public static void Release()
    {
        if (RuntimeFeature.IsDynamicCodeSupported)
        {
            return;
        }

        try
        {
            foreach ((nint start, nint size) in CleanMappings(File.ReadLines("/proc/self/smaps")))
            {
                // Refused, it stays as it is.
                _ = Advise(start, (nuint)size, DontNeed);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // An empty container: nothing is known of the mappings, and nothing is done to them.
        }
    }

    /// <summary>Mappings of files that nobody may write to and nobody has written to. Among the others are
    /// those that the linker patched when the program was loaded: their changes would be lost.</summary>
    /// <param name="lines">Of <c>/proc/self/smaps</c>.</param>
    internal static IEnumerable<(nint Start, nint Size)> CleanMappings(
        IEnumerable<string> lines)
    {
        (nint Start, nint Size)? mapping = null;
        foreach (string line in lines)
        {
            if (TryReadHead(line, out (nint Start, nint Size)? found))
            {
                mapping = found;
            }
            else if (mapping is not null && line.StartsWith("Anonymous:", StringComparison.Ordinal))
            {
                // A page that was changed has become anonymous, ...
                mapping = IsZero(line, "Anonymous:") ? mapping : null;
            }
            else if (mapping is not null && line.StartsWith("Swap:", StringComparison.Ordinal))
            {
                // ... and is no longer counted as that once it is swapped out. This line comes last.
                if (IsZero(line, "Swap:"))
                {
                    yield return mapping.Value;
                }

                mapping = null;
            }
        }
    }

    private static bool IsZero(string line, string key) =>
        line.AsSpan(key.Length).Trim().Equals("0 kB", StringComparison.Ordinal);

    // 00400000-00c5e000 r-xp 00000000 08:01 1234   /usr/local/bin/serf
    private static bool TryReadHead(string line, out (nint Start, nint Size)? mapping)
    {
        mapping = null;
        int dash = line.IndexOf('-', StringComparison.Ordinal);
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        if (dash < 1 || space < dash
            || !TryReadHex(line.AsSpan(0, dash), out nint start)
            || !TryReadHex(line.AsSpan(dash + 1, space - dash - 1), out nint end))
        {
            return false;
        }

        bool isFile = line.Contains(" /", StringComparison.Ordinal);
        bool isWritable = line.AsSpan(space + 1).StartsWith("rw") || line.AsSpan(space + 1).StartsWith("-w");
        mapping = isFile && !isWritable ? (start, end - start) : null;
        return true;
    }

    private static bool TryReadHex(ReadOnlySpan<char> text, out nint value) =>
        nint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nuint size, int advice);
}
