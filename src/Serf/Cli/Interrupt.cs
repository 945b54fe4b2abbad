using System;
using System.Runtime.InteropServices;
using Serf.Posix;

namespace Serf.Cli;

/// <summary>Runs an action at SIGINT in place of the signal's own effect, until disposed.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly PosixSignalRegistration _registration;
    private readonly Action _action;

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
        context.Cancel = true;
        _action();
    }
}
