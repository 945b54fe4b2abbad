using System;
using System.Threading;
using Serf.Primitives;

namespace Serf.Posix;

/// <summary>
/// Processes that handlers leave behind and that become ours: all of them for process 1 of a container, those
/// of our own descendants for a "child subreaper" (<c>prctl(2)</c>). Their ends are taken away here, or each
/// would stay in the process table.
/// </summary>
/// <remarks>
/// Orphans become children of the first thread. Handlers are children of the thread that starts them, which
/// alone waits for them: so the first thread, told not to look at other threads' children
/// (<c>__WNOTHREAD</c>), can take whatever it finds. Main thread only.
/// </remarks>
internal sealed unsafe class Orphans
{
    private const int PauseMilliseconds = 10;

    private Orphans(bool isFirst) => IsFirst = isFirst;

    /// <summary>This is process 1: when it ends, the kernel kills all the others.</summary>
    public bool IsFirst { get; }

    /// <returns>Null for a process that gets no orphans.</returns>
    public static Orphans? OfThisProcess()
    {
        bool isFirst = Environment.ProcessId == 1;
        return isFirst || Libc.IsSubreaper() ? new Orphans(isFirst) : null;
    }

    /// <summary>Takes away all that have ended.</summary>
    /// <returns>False when there are no children left.</returns>
    public static bool Reap() => Reap(Libc.WaitNoHang | Libc.WaitOwnChildren);

    /// <summary>
    /// The end of process 1: asks all others to end while there is time for it, and waits a little for those
    /// that are children.
    /// </summary>
    public void EndOthers()
    {
        if (!IsFirst)
        {
            return;
        }

        _ = Libc.SendSignal(Libc.WaitAnyProcess, Libc.SignalTerminate);
        _ = Libc.SendSignal(Libc.WaitAnyProcess, Libc.SignalContinue);
        long end = Environment.TickCount64 + Limits.OrphanEndMillisecondsMax;

        // Nobody waits for handlers any more: they are among those that are left.
        while (Reap(Libc.WaitNoHang) && Environment.TickCount64 < end)
        {
            Thread.Sleep(PauseMilliseconds);
        }
    }

    private static bool Reap(int options)
    {
        int result;
        do
        {
            int status;
            result = Libc.WaitProcess(Libc.WaitAnyProcess, &status, options);
        }
        while (result > 0);
        return result == 0;
    }
}
