using BenchmarkDotNet.Attributes;
using Serf.Wire;

namespace Serf.Bench.Wire;

/// <summary>The checksum, with the processor's help and without.</summary>
public class Crc32Bench
{
    private byte[] _bytes = [];

    [Params(60, 200, 1400, 65536)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Prepare() => _bytes = Samples.Noise(Size);

    [Benchmark]
    public uint Compute() => Crc32.Compute(_bytes);

    [Benchmark]
    public uint ComputeSliced() => Crc32.ComputeSliced(_bytes);
}
