using Serf.Agent;

namespace Serf.Cli.Commands;

/// <summary>The flags of <c>serf agent</c> about who is let in and where secrets come from.</summary>
internal sealed class AgentSecurityFlags(FlagSet flags)
{
    private readonly Flag<string> _encryptFile = flags.AddText("encrypt-file");
    private readonly Flag<bool> _verifyIncoming = flags.AddBool("encrypt-verify-incoming");
    private readonly Flag<bool> _verifyOutgoing = flags.AddBool("encrypt-verify-outgoing");
    private readonly Flag<string> _label = flags.AddText("label");
    private readonly Flag<bool> _skipInboundLabelCheck = flags.AddBool("skip-inbound-label-check");
    private readonly Flag<string> _rpcAuthFile = flags.AddText("rpc-auth-file");

    /// <summary>Once they are parsed. False is a value where the default is true.</summary>
    public void Fill(AgentConfig config)
    {
        config.EncryptKeyFile = _encryptFile.Value;
        config.EncryptVerifyIncoming = _verifyIncoming.IsSet ? _verifyIncoming.Value : null;
        config.EncryptVerifyOutgoing = _verifyOutgoing.IsSet ? _verifyOutgoing.Value : null;
        config.Label = _label.Value;
        config.SkipInboundLabelCheck = _skipInboundLabelCheck.Value;
        config.RpcAuthFile = _rpcAuthFile.Value;
    }
}
