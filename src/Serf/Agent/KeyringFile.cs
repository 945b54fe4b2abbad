using System;
using System.IO;
using System.Text;
using Serf.Wire;

namespace Serf.Agent;

/// <summary>Where an agent keeps its keys (spec agent 9); rewritten whole after each change.</summary>
internal sealed class KeyringFile(string path)
{
    private const UnixFileMode ModeOfNew = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int ErrorBusy = 16;

    /// <returns>Null, or <c>Failed to write keyring file: REASON</c>.</returns>
    public string? Save(Keyring keyring)
    {
        try
        {
            // A link stays one: what it leads to is replaced.
            string target = File.Exists(path)
                ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path
                : path;
            Replace(target, Encoding.ASCII.GetBytes(Text(keyring)));
            return null;
        }
        catch (Exception exception) when (ConfigFile.IsRefusal(exception))
        {
            return $"Failed to write keyring file: open {path}: {ConfigFile.Reason(exception)}";
        }
    }

    /// <summary>One key a line, the primary one first, no line feed at the end.</summary>
    internal static string Text(Keyring keyring)
    {
        StringBuilder text = new("[");
        for (int index = 0; index < keyring.Count; index++)
        {
            text.Append(index == 0 ? "\n  \"" : ",\n  \"");
            text.Append(Convert.ToBase64String(keyring.KeyAt(index))).Append('"');
        }

        return text.Append(keyring.IsEmpty ? "]" : "\n]").ToString();
    }

    // Written beside the file and moved over it: whoever reads finds the old keys or the new ones.
    private static void Replace(string target, byte[] text)
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
                file.Write(text);
                file.Flush(flushToDisk: true);
            }

            File.SetUnixFileMode(fresh, mode);
            File.Move(fresh, target, overwrite: true);
        }
        catch (UnauthorizedAccessException) when (exists)
        {
            // The folder takes no second file; the file itself may still be written, as the original does.
            File.WriteAllBytes(target, text);
        }
        catch (IOException busy) when (exists && busy.HResult == ErrorBusy)
        {
            // Mounted by itself, as containers do.
            File.WriteAllBytes(target, text);
            File.Delete(fresh);
        }
    }
}
