using System;
using System.IO;
using Serf.Agent;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Cli;

/// <summary>
/// A key or token that is not on the command line, where the process list would show it. White space around
/// it is dropped: editors and <c>echo</c> leave a line feed.
/// </summary>
internal static class SecretText
{
    private const string StandardInput = "-";
    private const char FileMark = '@';

    /// <summary>
    /// <c>-</c> is what standard input holds, <c>@PATH</c> what a file does, anything else is itself. Base64
    /// has neither character, so no key means two things.
    /// </summary>
    /// <exception cref="SerfException">Why it cannot be read.</exception>
    public static string Resolve(string value, Stream input) => value switch
    {
        StandardInput => ReadInput(input),
        [FileMark, .. string path] => ReadFile(path),
        _ => value,
    };

    /// <exception cref="SerfException"><c>open PATH: no such file or directory</c></exception>
    public static string ReadFile(string path)
    {
        int descriptor = Libc.OpenFile(path, 0);
        if (descriptor < 0)
        {
            throw new SerfException($"open {path}: {ConfigFile.Reason(-descriptor)}");
        }

        try
        {
            using DescriptorStream file = new(descriptor);
            return Read(file, path);
        }
        finally
        {
            _ = Libc.CloseDescriptor(descriptor);
        }
    }

    private static string ReadInput(Stream input) => Read(input, "standard input");

    // Read to its end, since a pipe has no length.
    private static string Read(Stream source, string name)
    {
        byte[] bytes = new byte[Limits.CommandSecretSizeMax + 1];
        int size;
        try
        {
            size = source.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        }
        catch (IOException refusal)
        {
            string reason = char.ToLowerInvariant(refusal.Message[0]) + refusal.Message[1..];
            throw new SerfException($"read {name}: {reason}");
        }

        if (size > Limits.CommandSecretSizeMax)
        {
            throw new SerfException($"{name}: larger than {Limits.CommandSecretSizeMax} bytes");
        }

        string text = ByteText.FromBytes(bytes.AsSpan(0, size)).Trim();
        return text.Length > 0 ? text : throw new SerfException(name + ": empty");
    }
}
