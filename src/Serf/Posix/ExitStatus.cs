using System.Globalization;

namespace Serf.Posix;

/// <summary>How a process ended, from the number that <c>waitpid</c> gives.</summary>
internal readonly record struct ExitStatus(int Raw)
{
    private const int SignalMask = 0x7f;
    private const int CoreFlag = 0x80;

    public bool IsSuccess => Raw == 0;

    /// <summary><c>exit status 3</c> or <c>signal: killed</c>, in the original's words.</summary>
    public override string ToString()
    {
        int signal = Raw & SignalMask;
        if (signal == 0)
        {
            return "exit status " + ((Raw >> 8) & 0xff).ToString(CultureInfo.InvariantCulture);
        }

        return "signal: " + SignalName(signal) + ((Raw & CoreFlag) != 0 ? " (core dumped)" : "");
    }

    private static string SignalName(int signal) => signal switch
    {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        10 => "user defined signal 1",
        11 => "segmentation fault",
        12 => "user defined signal 2",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        16 => "stack fault",
        17 => "child exited",
        18 => "continued",
        19 => "stopped (signal)",
        20 => "stopped",
        21 => "stopped (tty input)",
        22 => "stopped (tty output)",
        23 => "urgent I/O condition",
        24 => "CPU time limit exceeded",
        25 => "file size limit exceeded",
        26 => "virtual timer expired",
        27 => "profiling timer expired",
        28 => "window changed",
        29 => "I/O possible",
        30 => "power failure",
        31 => "bad system call",
        _ => "signal " + signal.ToString(CultureInfo.InvariantCulture),
    };
}
