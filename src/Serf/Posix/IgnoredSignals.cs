using System.Collections.Generic;

namespace Serf.Posix;

/// <summary>
/// Signals that were inherited as ignored: a shell that starts the agent in the background leaves it so, and
/// nohup the hangup. The runtime takes what it finds at the first registration of any signal for final. So
/// they are given back to it for that moment, and ignored again until the agent handles them. Of the process,
/// as signals are; main thread only.
/// </summary>
internal static class IgnoredSignals
{
    private static readonly int[] _watched =
        [Libc.SignalHangup, Libc.SignalInterrupt, Libc.SignalQuit, Libc.SignalUser1];

    private static readonly List<int> _ignored = [];
    private static readonly List<(int Signal, nint[] Action)> _held = [];

    /// <summary>Before a registration of the runtime's.</summary>
    public static void Reset()
    {
        _ignored.Clear();
        foreach (int signal in _watched)
        {
            if (Libc.ResetIgnoredSignal(signal))
            {
                _ignored.Add(signal);
            }
        }
    }

    /// <summary>Behind it: what was reset is ignored again, whatever the runtime made of it.</summary>
    /// <param name="handled">Not this one.</param>
    public static void Hold(int handled)
    {
        foreach (int signal in _ignored)
        {
            if (signal != handled)
            {
                _held.Add((signal, Libc.IgnoreSignal(signal)));
            }
        }
    }

    /// <summary>Ends that.</summary>
    public static void Release()
    {
        foreach ((int signal, nint[] action) in _held)
        {
            Libc.RestoreSignal(signal, action);
        }

        _held.Clear();
    }
}
