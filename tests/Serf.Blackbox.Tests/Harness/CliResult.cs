using System;
using System.Collections.Generic;
using System.Text.RegularExpressions;

namespace Serf.Blackbox.Harness;

/// <summary>What one call of the command line printed, and its exit status.</summary>
public sealed record CliResult(string Output, string Error, int ExitCode)
{
    /// <summary>Of an agent whose start failed: without the log that it had held.</summary>
    public string ErrorWithoutLog => Regex.Replace(
        Error, "^    [0-9]{4}/[0-9/]{5} [0-9:]{8} \\[.*\n", string.Empty, RegexOptions.Multiline);

    public static CliResult Of(string binary, params string[] arguments) => Of(binary, null, arguments);

    public static CliResult Of(
        string binary, IReadOnlyDictionary<string, string>? environment, IEnumerable<string> arguments)
    {
        using SerfProcess process = new(binary, arguments, environment);
        int exitCode = process.WaitForExit(TimeSpan.FromSeconds(30));
        return new CliResult(process.Output, process.Error, exitCode);
    }
}
