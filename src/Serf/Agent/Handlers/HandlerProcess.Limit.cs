using System;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Agent.Handlers;

// The longest run. A handler leads a process group of its own then, so that all it has started, and has not
// put elsewhere, can be ended with it.
internal sealed unsafe partial class HandlerProcess
{
    public const long GraceMillisecondsDefault = 2000;

    private long _timeoutMilliseconds;
    private long _limitAtMilliseconds = long.MaxValue;
    private LimitStage _stage;

    // It has ended, and is not yet taken away.
    private bool _hasEnded;

    private enum LimitStage : byte
    {
        Within,
        Asked,
        Killed,
    }

    public long GraceMilliseconds { get; init; } = GraceMillisecondsDefault;

    /// <summary>
    /// When <see cref="EnforceLimit"/> has something to do; <see cref="long.MaxValue"/> when it has not.
    /// </summary>
    public long LimitAtMilliseconds => _limitAtMilliseconds;

    private bool IsLimited => _timeoutMilliseconds > 0;

    // Whatever it made of being asked to end: it did not come to its own end.
    private string? LimitError => _stage == LimitStage.Within
        ? null
        : $"not finished within {Shown(_timeoutMilliseconds)}";

    /// <summary>Asks the group of a run that takes too long to end; then kills it; then lets go of what
    /// still holds its output, which has left the group.</summary>
    public void EnforceLimit(long nowMilliseconds)
    {
        if (nowMilliseconds < _limitAtMilliseconds || IsFinished)
        {
            return;
        }

        switch (_stage)
        {
            case LimitStage.Within:
                _stage = LimitStage.Asked;
                _limitAtMilliseconds = nowMilliseconds + GraceMilliseconds;
                observer.Report(
                    LogLevel.Warn,
                    $"agent: Script '{Queue.Command}' exceeds its limit of {Shown(_timeoutMilliseconds)}, "
                    + "terminating it");
                SendToGroup(Libc.SignalTerminate);

                // One that was stopped hears of it only when it goes on.
                SendToGroup(Libc.SignalContinue);
                break;
            case LimitStage.Asked:
                _stage = LimitStage.Killed;
                _limitAtMilliseconds = nowMilliseconds + GraceMilliseconds;
                observer.Report(
                    LogLevel.Warn,
                    $"agent: Script '{Queue.Command}' goes on {Shown(GraceMilliseconds)} after it was "
                    + "terminated, killing it");
                SendToGroup(Libc.SignalKill);
                break;
            default:
                // A process that the kernel cannot end keeps its handler waiting: two runs would overlap.
                _limitAtMilliseconds = long.MaxValue;
                Spawn.Close(ref _outputDescriptor);
                Reap();
                break;
        }
    }

    private static string Shown(long milliseconds) =>
        GoDuration.ToText(TimeSpan.FromMilliseconds(milliseconds));

    private void SetLimit(long timeoutMilliseconds, long nowMilliseconds)
    {
        _timeoutMilliseconds = timeoutMilliseconds;
        _limitAtMilliseconds = IsLimited ? nowMilliseconds + timeoutMilliseconds : long.MaxValue;
        _stage = LimitStage.Within;
        _hasEnded = false;
    }

    private void NoteEnd()
    {
        _hasEnded = Libc.HasEnded(_process);
        if (_hasEnded)
        {
            Spawn.Close(ref _exitDescriptor);
        }
    }

    // Its leader has not been taken away, so the number is still the group's.
    private void SendToGroup(int signal)
    {
        Invariant.Holds(_process > 0);
        _ = Libc.SendSignal(-_process, signal);
    }
}
