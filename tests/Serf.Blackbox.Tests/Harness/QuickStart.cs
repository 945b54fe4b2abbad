using System;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Serf.Blackbox.Harness;

/// <summary>
/// Starts a program and waits for its end with next to nothing of its own in between, so that what is measured is the
/// program. Starting through a shell or through Process costs more than the program itself.
/// </summary>
public static unsafe partial class QuickStart
{
    private const int WriteOnly = 1;

    /// <summary>More than the C library's object needs on any Linux.</summary>
    private const int FileActionsSize = 512;

    public static TimeSpan Time(string file, string argument)
    {
        byte* actions = stackalloc byte[FileActionsSize];
        nint program = Marshal.StringToCoTaskMemUTF8(file);
        nint first = Marshal.StringToCoTaskMemUTF8(argument);
        nint* arguments = stackalloc nint[] { program, first, 0 };
        nint* environment = stackalloc nint[] { 0 };
        try
        {
            Succeed(InitializeActions(actions));
            Succeed(AddOpen(actions, 1, "/dev/null", WriteOnly, 0));
            long start = Stopwatch.GetTimestamp();
            Succeed(Spawn(out int id, program, actions, null, arguments, environment));
            int waited = WaitFor(id, out int status, 0);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            Succeed(waited == id ? status : -1);
            return elapsed;
        }
        finally
        {
            Marshal.FreeCoTaskMem(program);
            Marshal.FreeCoTaskMem(first);
        }
    }

    private static void Succeed(int result)
    {
        if (result != 0)
        {
            throw new InvalidOperationException($"A start failed with {result}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitializeActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddOpen(byte* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    private static partial int Spawn(
        out int id, nint path, byte* actions, void* attributes, nint* arguments, nint* environment);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitFor(int id, out int status, int options);
}
