using System;
using System.Collections.Generic;
using System.IO;
using Serf.Cli;
using Xunit;

namespace Serf.Tests.Cli;

public sealed class FlagSetTests
{
    private readonly FlagSet _flags = new();
    private readonly Flag<string> _format;
    private readonly Flag<bool> _coalesce;
    private readonly Flag<long> _relay;
    private readonly Flag<TimeSpan> _timeout;
    private readonly Flag<List<string>> _tag;

    public FlagSetTests()
    {
        _format = _flags.AddText("format", "text");
        _coalesce = _flags.AddBool("coalesce", true);
        _relay = _flags.AddInt("relay-factor");
        _timeout = _flags.AddDuration("timeout");
        _tag = _flags.AddList("tag");
    }

    [Fact]
    public void Without_arguments_every_flag_has_its_default()
    {
        Assert.Null(_flags.Parse([]));

        Assert.Equal("text", _format.Value);
        Assert.True(_coalesce.Value);
        Assert.Equal(0, _relay.Value);
        Assert.Equal(TimeSpan.Zero, _timeout.Value);
        Assert.Empty(_tag.Value);
        Assert.False(_format.IsSet || _coalesce.IsSet || _relay.IsSet || _timeout.IsSet || _tag.IsSet);
        Assert.Equal(0, _flags.Arguments.Length);
    }

    [Theory]
    [InlineData("-format", "json")]
    [InlineData("--format", "json")]
    [InlineData("-format=json", null)]
    [InlineData("--format=json", null)]
    public void One_dash_or_two_and_equals_or_space_mean_the_same(string first, string? second)
    {
        Assert.Null(_flags.Parse(second is null ? [first, "rest"] : [first, second, "rest"]));

        Assert.Equal("json", _format.Value);
        Assert.True(_format.IsSet);
        Assert.Equal(["rest"], _flags.Arguments.ToArray());
    }

    [Theory]
    [InlineData("-coalesce", true)]
    [InlineData("-coalesce=false", false)]
    [InlineData("--coalesce=F", false)]
    [InlineData("-coalesce=0", false)]
    [InlineData("-coalesce=f", false)]
    [InlineData("-coalesce=FALSE", false)]
    [InlineData("-coalesce=False", false)]
    [InlineData("-coalesce=1", true)]
    [InlineData("-coalesce=t", true)]
    [InlineData("-coalesce=T", true)]
    [InlineData("-coalesce=true", true)]
    [InlineData("-coalesce=TRUE", true)]
    [InlineData("-coalesce=True", true)]
    public void A_Boolean_takes_a_value_only_behind_equals(string argument, bool expected)
    {
        Assert.Null(_flags.Parse([argument, "false"]));

        Assert.Equal(expected, _coalesce.Value);
        Assert.Equal(["false"], _flags.Arguments.ToArray());
    }

    [Theory]
    [InlineData("-relay-factor=255", 255L)]
    [InlineData("-relay-factor=-1", -1L)]
    [InlineData("-relay-factor=+7", 7L)]
    [InlineData("-relay-factor=0x10", 16L)]
    [InlineData("-relay-factor=0XfF", 255L)]
    [InlineData("-relay-factor=0o17", 15L)]
    [InlineData("-relay-factor=017", 15L)]
    [InlineData("-relay-factor=0_17", 15L)]
    [InlineData("-relay-factor=0b101", 5L)]
    [InlineData("-relay-factor=0x_1", 1L)]
    [InlineData("-relay-factor=1_000", 1000L)]
    [InlineData("-relay-factor=9223372036854775807", long.MaxValue)]
    [InlineData("-relay-factor=-9223372036854775808", long.MinValue)]
    public void A_number_may_be_written_in_every_base(string argument, long expected)
    {
        Assert.Null(_flags.Parse([argument]));

        Assert.Equal(expected, _relay.Value);
    }

