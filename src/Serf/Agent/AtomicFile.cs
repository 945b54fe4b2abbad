using System;
using Serf.Posix;

namespace Serf.Agent;

/// <summary>Small files that are replaced whole: keys, tags.</summary>
internal static class AtomicFile
{
    private const uint ModeOfNew = 0x180; // rw-------

    /// <summary>
    /// Whoever reads finds the old content or the new one, after a crash too. A new file is the owner's
    /// alone, an old one keeps its mode and its owner, and a link stays one: what it leads to is replaced.
    /// What is no file, such as a device, is written to.
    /// </summary>
    /// <returns>Null, or <c>open PATH: REASON</c>.</returns>
    public static string? Write(string path, ReadOnlySpan<byte> content)
    {
        int error = Replace(Libc.TargetOf(path), content);
        return error == 0 ? null : $"open {path}: {ConfigFile.Reason(error)}";
    }

    // Written beside the file and moved over it.
    private static int Replace(string target, ReadOnlySpan<byte> content)
    {
        bool exists = Libc.TryGetFacts(target, out FileFacts old);
        if (exists && !old.IsRegular)
        {
            return Overwrite(target, content);
        }

        string fresh = target + ".new";
        Libc.RemoveFile(fresh);
        int descriptor = Libc.OpenFile(
            fresh, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenExclusive, ModeOfNew);
        if (descriptor < 0)
        {
            // The folder takes no second file; the file itself may still be written, as the original does.
            return exists && IsForbidden(-descriptor) ? Overwrite(target, content) : -descriptor;
        }

        if (exists)
        {
            Libc.TakeOver(descriptor, old);
        }

        int error = Libc.WriteAll(descriptor, content, out _);
        error = error != 0 ? error : Libc.SyncFile(descriptor);
        _ = Libc.CloseDescriptor(descriptor);
        error = error != 0 ? error : Libc.MoveFile(fresh, target);
        if (error != 0)
        {
            Libc.RemoveFile(fresh);
        }

        // Mounted by itself, as containers do.
        return exists && error == Libc.ErrorBusy ? Overwrite(target, content) : error;
    }

    private static bool IsForbidden(int error) =>
        error is Libc.ErrorAccess or Libc.ErrorNotPermitted or Libc.ErrorReadOnly or Libc.ErrorExists;

    // A pipe that nobody reads is refused, and not waited for.
    private static int Overwrite(string target, ReadOnlySpan<byte> content)
    {
        int descriptor = Libc.OpenFile(target, Libc.OpenWriteOnly | Libc.OpenNonBlocking);
        if (descriptor < 0)
        {
            return -descriptor;
        }

        bool isRegular = Libc.TryGetFacts(descriptor, out FileFacts facts) && facts.IsRegular;
        int error = Libc.WriteAll(descriptor, content, out _);
        error = error != 0 || !isRegular ? error : Libc.CutFile(descriptor, content.Length);
        error = error != 0 || !isRegular ? error : Libc.SyncFile(descriptor);
        _ = Libc.CloseDescriptor(descriptor);
        return error;
    }
}
