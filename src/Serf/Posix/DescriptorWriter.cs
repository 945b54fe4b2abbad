using System;
using System.IO;
using System.Text;
using Serf.Primitives;

namespace Serf.Posix;

/// <summary>
/// Text to standard output or error, each write at once, bytes that are not UTF-8 as they came. A full disk
/// or a closed terminal loses the text and nothing else, as in the original; <see cref="Flush"/> tells.
/// </summary>
internal sealed class DescriptorWriter(int descriptor) : TextWriter
{
    private readonly DescriptorStream _stream = new(descriptor);
    private string? _failure;

    public override Encoding Encoding => Encoding.UTF8;

    /// <exception cref="IOException">Something before could not be written.</exception>
    public override void Flush()
    {
        if (_failure is not null)
        {
            throw new IOException(_failure);
        }
    }

    public override void Write(string? value)
    {
        try
        {
            _stream.Write(ByteText.ToBytes(value ?? ""));
        }
        catch (IOException exception)
        {
            _failure ??= exception.Message;
        }
    }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) =>
        Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));
}
