using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using Xunit;

namespace Serf.Blackbox.Harness;

/// <summary>Needs Python, for a client that is written in it. Not run where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PythonFactAttribute : FactAttribute
{
    public PythonFactAttribute()
    {
        if (!ForeignClients.HasPython)
        {
            Skip = "python3 is not installed.";
        }
    }
}

/// <summary>Needs Node.js and the packages of Clients/package.json, which npm brings. Not run without them.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute() => Skip = ForeignClients.NodeFault;
}

/// <summary>Clients of the control port in other languages, and what runs them.</summary>
public static class ForeignClients
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);
    private static readonly Lazy<bool> _python = new(() => Run("python3", ["--version"]));
    private static readonly Lazy<string?> _node = new(InstallPackages);

    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Clients");

    public static bool HasPython => _python.Value;

    /// <summary>Null where the packages are there.</summary>
    public static string? NodeFault => _node.Value;

    private static string? InstallPackages()
    {
        if (!Run("node", ["--version"]) || !Run("npm", ["--version"]))
        {
            return "Node.js and npm are not installed.";
        }

        bool isThere = Directory.Exists(Path.Combine(Folder, "node_modules", "node-serf"))
            && Directory.Exists(Path.Combine(Folder, "node_modules", "serf-rpc"));
        string[] install =
        [
            "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--fetch-retries=1",
            "--prefix", Folder,
        ];
        return isThere || Run("npm", install) ? null : "npm could not bring the packages of Clients/package.json.";
    }

    private static bool Run(string program, string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = AppContext.BaseDirectory,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (process.WaitForExit(_limit))
            {
                return process.ExitCode == 0;
            }

            process.Kill(entireProcessTree: true);
            return false;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
