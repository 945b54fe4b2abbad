using System;
using Serf.Posix;

namespace Serf.Cli.Commands;

/// <summary><c>serf keygen</c> (spec cli 6.6).</summary>
internal sealed class KeygenCommand : ICommand
{
    // AES-256.
    private const int KeySize = 32;

    public string Name => "keygen";

    public string Synopsis => "Print a new encryption key";

    public string Help => """
        Usage: serf keygen

          Prints a new random key of 32 bytes in base64, as it can be given to "serf
          agent -encrypt", to "serf keys -install", to encrypt_key in a configuration
          file, or be put into a keyring file. No agent is asked.

        Options:

          -help                     Show this text; nothing else has an effect.
                                    Default: false.

        Examples:

          Keep a key where only its owner can read it:

          $ (umask 077; serf keygen > gossip.key)

          Give a running cluster a new key, which no process list shows:

          $ serf keygen | tee new.key | serf keys -install -
        """;

    public FlagSet Flags { get; } = new();

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        byte[] key = new byte[KeySize];
        try
        {
            Libc.FillRandom(key);
        }
        catch (InvalidOperationException refusal)
        {
            context.Output.Write("Error reading random data: " + refusal.Message + "\n");
            return 1;
        }

        context.Output.Write(Convert.ToBase64String(key) + "\n");
        return 0;
    }
}
