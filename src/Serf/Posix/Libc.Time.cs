using System;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Serf.Posix;

internal static partial class Libc
{
    // struct tm is 56 bytes on 64-bit Linux.
    private const int BrokenDownTimeSize = 64;

    /// <summary>
    /// A time as the original prints it in full, in the local zone and with the zone's short name, which the
    /// runtime does not know: <c>2026-11-21 01:06:25.049 +0100 CET</c>.
    /// </summary>
    /// <param name="unixMilliseconds">Of the Unix clock.</param>
    public static unsafe string LocalTimeText(long unixMilliseconds)
    {
        const int TextSizeMax = 64;
        long seconds = Math.DivRem(unixMilliseconds, 1000, out long milliseconds);
        byte* time = stackalloc byte[BrokenDownTimeSize];
        byte* text = stackalloc byte[TextSizeMax];
        if (BreakDownLocally(&seconds, time) is null)
        {
            return "";
        }

        string clock = Format("%Y-%m-%d %H:%M:%S\0"u8, time, text, TextSizeMax);
        string zone = Format(" %z %Z\0"u8, time, text, TextSizeMax);
        string fraction = milliseconds == 0
            ? ""
            : "." + milliseconds.ToString("D3", CultureInfo.InvariantCulture).TrimEnd('0');
        return clock + fraction + zone;
    }

    private static unsafe string Format(ReadOnlySpan<byte> format, byte* time, byte* text, nuint size)
    {
        fixed (byte* form = format)
        {
            nuint length = FormatTime(text, size, form, time);
            return Encoding.ASCII.GetString(text, (int)length);
        }
    }

    [LibraryImport("libc", EntryPoint = "localtime_r")]
    private static unsafe partial byte* BreakDownLocally(long* seconds, byte* result);

    [LibraryImport("libc", EntryPoint = "strftime")]
    private static unsafe partial nuint FormatTime(byte* text, nuint sizeMax, byte* format, byte* time);
}
