using System;
using System.Text;
using Serf.Wire;

namespace Serf.Agent;

/// <summary>Where an agent keeps its keys (spec agent 9); rewritten whole after each change.</summary>
internal sealed class KeyringFile(string path)
{
    /// <returns>Null, or <c>Failed to write keyring file: REASON</c>.</returns>
    public string? Save(Keyring keyring) =>
        AtomicFile.Write(path, Encoding.ASCII.GetBytes(Text(keyring))) is { } reason
            ? "Failed to write keyring file: " + reason
            : null;

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
}
