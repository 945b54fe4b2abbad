using System;
using System.IO;

namespace Serf.Agent;

/// <summary>Small files that are replaced whole: keys, tags.</summary>
internal static class AtomicFile
{
    private const UnixFileMode ModeOfNew = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int ErrorBusy = 16;

    /// <summary>
    /// Whoever reads finds the old content or the new one, after a crash too. A new file is the owner's
    /// alone, an old one keeps its mode, and a link stays one: what it leads to is replaced.
    /// </summary>
    /// <returns>Null, or <c>open PATH: REASON</c>.</returns>
    public static string? Write(string path, byte[] content)
    {
        try
        {
            Replace(
                File.Exists(path)
                    ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path
                    : path,
                content);
            return null;
        }
        catch (Exception exception) when (ConfigFile.IsRefusal(exception))
        {
            return $"open {path}: {ConfigFile.Reason(exception)}";
        }
    }

    // Written beside the file and moved over it.
    private static void Replace(string target, byte[] content)
    {
        bool exists = File.Exists(target);
        UnixFileMode mode = exists ? File.GetUnixFileMode(target) : ModeOfNew;
        string fresh = target + ".new";
        try
        {
            File.Delete(fresh);
            using (FileStream file = new(fresh, new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = ModeOfNew,
            }))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.SetUnixFileMode(fresh, mode);
            File.Move(fresh, target, overwrite: true);
        }
        catch (UnauthorizedAccessException) when (exists)
        {
            // The folder takes no second file; the file itself may still be written, as the original does.
            File.WriteAllBytes(target, content);
        }
        catch (IOException busy) when (exists && busy.HResult == ErrorBusy)
        {
            // Mounted by itself, as containers do.
            File.WriteAllBytes(target, content);
            File.Delete(fresh);
        }
    }
}
