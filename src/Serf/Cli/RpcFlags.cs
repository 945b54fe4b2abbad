using System.Diagnostics.CodeAnalysis;

namespace Serf.Cli;

/// <summary>
/// The two flags of every command that talks to an agent, and the connection they lead to (spec cli 3).
/// </summary>
internal sealed class RpcFlags
{
    /// <summary>Lines of help for both.</summary>
    public const string Help = """
          -rpc-addr=127.0.0.1:7373  Address of the agent's RPC listener, or its file, as in
                                    unix:///run/serf.sock. Default: the environment variable
                                    SERF_RPC_ADDR, else 127.0.0.1:7373.
          -rpc-auth=TOKEN           Token to show to the agent. Default: the environment variable
                                    SERF_RPC_AUTH, else none.
        """;

    private const string AddressDefault = "127.0.0.1:7373";

    private readonly Flag<string> _address;
    private readonly Flag<string> _token;

    public RpcFlags(FlagSet flags, CliContext context)
    {
        string? address = context.Environment("SERF_RPC_ADDR");
        _address = flags.AddText("rpc-addr", string.IsNullOrEmpty(address) ? AddressDefault : address);
        _token = flags.AddText("rpc-auth", context.Environment("SERF_RPC_AUTH") ?? "");
    }

    /// <summary>Prints why not, where it fails.</summary>
    public bool TryConnect(CliContext context, [NotNullWhen(true)] out RpcClient? client)
    {
        try
        {
            client = RpcClient.Connect(_address.Value, _token.Value);
            return true;
        }
        catch (RpcClientException refusal)
        {
            context.Output.Write("Error connecting to Serf agent: " + refusal.Message + "\n");
            client = null;
            return false;
        }
    }
}
