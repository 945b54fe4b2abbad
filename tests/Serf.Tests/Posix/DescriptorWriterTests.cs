using System.IO;
using Serf.Posix;
using Xunit;

namespace Serf.Tests.Posix;

public sealed class DescriptorWriterTests
{
    [Fact]
    public void A_write_that_fails_loses_its_text_and_only_flushing_tells()
    {
        using FileStream full = new("/dev/full", FileMode.Open, FileAccess.Write);
        using DescriptorWriter writer = new((int)full.SafeFileHandle.DangerousGetHandle());
        writer.Flush();

        writer.Write("lost");

        Assert.Throws<IOException>(writer.Flush);
    }
}
