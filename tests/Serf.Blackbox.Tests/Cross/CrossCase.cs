using System;
using Serf.Blackbox.Harness;

namespace Serf.Blackbox.Cross;

/// <summary>One step of a script that every corner runs.</summary>
/// <param name="Name">Unique in the script.</param>
/// <param name="Act">What is done, and what is compared of it; nothing if null.</param>
/// <param name="IsUnordered">The lines come in an order of chance.</param>
public sealed record CrossCase(string Name, Func<Corner, CliResult?> Act, bool IsUnordered = false)
{
    /// <summary>A command whose name is the case.</summary>
    public static CrossCase Of(params string[] arguments) =>
        new(string.Join(' ', arguments), corner => corner.Run(arguments));

    /// <summary>The same, with lines in an order of chance.</summary>
    public static CrossCase AnyOrder(params string[] arguments) => Of(arguments) with { IsUnordered = true };

    /// <summary>
    /// The lines come in an order of chance, and an answer may be lost, since it is one datagram: then it is
    /// asked again.
    /// What is wrong is wrong every time.
    /// </summary>
    public static CrossCase Heard(string expected, params string[] arguments) => AnyOrder(arguments) with
    {
        Act = corner =>
        {
            const int AttemptCount = 4;
            CliResult result = corner.Run(arguments);
            for (int attempt = 1; attempt < AttemptCount && !Holds(result, expected); attempt++)
            {
                result = corner.Run(arguments);
            }

            return result;
        },
    };

    private static bool Holds(CliResult result, string expected) =>
        result.Output.Contains(expected, StringComparison.Ordinal);

    /// <summary>What only makes ready for the next.</summary>
    public static CrossCase Prepare(string name, Action<Corner> act) => new(name, corner =>
    {
        act(corner);
        return null;
    });
}
