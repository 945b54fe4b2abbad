using System;
using System.ComponentModel;
using Xunit;

namespace Serf.Blackbox.Harness;

/// <summary>Needs a namespace of processes of its own, and the right to change root and user.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ProcessNamespaceFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> _isPermitted = new(Ask);

    public ProcessNamespaceFactAttribute()
    {
        if (!_isPermitted.Value)
        {
            Skip = "Process namespaces are not permitted here, or unshare is missing.";
        }
    }

    private static bool Ask()
    {
        try
        {
            return CliResult.Of(
                "unshare", "--pid", "--fork", "--mount", "--ipc", "--uts", "chroot", "--userspec=1:1", "/", "true").ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
