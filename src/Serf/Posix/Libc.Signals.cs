using System.Runtime.InteropServices;

namespace Serf.Posix;

internal static partial class Libc
{
    public const int SignalHangup = 1;
    public const int SignalInterrupt = 2;
    public const int SignalQuit = 3;
    public const int SignalKill = 9;
    public const int SignalUser1 = 10;
    public const int SignalUser2 = 12;
    public const int SignalBrokenPipe = 13;
    public const int SignalAlarm = 14;
    public const int SignalTerminate = 15;
    public const int SignalChild = 17;
    public const int SignalContinue = 18;
    public const int SignalProcessorLimit = 24;
    public const int SignalFileLimit = 25;
    public const int SignalVirtualAlarm = 26;
    public const int SignalProfile = 27;
    public const int SignalInputOutput = 29;
    public const int SignalPower = 30;

    // struct sigaction is 152 bytes on 64-bit Linux.
    private const int SignalActionCount = 32;

    private const nint SignalDefault = 0;
    private const nint SignalIgnored = 1;

    /// <summary>
    /// Undoes an inherited "ignored", as left by a shell that started the program in the background; nothing
    /// else is touched, since the runtime may have a handler of its own there already.
    /// </summary>
    /// <returns>Whether there was anything to undo.</returns>
    public static unsafe bool ResetIgnoredSignal(int signal)
    {
        // The handler is the first member of struct sigaction.
        nint* action = stackalloc nint[SignalActionCount];
        bool isIgnored = GetSignalAction(signal, null, action) == 0 && *action == SignalIgnored;
        if (isIgnored)
        {
            _ = SetSignalHandler(signal, SignalDefault);
        }

        return isIgnored;
    }

    /// <returns>What happened at the signal before, for <see cref="RestoreSignal"/>.</returns>
    public static unsafe nint[] IgnoreSignal(int signal)
    {
        nint[] action = new nint[SignalActionCount];
        fixed (nint* previous = action)
        {
            _ = GetSignalAction(signal, null, previous);
        }

        _ = SetSignalHandler(signal, SignalIgnored);
        return action;
    }

    /// <param name="action">From <see cref="IgnoreSignal"/>.</param>
    public static unsafe void RestoreSignal(int signal, nint[] action)
    {
        fixed (nint* next = action)
        {
            _ = GetSignalAction(signal, next, null);
        }
    }

    /// <summary>Gives a signal its own effect back, whatever the runtime made of it.</summary>
    public static void ResetSignal(int signal) => _ = SetSignalHandler(signal, SignalDefault);

    [LibraryImport("libc", EntryPoint = "sigaction")]
    private static unsafe partial int GetSignalAction(int signal, nint* action, nint* previous);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetSignalHandler(int signal, nint handler);
}
