using System;
using BenchmarkDotNet.Attributes;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Bench.Wire;

/// <summary>LZW on text, and on noise that the encoder has to give up on.</summary>
public class LzwBench
{
    private readonly LzwEncoder _encoder = new();
    private readonly LzwDecoder _decoder = new();
    private readonly ByteBuffer _expanded = new();
    private byte[] _text = [];
    private byte[] _noise = [];
    private byte[] _packed = [];
    private byte[] _output = [];

    [Params(200, 1400, 65536)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _text = Samples.Text(Size);
        _noise = Samples.Noise(Size);
        _output = new byte[LzwEncoder.SizeMax(Size)];
        _encoder.TryEncode(_text, _output, out int size);
        _packed = _output.AsSpan(0, size).ToArray();
    }

    [Benchmark]
    public int Encode()
    {
        _encoder.TryEncode(_text, _output, out int size);
        return size;
    }

    [Benchmark]
    public bool EncodeNoiseWithNoRoomToGrow() => _encoder.TryEncode(_noise, _output.AsSpan(0, Size - 14), out _);

    [Benchmark]
    public ReadStatus Decode()
    {
        _expanded.Clear();
        return _decoder.Decode(_packed, Size, _expanded, out _);
    }
}
