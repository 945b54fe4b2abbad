using Serf.Primitives;
using Serf.Rpc;
using Xunit;

namespace Serf.Core.Tests.Rpc;

public sealed class TokenGuardTests
{
    private readonly TokenGuard _guard = new();

    [Fact]
    public void A_few_wrong_tokens_cost_nothing_and_the_next_ones_wait()
    {
        for (int index = 1; index < Limits.RpcTokenMissCountMax; index++)
        {
            Assert.False(_guard.Missed(At(0)));
            Assert.Equal(At(0), _guard.Admission(At(0)));
        }

        Assert.True(_guard.Missed(At(0)));
        Assert.Equal(At(1), _guard.Admission(At(0)));
        Assert.False(_guard.Missed(At(0)));
    }

    [Fact]
    public void Somebody_who_errs_once_in_a_while_never_waits()
    {
        for (int second = 0; second < 10_000; second += 2)
        {
            Assert.Equal(At(second), _guard.Admission(At(second)));
            Assert.False(_guard.Missed(At(second)));
        }
    }

    [Fact]
    public void Soon_after_the_last_guess_nobody_waits()
    {
        for (int index = 0; index < 100_000; index++)
        {
            _guard.Missed(At(0));
        }

        Assert.Equal(At(1.5), _guard.Admission(At(0.5)));
        Assert.Equal(At(1), _guard.Admission(At(1)));
        Assert.True(_guard.Missed(At(1)));
        for (int index = 1; index <= Limits.RpcTokenMissCountMax; index++)
        {
            Assert.Equal(At(1_000_000), _guard.Admission(At(1_000_000)));
            Assert.Equal(index == Limits.RpcTokenMissCountMax, _guard.Missed(At(1_000_000)));
        }
    }

    private static Instant At(double seconds) => new((long)(seconds * 1e9));
}
