using System;
using System.IO;
using Serf.Primitives;

namespace Serf.Posix;

/// <summary>The program's arguments without loss.</summary>
internal static class ProgramArguments
{
    private const char Replacement = '\uFFFD';
    private const string CommandLineFile = "/proc/self/cmdline";

    /// <summary>
    /// The runtime puts U+FFFD where an argument is not UTF-8; then the kernel's own copy is read, where
    /// there is one.
    /// </summary>
    public static string[] Restore(string[] arguments)
    {
        if (!Array.Exists(
            arguments, static argument => argument.Contains(Replacement, StringComparison.Ordinal)))
        {
            return arguments;
        }

        try
        {
            return Restore(arguments, File.ReadAllBytes(CommandLineFile));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return arguments;
        }
    }

    /// <param name="arguments">As the runtime gives them, without the program.</param>
    /// <param name="commandLine">The program and its arguments, each ended by a zero byte.</param>
    internal static string[] Restore(string[] arguments, ReadOnlySpan<byte> commandLine)
    {
        string[] restored = new string[arguments.Length];
        commandLine = commandLine[(commandLine.IndexOf((byte)0) + 1)..];
        for (int index = 0; index < restored.Length; index++)
        {
            int end = commandLine.IndexOf((byte)0);
            if (end < 0)
            {
                return arguments;
            }

            restored[index] = ByteText.FromBytes(commandLine[..end]);
            commandLine = commandLine[(end + 1)..];
        }

        return restored;
    }
}
