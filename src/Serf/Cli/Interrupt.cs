using System;
using System.Runtime.InteropServices;
using System.Threading;
using Serf.Posix;

namespace Serf.Cli;

/// <summary>
/// Runs an action at the first SIGINT in place of the signal's own effect, until disposed; on another
/// thread. One that comes later ends the program, whatever it hangs in.
/// </summary>
internal sealed class Interrupt : IDisposable
{
    // A terminal and the program above both pass on the same key, so two at once are one.
    private const int LaterMilliseconds = 500;

    private readonly PosixSignalRegistration _registration;
    private readonly Action _action;
    private long _first;

    public Interrupt(Action action)
    {
        _action = action;

        // A shell starts a background command with SIGINT ignored, and the runtime would leave it at that.
        Libc.ResetIgnoredSignal(Libc.SignalInterrupt);
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle);
    }

    // Once it was interrupted the program is about to end; the twin of the signal must not end it otherwise.
    public void Dispose()
    {
        if (Interlocked.Read(ref _first) == 0)
        {
            _registration.Dispose();
        }
    }

    // Two may run at once.
    private void Handle(PosixSignalContext context)
    {
        long now = Math.Max(Environment.TickCount64, 1);
        long first = Interlocked.CompareExchange(ref _first, now, 0);
        context.Cancel = first == 0 || now - first < LaterMilliseconds;
        if (first == 0)
        {
            _action();
        }
    }
}
