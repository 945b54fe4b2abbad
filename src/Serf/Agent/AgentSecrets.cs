using System;
using System.Collections.Generic;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>
/// The gossip key and the RPC token from where neither the process list nor a configuration file shows them:
/// a file of their own, or the environment. A setting comes first, the environment last. The variables are
/// the agent's alone: those of the commands have other names, and no handler gets these.
/// </summary>
internal static class AgentSecrets
{
    /// <summary>The gossip key in base64.</summary>
    public const string KeyVariable = "SERF_ENCRYPT_KEY";

    /// <summary>The token that RPC clients have to know.</summary>
    public const string RpcAuthVariable = "SERF_AGENT_RPC_AUTH";

    private const uint ReadableByAll = 4;

    /// <summary>Puts what is found in the place of what was not set.</summary>
    /// <exception cref="SerfException">A file that cannot be used, or one too much.</exception>
    public static void Fill(AgentConfig config, AgentMachine machine, List<string> warnings)
    {
        config.EncryptKey = Choose(
            "encryption key", config.EncryptKey, config.EncryptKeyFile, warnings)

            // A keyring is a set of keys already.
            ?? (config.KeyringFile.Length == 0 ? machine.Variable(KeyVariable) : null)
            ?? "";
        config.RpcAuth = Choose("RPC token", config.RpcAuth, config.RpcAuthFile, warnings)
            ?? machine.Variable(RpcAuthVariable)
            ?? "";
    }

    private static string? Choose(string kind, string given, string path, List<string> warnings)
    {
        if (path.Length == 0)
        {
            return given.Length == 0 ? null : given;
        }

        return given.Length == 0
            ? Read(kind, path, warnings)
            : throw new SerfException(AgentMessages.SecretGivenTwice(kind));
    }

    private static string Read(string kind, string path, List<string> warnings)
    {
        byte[] content;
        try
        {
            content = ConfigFile.ReadBounded(path, Limits.SecretFileSizeMax);
        }
        catch (Exception exception) when (ConfigFile.IsRefusal(exception))
        {
            throw new SerfException(
                AgentMessages.SecretUnreadable(kind, $"open {path}: {ConfigFile.Reason(exception)}"));
        }

        if (Libc.TryGetFacts(path, out FileFacts facts) && facts.IsRegular
            && (facts.Permissions & ReadableByAll) != 0)
        {
            warnings.Add(AgentMessages.SecretExposed(kind, path));
        }

        ReadOnlySpan<byte> text = content.AsSpan().TrimEnd("\r\n"u8);
        return text.IsEmpty
            ? throw new SerfException(AgentMessages.SecretUnreadable(kind, path + ": empty"))
            : ByteText.FromBytes(text);
    }
}
