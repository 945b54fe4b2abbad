using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Serf.Blackbox.Harness;

/// <summary>
/// The root file system that a Dockerfile describes, in a folder, and how a container would be started from it. Knows
/// the instructions that ours uses, and no others.
/// </summary>
public sealed class ContainerImage
{
    private readonly string _root;
    private string[] _entryPoint = [];
    private string[] _command = [];

    /// <param name="dockerfile">Path.</param>
    /// <param name="context">The folder that COPY copies from.</param>
    /// <param name="replaced">Sources that stand elsewhere, by the name in the file.</param>
    /// <param name="root">The folder, not there yet.</param>
    public ContainerImage(
        string dockerfile, string context, IReadOnlyDictionary<string, string> replaced, string root)
    {
        _root = root;
        Directory.CreateDirectory(root);
        foreach (string line in File.ReadLines(dockerfile).Where(line => line.Length > 0 && line[0] != '#'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words[0])
            {
                case "COPY":
                    string[] paths = [.. words[1..].Where(word => !word.StartsWith("--", StringComparison.Ordinal))];
                    string source = replaced.GetValueOrDefault(paths[0], Path.Combine(context, paths[0]));
                    Copy(source, Path.Combine(root, paths[1].TrimStart('/')), words.FirstOrDefault(
                        word => word.StartsWith("--chown=", StringComparison.Ordinal))?["--chown=".Length..] ?? "0:0");
                    break;
                case "USER":
                    User = words[1];
                    break;
                case "ENTRYPOINT":
                    _entryPoint = Words(line);
                    break;
                case "CMD":
                    _command = Words(line);
                    break;
                case "STOPSIGNAL":
                    StopSignal = words[1];
                    break;
                case "FROM" when words[1] == "scratch":
                case "WORKDIR" or "VOLUME" or "EXPOSE" or "HEALTHCHECK":
                    break;
                default:
                    throw new NotSupportedException(line);
            }
        }
    }

    /// <summary>Number of the user and of the group, with a colon between.</summary>
    public string User { get; private set; } = "0:0";

    public string StopSignal { get; private set; } = "SIGTERM";

    /// <summary>All files, from the root on, sorted.</summary>
    public string[] Files => [.. Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories)
        .Select(file => "/" + Path.GetRelativePath(_root, file)).Order(StringComparer.Ordinal)];

    /// <summary>The words that run it as the first process of a namespace of processes.</summary>
    /// <param name="arguments">In place of CMD, as with `docker run`.</param>
    public string[] Run(params string[] arguments)
    {
        return
        [
            "unshare", "--pid", "--fork", "--kill-child", "--mount", "--ipc", "--uts",
            "chroot", $"--userspec={User}", _root, .. _entryPoint, .. arguments.Length > 0 ? arguments : _command,
        ];
    }

    /// <summary>The words that run a command in the same root, as `docker exec` does.</summary>
    public string[] Execute(params string[] command) => ["chroot", $"--userspec={User}", _root, .. command];

    private static string[] Words(string line) => JsonSerializer.Deserialize<string[]>(line[line.IndexOf('[')..])!;

    private static void Copy(string source, string target, string owner)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        CliResult copy = CliResult.Of("cp", "-rL", source, target);
        CliResult own = CliResult.Of("chown", "-R", owner, target);
        if (copy.ExitCode + own.ExitCode != 0)
        {
            throw new InvalidOperationException($"{source}: {copy.Error}{own.Error}");
        }
    }
}
