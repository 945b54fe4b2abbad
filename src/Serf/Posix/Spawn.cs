using System;
using System.Runtime.InteropServices;

namespace Serf.Posix;

/// <summary>
/// Starts shell commands with <c>posix_spawn</c>: fork and exec are done by the C library, safe in a
/// process of many threads. Results are error numbers, 0 for success.
/// </summary>
internal static unsafe class Spawn
{
    // Above every C library's own sizes (glibc: 336 and 80 bytes; a signal set has 128).
    private const int OpaqueSize = 1024;
    private const int SignalSetSize = 128;

    /// <summary>
    /// With SIGCHLD ignored, as a parent may have left it to us, the kernel throws exit statuses away. Call
    /// before the first start.
    /// </summary>
    public static void KeepExitStatuses() => Libc.ResetIgnoredSignal(Libc.SignalChild);

    /// <summary>A pipe that no child inherits. On failure both ends are -1.</summary>
    public static int CreatePipe(out int readEnd, out int writeEnd)
    {
        int* ends = stackalloc int[2];
        if (Libc.Pipe2(ends, Libc.OpenCloseOnExec) != 0)
        {
            readEnd = writeEnd = -1;
            return Marshal.GetLastPInvokeError();
        }

        readEnd = AboveStandard(ends[0]);
        writeEnd = AboveStandard(ends[1]);
        if (readEnd >= 0 && writeEnd >= 0)
        {
            return 0;
        }

        Close(ref readEnd);
        Close(ref writeEnd);
        return Libc.ErrorTooManyFiles;
    }

    public static void SetNonBlocking(int descriptor) =>
        _ = Libc.DescriptorControl(descriptor, Libc.DescriptorSetStatusFlags, Libc.OpenNonBlocking);

    /// <summary>Closes the descriptor unless it is -1, and sets it to -1.</summary>
    public static void Close(ref int descriptor)
    {
        if (descriptor >= 0)
        {
            _ = Libc.CloseDescriptor(descriptor);
            descriptor = -1;
        }
    }

    /// <summary>
    /// Starts <c>/bin/sh -c COMMAND</c> with signals as a fresh program has them: the runtime ignores
    /// SIGPIPE, which a child would inherit.
    /// </summary>
    /// <param name="command">Ends with a zero byte.</param>
    /// <param name="environment">Entries ended by zero bytes; the list ends with a null pointer.</param>
    /// <param name="input">Becomes standard input.</param>
    /// <param name="output">Becomes standard output and standard error.</param>
    /// <param name="ownGroup">The process leads a group, of its own number; else it is in ours.</param>
    public static int Shell(
        byte* command, byte** environment, int input, int output, bool ownGroup, out int process)
    {
        int started = 0;
        ulong* opaque = stackalloc ulong[((2 * OpaqueSize) + SignalSetSize) / sizeof(ulong)];
        byte* attributes = (byte*)opaque;
        byte* actions = attributes + OpaqueSize;
        byte* signals = actions + OpaqueSize;
        _ = Libc.SpawnAttributesInit(attributes);
        int flags = Libc.SpawnSetSignalDefault | Libc.SpawnSetSignalMask;
        flags |= ownGroup ? Libc.SpawnSetGroup : 0;
        _ = Libc.SpawnAttributesSetFlags(attributes, (short)flags);

        // Truly all: sigfillset leaves out the two that the C library keeps for itself, and a child would
        // start with those ignored.
        new Span<byte>(signals, SignalSetSize).Fill(0xff);
        _ = Libc.SpawnAttributesSetSignalDefault(attributes, signals);
        new Span<byte>(signals, SignalSetSize).Clear();
        _ = Libc.SpawnAttributesSetSignalMask(attributes, signals);
        _ = Libc.SpawnFileActionsInit(actions);

        // Only these can fail, for want of memory.
        int error = Libc.SpawnFileActionsAddDuplicate(actions, input, 0);
        error = error != 0 ? error : Libc.SpawnFileActionsAddDuplicate(actions, output, 1);
        error = error != 0 ? error : Libc.SpawnFileActionsAddDuplicate(actions, output, 2);
        if (error == 0)
        {
            fixed (byte* shell = "/bin/sh\0"u8, option = "-c\0"u8)
            {
                byte** arguments = stackalloc byte*[4];
                arguments[0] = shell;
                arguments[1] = option;
                arguments[2] = command;
                arguments[3] = null;
                error = Libc.PosixSpawn(&started, shell, actions, attributes, arguments, environment);
            }
        }

        _ = Libc.SpawnFileActionsDestroy(actions);
        _ = Libc.SpawnAttributesDestroy(attributes);
        process = error == 0 ? started : 0;
        return error;
    }

    /// <summary>What the C library says of the number, spelled as the original does: lower case.</summary>
    public static string ErrorText(int error)
    {
        string text = Marshal.GetPInvokeErrorMessage(error);
        return text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
    }

    // An agent started with a standard descriptor closed gets its number here; the
    // child's would be laid over it.
    private static int AboveStandard(int descriptor)
    {
        if (descriptor > 2)
        {
            return descriptor;
        }

        int moved = Libc.DescriptorControl(descriptor, Libc.DescriptorDuplicateCloseOnExec, 3);
        _ = Libc.CloseDescriptor(descriptor);
        return moved;
    }
}
