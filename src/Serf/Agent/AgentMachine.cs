using System;
using System.Runtime.InteropServices;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>What the checks of the configuration ask of the machine.</summary>
/// <param name="HostName">
/// The host's name; throws <see cref="SerfException"/> with the reason if there is none.
/// </param>
/// <param name="HasInterface">Whether there is a network interface of that name.</param>
internal sealed record AgentMachine(Func<string> HostName, Func<string, bool> HasInterface)
{
    /// <summary>The one the program runs on.</summary>
    public static AgentMachine Local { get; } = new(LocalHostName, Libc.HasInterface)
    {
        Variable = Environment.GetEnvironmentVariable,
    };

    /// <summary>Value of an environment variable, or null.</summary>
    public Func<string, string?> Variable { get; init; } = static _ => null;

    private static string LocalHostName()
    {
        string name = Libc.HostName(out int error);
        return error == 0 ? name : throw new SerfException(Marshal.GetPInvokeErrorMessage(error));
    }
}
