using System;
using System.IO;
using Xunit;

namespace Serf.Blackbox.Harness;

/// <summary>Where the program under test and the original are.</summary>
public static class Binaries
{
    /// <summary>The published program; SERF_BINARY, or out/serf of this checkout.</summary>
    public static string Ours { get; } = Present(
        Environment.GetEnvironmentVariable("SERF_BINARY") ?? Path.Combine(RepositoryRoot(), "out", "serf"),
        "The program under test is missing: run `make`, or name it in SERF_BINARY.");

    /// <summary>The original; SERF_PEER, or where Debian's package puts it.</summary>
    public static string Peer => Present(
        PeerPath,
        "The original serf is required (SERF_PEER_REQUIRED=1) but missing: install it, or name it in SERF_PEER.");

    public static bool PeerIsThere => File.Exists(PeerPath);

    public static bool PeerIsRequired => Environment.GetEnvironmentVariable("SERF_PEER_REQUIRED") == "1";

    private static string PeerPath => Environment.GetEnvironmentVariable("SERF_PEER") ?? "/usr/bin/serf";

    private static string Present(string path, string complaint)
    {
        return File.Exists(path) ? path : throw new InvalidOperationException($"{complaint} Looked at {path}");
    }

    public static string RepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Serf.Native.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("These tests run from within the repository.");
    }
}

/// <summary>Needs the original beside the program. Not run where it is absent, failed where it is required.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PeerFactAttribute : FactAttribute
{
    public PeerFactAttribute()
    {
        if (!Binaries.PeerIsThere && !Binaries.PeerIsRequired)
        {
            Skip = "The original serf is not installed (SERF_PEER names another place).";
        }
    }
}

/// <summary>The same with several cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PeerTheoryAttribute : TheoryAttribute
{
    public PeerTheoryAttribute() => Skip = new PeerFactAttribute().Skip;
}

/// <summary>Needs the superuser, to change the root of a process.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Skip = "Only the superuser can change the root of a process.";
        }
    }
}
