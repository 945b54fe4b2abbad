using System;
using System.IO;
using System.Runtime.InteropServices;

namespace Serf.Posix;

/// <summary>
/// Standard input, output or error as a stream of plain reads or writes. The runtime's own console would
/// set up the terminal and every signal with it, and take an inherited "ignored" for final.
/// </summary>
internal sealed class DescriptorStream(int descriptor) : Stream
{
    public const int StandardInput = 0;
    public const int StandardOutput = 1;
    public const int StandardError = 2;

    private const int Interrupted = 4;

    public override bool CanRead => descriptor == StandardInput;

    public override bool CanSeek => false;

    public override bool CanWrite => descriptor != StandardInput;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <returns>0 at the end.</returns>
    /// <exception cref="IOException">The descriptor is closed, or a folder.</exception>
    public override unsafe int Read(Span<byte> buffer)
    {
        while (true)
        {
            nint size;
            fixed (byte* bytes = buffer)
            {
                size = Libc.ReadDescriptor(descriptor, bytes, buffer.Length);
            }

            if (size >= 0)
            {
                return (int)size;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(error));
            }
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <exception cref="IOException">
    /// The descriptor is closed, its reader is gone, or its disk is full.
    /// </exception>
    public override unsafe void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written;
            fixed (byte* bytes = buffer)
            {
                written = Libc.WriteDescriptor(descriptor, bytes, buffer.Length);
            }

            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(error));
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
