using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Fuzz.Engine;

namespace Serf.Fuzz.Targets;

/// <summary>
/// Any expression is compiled or refused with words, and matches in bounded time. Up to the first line feed
/// it is the expression, behind it the value.
/// </summary>
internal sealed class ExpressionTarget : FuzzTarget
{
    private static readonly string[] _expressions =
    [
        "^(a|b)*c$\nababc", "[[:^alpha:]]+\\pL{2,5}?\n12ab", "(?i:A)(?P<n>b+)\\b\nabb", "\\Qa.b\\E\\x{1F600}\na.b",
        "(?s-m)^.*?$\na", "[^\\d\\-\\]a-z]|\\D\\S\\W\nX1", "(((a{3}){3}){3})\naaa", "\\p{^Lu}\\101\\n\\z\nq",
    ];

    private static readonly byte[] _long =
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("aab\u00e9 .x", 400)));

    public override int InputSizeMax => 256;

    // Compiling takes memory by the states that a few bytes can ask for, of which the runtime bounds the number.
    public override long AllocationBase => 64 << 20;

    public override int SmokeCount => 150;

    public override IEnumerable<byte[]> Seeds() => _expressions.Select(Encoding.UTF8.GetBytes);

    public override void Run(ReadOnlySpan<byte> input)
    {
        int end = input.IndexOf((byte)'\n');
        ReadOnlySpan<byte> pattern = end < 0 ? input : input[..end];
        ReadOnlySpan<byte> value = end < 0 ? default : input[(end + 1)..];
        for (int pass = 0; pass < 2; pass++)
        {
            if (Expression.TryCreate(pattern, pass == 0, out Expression? expression, out string? error))
            {
                bool isMatch = expression.Matches(value);
                FuzzException.Check(expression.Matches(value) == isMatch, "another answer to the same question");
                expression.Matches(_long);
            }
            else
            {
                FuzzException.Check(error.StartsWith("error parsing regexp: ", StringComparison.Ordinal)
                    || error.StartsWith("expression ", StringComparison.Ordinal), "refused without a reason: " + error);
            }
        }
    }
}
