using Serf.Posix;
using Xunit;

namespace Serf.Tests.Posix;

public sealed class ExitStatusTests
{
    [Theory]
    [InlineData(0, "exit status 0")]
    [InlineData(0x0300, "exit status 3")]
    [InlineData(0x7f00, "exit status 127")]
    [InlineData(0xff00, "exit status 255")]
    [InlineData(1, "signal: hangup")]
    [InlineData(9, "signal: killed")]
    [InlineData(13, "signal: broken pipe")]
    [InlineData(15, "signal: terminated")]
    [InlineData(16, "signal: stack fault")]
    [InlineData(24, "signal: CPU time limit exceeded")]
    [InlineData(64, "signal: signal 64")]
    [InlineData(0x80 | 11, "signal: segmentation fault (core dumped)")]
    public void A_status_is_told_in_the_originals_words(int raw, string expected)
    {
        Assert.Equal(expected, new ExitStatus(raw).ToString());
        Assert.Equal(raw == 0, new ExitStatus(raw).IsSuccess);
    }
}
