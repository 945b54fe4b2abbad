using System;
using System.Diagnostics.CodeAnalysis;
using Serf.Primitives;

namespace Serf.Cli;

/// <summary>
/// The flags of every command that talks to an agent, and the connection they lead to (spec cli 3).
/// </summary>
internal sealed class RpcFlags
{
    /// <summary>Lines of help for all, and the environment behind them.</summary>
    public const string Help = """
          -rpc-addr=ADDRESS         Where the agent listens: HOST:PORT, or
                                    unix:///path/to/socket. Default: 127.0.0.1:7373.
          -rpc-auth=TOKEN           Token to show to the agent. The process list shows
                                    it too: a file or the environment is better.
                                    Default: none.
          -rpc-auth-file=PATH       File that holds the token. Default: none.

        Environment:

          SERF_RPC_ADDR             The address, where -rpc-addr is not given.
          SERF_RPC_AUTH             The token, where no flag gives one.
          SERF_RPC_AUTH_FILE        File with the token, where nothing else gives one.
        """;

    private const string AddressDefault = "127.0.0.1:7373";

    private readonly Flag<string> _address;
    private readonly Flag<string> _token;
    private readonly Flag<string> _tokenFile;

    public RpcFlags(FlagSet flags)
    {
        _address = flags.AddText("rpc-addr", AddressDefault);
        _token = flags.AddText("rpc-auth");
        _tokenFile = flags.AddText("rpc-auth-file");
    }

    /// <summary>Prints why not, where it fails.</summary>
    public bool TryConnect(CliContext context, [NotNullWhen(true)] out RpcClient? client)
    {
        client = null;
        try
        {
            client = RpcClient.Connect(Address(context), Token(context));
            return true;
        }
        catch (RpcClientException refusal)
        {
            context.Output.Write("Error connecting to Serf agent: " + refusal.Message + "\n");
            return false;
        }
        catch (SerfException refusal)
        {
            context.Output.Write("Error reading RPC token: " + refusal.Message + "\n");
            return false;
        }
    }

    /// <summary>Connects, asks, closes; prints what went wrong on the way.</summary>
    /// <param name="failure">Stands before the agent's words: <c>"Error leaving: "</c>.</param>
    /// <param name="explain">Given those words after they were printed.</param>
    public bool TryAsk(
        CliContext context, string failure, Action<RpcClient> ask, Action<string>? explain = null)
    {
        if (!TryConnect(context, out RpcClient? client))
        {
            return false;
        }

        using (client)
        {
            try
            {
                ask(client);
                return true;
            }
            catch (RpcClientException refusal)
            {
                context.Output.Write(failure + refusal.Message + "\n");
                explain?.Invoke(refusal.Message);
                return false;
            }
        }
    }

    /// <summary>
    /// Connects and follows something that SIGINT ends, by ending the connection under it.
    /// </summary>
    /// <param name="follow">Gives the exit status.</param>
    /// <param name="interrupt">In place of ending the connection.</param>
    public int Follow(CliContext context, Func<RpcClient, int> follow, Action? interrupt = null)
    {
        if (!TryConnect(context, out RpcClient? client))
        {
            return 1;
        }

        using (client)
        {
            using Interrupt signal = new(interrupt ?? client.Interrupt);
            return follow(client);
        }
    }

    private string Address(CliContext context)
    {
        string? other = _address.IsSet ? null : context.Environment("SERF_RPC_ADDR");
        return string.IsNullOrEmpty(other) ? _address.Value : other;
    }

    // A flag wins over the environment, and the token itself over a file that holds one.
    private string Token(CliContext context)
    {
        if (_token.IsSet)
        {
            return _token.Value;
        }

        string token = _tokenFile.IsSet ? "" : context.Environment("SERF_RPC_AUTH") ?? "";
        string path = _tokenFile.IsSet ? _tokenFile.Value : context.Environment("SERF_RPC_AUTH_FILE") ?? "";
        return token.Length > 0 || path.Length == 0 ? token : SecretText.ReadFile(path);
    }
}
