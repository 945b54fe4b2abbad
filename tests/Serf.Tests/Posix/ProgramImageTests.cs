using Serf.Posix;
using Xunit;

namespace Serf.Tests.Posix;

public sealed class ProgramImageTests
{
    private static readonly string[] _lines =
    [
        "00400000-00500000 r--p 00000000 08:01 77    /usr/bin/serf",
        "Size:               1024 kB",
        "Private_Dirty:         0 kB",
        "Anonymous:             0 kB",
        "Swap:                  0 kB",
        "VmFlags: rd mr mw me",
        "00500000-00900000 r-xp 00100000 08:01 77    /usr/bin/serf",
        "Anonymous:             0 kB",
        "Swap:                  0 kB",
        "00900000-00910000 r--p 00500000 08:01 77    /usr/bin/serf",
        "Private_Dirty:        64 kB",
        "Anonymous:            64 kB",
        "Swap:                  0 kB",
        "00908000-00910000 r--p 00508000 08:01 77    /usr/bin/serf",
        "Anonymous:             0 kB",
        "Swap:                 64 kB",
        "00910000-00920000 rw-p 00510000 08:01 77    /usr/bin/serf",
        "Anonymous:             0 kB",
        "Swap:                  0 kB",
        "7f0000000000-7f0000001000 r--p 00000000 00:00 0 ",
        "Anonymous:             0 kB",
        "Swap:                  0 kB",
        "7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0     [vdso]",
        "Anonymous:             0 kB",
        "Swap:                  0 kB",
    ];

    [Fact]
    public void Only_pages_of_files_that_nobody_can_have_changed_are_let_go()
    {
        Assert.Equal(
            [((nint)0x400000, (nint)0x100000), ((nint)0x500000, (nint)0x400000)], ProgramImage.CleanMappings(_lines));
    }

    [Fact]
    public void Lines_of_no_mapping_are_passed_over()
    {
        Assert.Empty(ProgramImage.CleanMappings(["", "-", "xyz-1 r--p /a", "Anonymous: 0 kB", "10-20"]));
    }
}
