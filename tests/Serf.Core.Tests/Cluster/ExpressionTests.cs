using System;
using System.Text;
using Serf.Cluster;
using Serf.Primitives;
using Xunit;

namespace Serf.Core.Tests.Cluster;

public sealed class ExpressionTests
{
    [Theory]
    [InlineData("abc", "xabcx", true)]
    [InlineData("^abc$", "abc\n", false)]
    [InlineData("abc\\z", "abc\n", false)]
    [InlineData("(?m)^b$", "a\nb\nc", true)]
    [InlineData("^b$", "a\nb\nc", false)]
    [InlineData("a.c", "a\nc", false)]
    [InlineData("(?s)a.c", "a\nc", true)]
    [InlineData("(?i)ABC", "abc", true)]
    [InlineData("(?i:A)b", "ab", true)]
    [InlineData("(?i:A)b", "aB", false)]
    [InlineData("(?i)a(?-i)b", "AB", false)]
    [InlineData("(?P<n>a+)(?<m>b)", "aab", true)]
    [InlineData("^\\d$", "\u0663", false)]
    [InlineData("^\\d$", "3", true)]
    [InlineData("^\\w$", "\u00e9", false)]
    [InlineData("^\\W$", "\u00e9", true)]
    [InlineData("^\\s$", "\u00a0", false)]
    [InlineData("^\\s$", "\v", false)]
    [InlineData("^[[:alpha:]]+$", "abZ", true)]
    [InlineData("^[[:^alpha:]]+$", "12", true)]
    [InlineData("^[[:space:]x]+$", "x\v ", true)]
    [InlineData("^\\pL+$", "ab\u00e9", true)]
    [InlineData("^\\p{Lu}$", "A", true)]
    [InlineData("^\\p{^Lu}$", "A", false)]
    [InlineData("^\\PL$", "1", true)]
    [InlineData("^[\\pN_]+$", "1_", true)]
    [InlineData("^\\Qa.b\\E+$", "a.bb", true)]
    [InlineData("^\\Qa.b", "axb", false)]
    [InlineData("^.$", "\U0001F600", true)]
    [InlineData("^[^a]$", "\U0001F600", true)]
    [InlineData("^[\U0001F5FF-\U0001F64F]$", "\U0001F600", true)]
    [InlineData("^[\U0001F601-\U0001F64F]$", "\U0001F600", false)]
    [InlineData("^[^\U0001F600]$", "\U0001F600", false)]
    [InlineData("^[^\U0001F600]$", "\U0001F601", true)]
    [InlineData("^\\x{1F600}{2}$", "\U0001F600\U0001F600", true)]
    [InlineData("^\\x41\\101\\0$", "AA\0", true)]
    [InlineData("^[]a]+$", "]a", true)]
    [InlineData("^[a-]+$", "a-", true)]
    [InlineData("^[a\\]]+$", "a]", true)]
    [InlineData("^[^^]$", "^", false)]
    [InlineData("^a{,2}$", "a{,2}", true)]
    [InlineData("^a{2,3}?$", "aaa", true)]
    [InlineData("^a{2}$", "aaa", false)]
    [InlineData("^(a|b)*c$", "ababc", true)]
    [InlineData("a|", "zzz", true)]
    [InlineData("", "zzz", true)]
    [InlineData("^#x y$", "#x y", true)]
    [InlineData("\\bfoo\\b", "a foo b", true)]
    [InlineData("(?U)^a+$", "aaa", true)]
    [InlineData("^\\/\\_\\-$", "/_-", true)]
    public void The_dialect_matches_as_the_original(string pattern, string value, bool expected)
    {
        Assert.True(Create(pattern, false, out Expression? expression, out string? error), error);
        Assert.Equal(expected, expression!.Matches(Encoding.UTF8.GetBytes(value)));
    }

    [Theory]
    [InlineData("(", "missing closing ): `(`")]
    [InlineData(")", "unexpected ): `)`")]
    [InlineData("[a", "missing closing ]: `[a`")]
    [InlineData("*", "missing argument to repetition operator: `*`")]
    [InlineData("a|*", "missing argument to repetition operator: `*`")]
    [InlineData("a**", "invalid nested repetition operator: `**`")]
    [InlineData("a+*?", "invalid nested repetition operator: `+*?`")]
    [InlineData("a{1001}", "invalid repeat count: `{1001}`")]
    [InlineData("a{3,2}", "invalid repeat count: `{3,2}`")]
    [InlineData("(a{100}){100}", "invalid repeat count: `{100}`")]
    [InlineData("\\1", "invalid escape sequence: `\\1`")]
    [InlineData("\\8", "invalid escape sequence: `\\8`")]
    [InlineData("(a)\\1", "invalid escape sequence: `\\1`")]
    [InlineData("\\G", "invalid escape sequence: `\\G`")]
    [InlineData("\\Z", "invalid escape sequence: `\\Z`")]
    [InlineData("\\k<a>", "invalid escape sequence: `\\k`")]
    [InlineData("a\\", "trailing backslash at end of expression: ``")]
    [InlineData("[z-a]", "invalid character class range: `z-a`")]
    [InlineData("[[:foo:]]", "invalid character class range: `[:foo:]`")]
    [InlineData("\\p{Greek}", "invalid character class range: `\\p{Greek}`")]
    [InlineData("(?=a)", "invalid or unsupported Perl syntax: `(?=`")]
    [InlineData("(?!a)", "invalid or unsupported Perl syntax: `(?!`")]
    [InlineData("(?<=a)b", "invalid or unsupported Perl syntax: `(?<`")]
    [InlineData("(?>a)", "invalid or unsupported Perl syntax: `(?>`")]
    [InlineData("(?x)a", "invalid or unsupported Perl syntax: `(?x`")]
    [InlineData("(?#c)", "invalid or unsupported Perl syntax: `(?#`")]
    [InlineData("(?(1)a|b)", "invalid or unsupported Perl syntax: `(?(`")]
    [InlineData("(?P<1-2>a)", "invalid named capture: `(?P<1-2>`")]
    [InlineData("(?P<n>a)(?P<n>b)", "duplicate capture group name: `n`")]
    [InlineData("(?", "missing closing ): `(?`")]
    public void What_the_dialect_does_not_have_is_refused(string pattern, string reason)
    {
        Assert.False(Create(pattern, false, out Expression? expression, out string? error));
        Assert.Null(expression);
        Assert.Equal("error parsing regexp: " + reason, error);
    }

