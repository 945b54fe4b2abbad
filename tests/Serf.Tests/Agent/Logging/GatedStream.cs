using System;
using System.IO;
using System.Text;
using System.Threading;

namespace Serf.Tests.Agent.Logging;

/// <summary>An output that takes nothing while it is shut, like a terminal that was stopped.</summary>
internal sealed class GatedStream(bool open) : Stream
{
    private readonly ManualResetEventSlim _open = new(open);
    private readonly MemoryStream _written = new();

    /// <summary>Set once somebody has tried to write.</summary>
    public ManualResetEventSlim Tried { get; } = new();

    public bool IsBroken { get; init; }

    public int WriteCount { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Open() => _open.Set();

    public string Text()
    {
        lock (_written)
        {
            return Encoding.UTF8.GetString(_written.ToArray());
        }
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        Tried.Set();
        WriteCount++;
        if (IsBroken)
        {
            throw new IOException("Broken pipe");
        }

        _open.Wait();
        lock (_written)
        {
            _written.Write(buffer, offset, count);
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
