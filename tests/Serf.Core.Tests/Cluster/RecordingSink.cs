using System.Collections.Generic;
using System.Linq;
using Serf.Cluster;
using Serf.Primitives;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>What came back of one query, in the order it came.</summary>
internal sealed class RecordingSink : IQuerySink
{
    public List<string> Lines { get; } = [];

    public bool IsEnded { get; private set; }

    public IEnumerable<string> Acks => Lines.Where(line => line.StartsWith("ack ")).Select(line => line[4..]).Order();

    public IEnumerable<string> Answers => Lines.Where(line => line.Contains('=')).Order();

    public void Acked(ByteString name)
    {
        Assert.False(IsEnded);
        Lines.Add("ack " + name);
    }

    public void Answered(ByteString name, byte[]? payload)
    {
        Assert.False(IsEnded);
        Lines.Add(name + "=" + (payload is null ? "nil" : ByteText.FromBytes(payload)));
    }

    public void Ended()
    {
        Assert.False(IsEnded);
        IsEnded = true;
    }
}
