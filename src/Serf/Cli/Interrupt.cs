using System;
using System.Runtime.InteropServices;
using System.Threading;
using Serf.Posix;

namespace Serf.Cli;

/// <summary>
/// Runs an action at the first SIGINT in place of the signal's own effect, until disposed. A second one ends
/// the program, whatever it hangs in.
/// </summary>
internal sealed class Interrupt : IDisposable
{
    private readonly PosixSignalRegistration _registration;
    private readonly Action _action;
    private int _count;

    public Interrupt(Action action)
    {
        _action = action;

        // A shell starts a background command with SIGINT ignored, and the runtime would leave it at that.
        Libc.ResetIgnoredSignal(Libc.SignalInterrupt);
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle);
    }

    public void Dispose() => _registration.Dispose();

    private void Handle(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _count) == 1)
        {
            context.Cancel = true;
            _action();
        }
    }
}
