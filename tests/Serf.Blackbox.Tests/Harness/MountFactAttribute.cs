using System;
using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace Serf.Blackbox.Harness;

/// <summary>Needs the original and a mount namespace of its own for it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PeerMountFactAttribute : FactAttribute
{
    public PeerMountFactAttribute() => Skip = new PeerFactAttribute().Skip ?? new MountFactAttribute().Skip;
}

/// <summary>Needs a mount namespace with file systems of its own. Not run where they are not to be had.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MountFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> _isPermitted = new(Ask);

    public MountFactAttribute()
    {
        if (!_isPermitted.Value)
        {
            Skip = "Mount namespaces are not permitted here, or unshare is missing.";
        }
    }

    private static bool Ask()
    {
        try
        {
            using Process process = Process.Start(
                new ProcessStartInfo("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"])
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
