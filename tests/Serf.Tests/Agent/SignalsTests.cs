using System;
using System.Runtime.InteropServices;
using Serf.Agent;
using Serf.Posix;
using Xunit;

namespace Serf.Tests.Agent;

public sealed class SignalsTests
{
    [Theory]
    [InlineData(nameof(AgentNoticeKind.Interrupt), "interrupt")]
    [InlineData(nameof(AgentNoticeKind.Terminate), "terminated")]
    [InlineData(nameof(AgentNoticeKind.Hangup), "hangup")]
    public void Signals_have_the_names_that_the_original_prints(string kind, string expected)
    {
        AgentNoticeKind signal = Enum.Parse<AgentNoticeKind>(kind);

        Assert.Equal(expected, Signals.NameOf(signal));
        Assert.Equal("Caught signal: " + expected, AgentMessages.CaughtSignal(signal));
    }

    // The signal goes to the process that runs the tests, which survives because it is taken. Only this one: the others
    // may have been ignored by whoever started the tests, and a test host that has already met them so would die.
    // The black-box tests send all of them, to agents.
    [Fact]
    public void A_signal_becomes_a_notice()
    {
        const int Terminate = 15;
        AgentNotices notices = new();
        using Signals signals = new();
        signals.Deliver(notices);

        Assert.Equal(0, Kill(Environment.ProcessId, Terminate));

        Assert.True(notices.TryTake(TimeSpan.FromSeconds(30), out AgentNotice notice));
        Assert.Equal(AgentNoticeKind.Terminate, notice.Kind);
    }

    // On a signal that nothing here uses, since the runtime keeps an account of those it handles.
    [Fact]
    public void An_inherited_ignored_signal_is_reset_to_its_default()
    {
        const int UserSignal2 = 12;
        const nint Ignored = 1;
        nint before = SetHandler(UserSignal2, Ignored);

        Libc.ResetIgnoredSignal(UserSignal2);
        nint after = SetHandler(UserSignal2, before);

        Assert.Equal(0, after);
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    [DllImport("libc", EntryPoint = "signal")]
    private static extern nint SetHandler(int signal, nint handler);
}
