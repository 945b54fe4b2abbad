using System;
using System.Runtime.InteropServices;
using Serf.Posix;

namespace Serf.Agent;

/// <summary>
/// Turns SIGINT, SIGTERM and SIGHUP into notices for the main thread. Until an object of this class exists,
/// and after it is disposed of, each of the three ends the process by itself (spec agent 20.1).
/// </summary>
internal sealed class Signals : IDisposable
{
    private readonly AgentNotices _notices;
    private readonly PosixSignalRegistration[] _registrations;

    public Signals(AgentNotices notices)
    {
        _notices = notices;
        IgnoredSignals.Release();
        IgnoredSignals.Reset();
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Receive),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Receive),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Receive),
        ];
    }

    /// <summary>As the agent prints it.</summary>
    public static string NameOf(AgentNoticeKind signal) => signal switch
    {
        AgentNoticeKind.Interrupt => "interrupt",
        AgentNoticeKind.Terminate => "terminated",
        AgentNoticeKind.Hangup => "hangup",
        _ => throw new ArgumentOutOfRangeException(nameof(signal)),
    };

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void Receive(PosixSignalContext context)
    {
        // Else the runtime would end the process once this returns.
        context.Cancel = true;
        _notices.Post(new AgentNotice(context.Signal switch
        {
            PosixSignal.SIGINT => AgentNoticeKind.Interrupt,
            PosixSignal.SIGHUP => AgentNoticeKind.Hangup,
            _ => AgentNoticeKind.Terminate,
        }));
    }
}
