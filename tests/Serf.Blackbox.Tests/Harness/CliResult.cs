using System;
using System.Collections.Generic;
using System.Text.RegularExpressions;

namespace Serf.Blackbox.Harness;

/// <summary>What one call of the command line printed, and its exit status.</summary>
public sealed partial record CliResult(string Output, string Error, int ExitCode)
{
    /// <summary>Of an agent whose start failed: without the log that it had held.</summary>
    public string ErrorWithoutLog => LogLine().Replace(Error, string.Empty);

    public static CliResult Of(string binary, params string[] arguments) => Of(binary, null, arguments);

    public static CliResult Of(
        string binary, IReadOnlyDictionary<string, string>? environment, IEnumerable<string> arguments)
    {
        using SerfProcess process = new(binary, arguments, environment);
        int exitCode = process.WaitForExit(TimeSpan.FromSeconds(30));
        return new CliResult(process.Output, process.Error, exitCode);
    }

    // The reasons of a join that failed stand in lines of their own, and an empty one after them.
    [GeneratedRegex(@"^    \d{4}/\d\d/\d\d [\d:]{8} \[.*\n((\t\* .*\n)+\n+)?", RegexOptions.Multiline)]
    private static partial Regex LogLine();
}