    [Theory]
    [InlineData("x|node-a", "node-a", true)]
    [InlineData("node-a|x", "node-a-anything", true)]
    [InlineData("(node-a|x)", "node-a-anything", false)]
    [InlineData("a", "a\n", false)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    public void An_anchored_expression_is_wrapped_without_a_group(string pattern, string value, bool expected)
    {
        Assert.True(Create(pattern, true, out Expression? expression, out _));
        Assert.Equal(expected, expression!.Matches(Encoding.UTF8.GetBytes(value)));
    }

    [Theory]
    [InlineData("web", "a web server", true)]
    [InlineData("web", "we", false)]
    [InlineData("^web", "web-1", true)]
    [InlineData("^web", "a web", false)]
    [InlineData("web$", "a web", true)]
    [InlineData("web$", "web\n", false)]
    [InlineData("^web$", "web", true)]
    [InlineData("^web$", "web-1", false)]
    [InlineData("^", "x", true)]
    [InlineData("$", "x", true)]
    [InlineData("^$", "", true)]
    [InlineData("^$", "x", false)]
    [InlineData("^^web$$", "web", true)]
    [InlineData("a^b", "a^b", false)]
    [InlineData("$web^", "web", false)]
    [InlineData("10.0", "10x0", true)]
    [InlineData("eu-west_1:a/b, c=d@e%f~g", "eu-west_1:a/b, c=d@e%f~g", true)]
    public void A_plain_word_matches_as_any_other_expression(string pattern, string value, bool expected)
    {
        Assert.True(Create(pattern, false, out Expression? expression, out _));
        Assert.Equal(expected, expression!.Matches(Encoding.UTF8.GetBytes(value)));

        // A group makes it no plain word, and changes nothing else.
        Assert.True(Create(pattern + "()", false, out expression, out _));
        Assert.Equal(expected, expression!.Matches(Encoding.UTF8.GetBytes(value)));
    }

    [Fact]
    public void A_plain_word_is_found_among_bytes_that_are_no_text()
    {
        Assert.True(Create("web$", false, out Expression? expression, out _));
        Assert.True(expression!.Matches([0xFF, (byte)'w', (byte)'e', (byte)'b']));
        Assert.False(expression.Matches([(byte)'w', (byte)'e', (byte)'b', 0xFF]));
    }

    [Fact]
    public void Bytes_that_are_no_text_count_as_one_character_each()
    {
        Assert.True(Create("^\uFFFD{3}a$", false, out Expression? expression, out _));
        Assert.True(expression!.Matches([0xE2, 0x82, 0xFF, (byte)'a']));
        Assert.True(Create("^.{400}$", false, out Expression? many, out string? error), error);
        byte[] invalid = new byte[400];
        invalid.AsSpan().Fill(0xFF);
        Assert.True(many!.Matches(invalid));
        Assert.False(many.Matches(invalid.AsSpan(1)));
    }

    [Fact]
    public void Length_and_size_are_bounded()
    {
        Assert.True(Create(new string('a', Limits.ExpressionSizeMax), true, out _, out _));
        Assert.False(Create(new string('a', Limits.ExpressionSizeMax + 1), true, out _, out string? error));
        Assert.Equal("expression exceeds limit of 1024 bytes", error);
        string large = string.Concat(System.Linq.Enumerable.Repeat("a{1000}", 100));
        Assert.False(Create(large, true, out _, out error));
        Assert.Equal("error parsing regexp: expression too large: `^" + large + "$`", error);
        Assert.False(Expression.TryCreate([0xFF], true, out _, out error));
        Assert.StartsWith("error parsing regexp: invalid UTF-8: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_text_is_taken_or_refused_and_never_throws()
    {
        const string letters = "()[]{}*+?|\\^$.:-,=!<>PimsUaz019dDwWbBAZQEpLx \u00e9\U0001F600";
        Random random = new(5);
        int taken = 0;
        for (int round = 0; round < 4000; round++)
        {
            StringBuilder pattern = new();
            for (int index = random.Next(1, 10); index > 0; index--)
            {
                pattern.Append(letters[random.Next(letters.Length - 2)]);
            }

            if (Create(pattern.ToString(), random.Next(2) == 0, out Expression? expression, out string? error))
            {
                taken++;
                expression!.Matches("a0 z\u00e9"u8);
            }
            else
            {
                Assert.StartsWith("error parsing regexp: ", error, StringComparison.Ordinal);
                Assert.DoesNotContain("invalid or unsupported syntax", error, StringComparison.Ordinal);
            }
        }

        Assert.InRange(taken, 200, 3900);
    }

    private static bool Create(string pattern, bool anchored, out Expression? expression, out string? error) =>
        Expression.TryCreate(Encoding.UTF8.GetBytes(pattern), anchored, out expression, out error);
}
