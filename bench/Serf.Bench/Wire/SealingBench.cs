using BenchmarkDotNet.Attributes;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Bench.Wire;

/// <summary>AES-256-GCM around a packet; opening also with a key that is not the first of the ring.</summary>
public class SealingBench
{
    private readonly Encryption _one = Keys(count: 1);
    private readonly Encryption _three = Keys(count: 3);
    private readonly Encryption _strange = Keys(count: 1, first: 9);
    private readonly ByteBuffer _sealed = new();
    private readonly ByteBuffer _opened = new();
    private byte[] _plain = [];
    private byte[] _block = [];
    private byte[] _blockOfThird = [];

    [Params(200, 1400)]
    public int Size { get; set; }

    /// <summary>A ring of AES-256 keys.</summary>
    internal static Encryption Keys(int count, byte first = 1)
    {
        Keyring ring = new();
        for (int index = 0; index < count; index++)
        {
            byte[] key = new byte[32];
            key[0] = (byte)(first + index);
            ring.Add(key);
        }

        return new Encryption(ring, new CountingEntropy(), 1);
    }

    [GlobalSetup]
    public void Prepare()
    {
        _plain = Samples.Text(Size);
        _block = Block(_one);
        _blockOfThird = Block(Keys(count: 1, first: 3));
    }

    [Benchmark]
    public int Seal() => Block(_one, _sealed);

    [Benchmark]
    public SealFault Open() => _one.TryOpen(_block, default, _opened);

    /// <summary>The key that last fitted this sender is tried first.</summary>
    [Benchmark]
    public SealFault OpenWithThirdKeyRemembered() => _three.TryOpen(_blockOfThird, default, _opened);

    [Benchmark]
    public SealFault RefuseForged() => _strange.TryOpen(_block, default, _opened);

    private int Block(Encryption encryption, ByteBuffer buffer)
    {
        buffer.Clear();
        buffer.GetSpan(Sealing.HeaderSize);
        buffer.Advance(Sealing.HeaderSize);
        buffer.Write(_plain);
        return encryption.Seal(buffer, Sealing.HeaderSize, default);
    }

    private byte[] Block(Encryption encryption)
    {
        Block(encryption, _sealed);
        return _sealed.Written.ToArray();
    }
}
