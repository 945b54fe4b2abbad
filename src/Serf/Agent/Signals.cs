using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Serf.Posix;

namespace Serf.Agent;

/// <summary>
/// What signals do to the agent (spec agent 20.1). SIGINT, SIGTERM and SIGHUP end it by themselves, but for
/// the time between <see cref="Deliver"/> and <see cref="Withdraw"/>, in which they become notices for the
/// main thread. Then SIGQUIT ends the process with status 2, as a crash does.
/// </summary>
/// <remarks>
/// The kernel spares process 1 from every signal that it has no handler for. There the four have one from the
/// start; until <see cref="Deliver"/> the three end the process with the status that a shell shows for them:
/// 128 and the number.
/// </remarks>
internal sealed class Signals : IDisposable
{
    private const int CrashStatus = 2;
    private const int SignalStatusBase = 128;

    // Of no effect on the original, whose runtime takes all signals, and deadly by default.
    private static readonly int[] _ignored =
    [
        Libc.SignalUser2, Libc.SignalAlarm, Libc.SignalProcessorLimit, Libc.SignalFileLimit,
        Libc.SignalVirtualAlarm, Libc.SignalProfile, Libc.SignalInputOutput, Libc.SignalPower,
    ];

    private readonly List<PosixSignalRegistration> _registrations = [];
    private volatile AgentNotices? _notices;

    /// <param name="isFirst">This is process 1.</param>
    public Signals(bool isFirst = false)
    {
        if (isFirst)
        {
            Register();
        }
    }

    /// <summary>As the agent prints it.</summary>
    public static string NameOf(AgentNoticeKind signal) => signal switch
    {
        AgentNoticeKind.Interrupt => "interrupt",
        AgentNoticeKind.Terminate => "terminated",
        AgentNoticeKind.Hangup => "hangup",
        _ => throw new ArgumentOutOfRangeException(nameof(signal)),
    };

    /// <summary>Once, at the start of the process: signals that do nothing.</summary>
    public static void Ignore()
    {
        foreach (int signal in _ignored)
        {
            Libc.IgnoreSignal(signal);
        }
    }

    /// <summary>From now on they become notices.</summary>
    public void Deliver(AgentNotices notices)
    {
        _notices = notices;
        if (_registrations.Count == 0)
        {
            Register();
        }
    }

    /// <summary>From now on they end the process, as before <see cref="Deliver"/>.</summary>
    public void Withdraw(bool isFirst)
    {
        _notices = null;
        if (!isFirst)
        {
            Unregister();
        }
    }

    public void Dispose() => Unregister();

    private static void Quit(PosixSignalContext context)
    {
        context.Cancel = true;
        _ = Libc.WriteAll(DescriptorStream.StandardError, "SIGQUIT: quit\n"u8, out _);
        Libc.EndProcess(CrashStatus);
    }

    private void Register()
    {
        // A shell that starts the agent in the background has two of them ignored, nohup the hangup, and the
        // runtime respects that: it looks at all signals when the first is registered, so this comes before.
        Libc.ResetIgnoredSignal(Libc.SignalHangup);
        Libc.ResetIgnoredSignal(Libc.SignalInterrupt);
        Libc.ResetIgnoredSignal(Libc.SignalQuit);
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Quit));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Receive));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Receive));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, Receive));
    }

    private void Unregister()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _registrations.Clear();
    }

    private void Receive(PosixSignalContext context)
    {
        // Else the runtime would end the process once this returns.
        context.Cancel = true;
        (AgentNoticeKind kind, int number) = context.Signal switch
        {
            PosixSignal.SIGINT => (AgentNoticeKind.Interrupt, Libc.SignalInterrupt),
            PosixSignal.SIGHUP => (AgentNoticeKind.Hangup, Libc.SignalHangup),
            _ => (AgentNoticeKind.Terminate, Libc.SignalTerminate),
        };
        if (_notices is { } notices)
        {
            notices.Post(new AgentNotice(kind));
        }
        else
        {
            Libc.EndProcess(SignalStatusBase + number);
        }
    }
}