    [Theory]
    [InlineData("-x", "flag provided but not defined: -x")]
    [InlineData("--x=1", "flag provided but not defined: -x")]
    [InlineData("-Format=x", "flag provided but not defined: -Format")]
    [InlineData("-form=x", "flag provided but not defined: -form")]
    [InlineData("-format", "flag needs an argument: -format")]
    [InlineData("-relay-factor", "flag needs an argument: -relay-factor")]
    [InlineData("---x", "bad flag syntax: ---x")]
    [InlineData("-=x", "bad flag syntax: -=x")]
    [InlineData("--=x", "bad flag syntax: --=x")]
    [InlineData("-coalesce=maybe", "invalid boolean value \"maybe\" for -coalesce: parse error")]
    [InlineData("-coalesce=", "invalid boolean value \"\" for -coalesce: parse error")]
    [InlineData("-coalesce=false=x", "invalid boolean value \"false=x\" for -coalesce: parse error")]
    [InlineData("-timeout=abc", "invalid value \"abc\" for flag -timeout: parse error")]
    [InlineData("-timeout=10", "invalid value \"10\" for flag -timeout: parse error")]
    [InlineData("-timeout=99999999999h", "invalid value \"99999999999h\" for flag -timeout: parse error")]
    [InlineData("-relay-factor=abc", "invalid value \"abc\" for flag -relay-factor: parse error")]
    [InlineData("-relay-factor=", "invalid value \"\" for flag -relay-factor: parse error")]
    [InlineData("-relay-factor=0x", "invalid value \"0x\" for flag -relay-factor: parse error")]
    [InlineData("-relay-factor=08", "invalid value \"08\" for flag -relay-factor: parse error")]
    [InlineData("-relay-factor=1__0", "invalid value \"1__0\" for flag -relay-factor: parse error")]
    [InlineData("-relay-factor=_1", "invalid value \"_1\" for flag -relay-factor: parse error")]
    [InlineData("-relay-factor=1_", "invalid value \"1_\" for flag -relay-factor: parse error")]
    [InlineData("-relay-factor=1\n", "invalid value \"1\\n\" for flag -relay-factor: parse error")]
    [InlineData("-relay-factor=9223372036854775808",
        "invalid value \"9223372036854775808\" for flag -relay-factor: value out of range")]
    [InlineData("-relay-factor=-9223372036854775809",
        "invalid value \"-9223372036854775809\" for flag -relay-factor: value out of range")]
    [InlineData("-relay-factor=99999999999999999999999999999999",
        "invalid value \"99999999999999999999999999999999\" for flag -relay-factor: value out of range")]
    [InlineData("-h=3", "")]
    [InlineData("--help=x", "")]
    public void A_flag_error_has_the_words_of_the_original(string argument, string expected)
    {
        Assert.Equal(expected, _flags.Parse([argument]));
    }

    [Fact]
    public void A_repeated_flag_keeps_the_last_value_and_a_list_collects_all()
    {
        Assert.Null(_flags.Parse(["-tag=a", "-format", "x", "-tag", "b", "-format", "y", "-tag="]));

        Assert.Equal("y", _format.Value);
        Assert.Equal(["a", "b", ""], _tag.Value);
    }

    [Fact]
    public void A_duration_flag_takes_the_duration_syntax()
    {
        Assert.Null(_flags.Parse(["-timeout", "-1m30s"]));

        Assert.Equal(TimeSpan.FromSeconds(-90), _timeout.Value);
    }

    [Fact]
    public void The_value_may_begin_with_a_dash_or_hold_an_equals_sign()
    {
        Assert.Null(_flags.Parse(["-format", "-tag", "-tag", "k=v=w"]));

        Assert.Equal("-tag", _format.Value);
        Assert.Equal(["k=v=w"], _tag.Value);
    }

    [Theory]
    [InlineData(new[] { "name", "-coalesce=false" }, new[] { "name", "-coalesce=false" })]
    [InlineData(new[] { "-", "-coalesce=false" }, new[] { "-", "-coalesce=false" })]
    [InlineData(new[] { "", "-coalesce=false" }, new[] { "", "-coalesce=false" })]
    [InlineData(new[] { "--", "-coalesce=false" }, new[] { "-coalesce=false" })]
    [InlineData(new[] { "--", "--", "x" }, new[] { "--", "x" })]
    [InlineData(new[] { "--" }, new string[0])]
    public void Flags_end_at_the_first_plain_argument_or_behind_two_dashes(string[] given, string[] left)
    {
        Assert.Null(_flags.Parse(given));

        Assert.Equal(left, _flags.Arguments.ToArray());
        Assert.True(_coalesce.Value);
    }

    [Theory]
    [InlineData("flag provided but not defined: -x", "flag provided but not defined: -x\n")]
    [InlineData("", "")]
    public void A_refusal_goes_to_one_stream_and_the_help_to_the_other(string error, string onError)
    {
        StringWriter output = new();
        StringWriter errors = new();
        CliContext context = new() { Output = output, Error = errors, Environment = _ => null };

        Assert.Equal(1, FlagSet.Refuse(error, "Usage: serf x", context));

        Assert.Equal(onError, errors.ToString());
        Assert.Equal("Usage: serf x\n", output.ToString());
    }
}
