using System;
using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace Serf.Blackbox.Harness;

/// <summary>Needs a space of process numbers of its own. Not run where that is not to be had.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ProcessSpaceFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> _isPermitted = new(Ask);

    public ProcessSpaceFactAttribute() => Skip = Obstacle;

    /// <summary>Why there is none; null where there is.</summary>
    internal static string? Obstacle => _isPermitted.Value
        ? null
        : "Spaces of process numbers (unshare --pid) are not permitted here, or unshare is missing.";

    private static bool Ask()
    {
        try
        {
            using Process process = Process.Start(
                new ProcessStartInfo("unshare", ["--pid", "--fork", "--mount-proc", "true"])
                {
                    RedirectStandardError = true,
                })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>The same with several cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ProcessSpaceTheoryAttribute : TheoryAttribute
{
    public ProcessSpaceTheoryAttribute() => Skip = ProcessSpaceFactAttribute.Obstacle;
}
