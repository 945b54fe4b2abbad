using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Cli.Commands;

/// <summary><c>serf keys</c> (spec cli 6.7). Keys and nodes come in order.</summary>
internal sealed class KeysCommand : ICommand
{
    public string Name => "keys";

    public string Synopsis => "Manage the encryption keys of the whole cluster";

    public string Help => """
        Usage: serf keys [options]

          Changes or lists the gossip encryption keys on every member of the cluster at once.
          Each member has one primary key, with which it encrypts, and any number of secondary
          keys, with which it can only decrypt. Every action may be repeated without harm.

          To change the key of a running cluster, install the new key, use it, then remove the
          old one, each step only after the one before succeeded on all members. Several keys
          are meant for that time only: a cluster should not run with more than one. Members
          without a keyring file lose all changes when they restart.

          The exit status is 0 only if every live member has answered and none has failed.

        Options:

          -install=KEY              Add a key, in base64, to decrypt with. Default: none.
          -list                     List the keys, each with the number of members that have it
                                    and the number of live members. Default: false.
          -remove=KEY               Remove a key that is not the primary one. Default: none.
          -use=KEY                  Make an installed key the primary one. Default: none.

        """ + RpcFlags.Help + """


        Examples:

          $ serf keys -install "$(cat new.key)"
          $ serf keys -list
        """;

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        FlagSet flags = new();
        Flag<string> install = flags.AddText("install");
        Flag<string> use = flags.AddText("use");
        Flag<string> remove = flags.AddText("remove");
        Flag<bool> list = flags.AddBool("list");
        RpcFlags rpc = new(flags, context);
        if (flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        int actionCount = Count(install) + Count(use) + Count(remove) + (list.Value ? 1 : 0);
        if (actionCount != 1)
        {
            context.Output.Write(
                (actionCount == 0 ? Help : "Only one of -install, -use, -remove, or -list allowed") + "\n");
            return 1;
        }

        if (!rpc.TryConnect(context, out RpcClient? client))
        {
            return 1;
        }

        using (client)
        {
            KeyOperation operation = list.Value ? KeyOperation.List
                : Count(install) > 0 ? KeyOperation.Install
                : Count(use) > 0 ? KeyOperation.Use
                : KeyOperation.Remove;
            return Execute(client, operation, install.Value + use.Value + remove.Value, context);
        }
    }

    private static int Count(Flag<string> action) => action.Value.Length > 0 ? 1 : 0;

    private static int Execute(RpcClient client, KeyOperation operation, string key, CliContext context)
    {
        (string begin, string success, string failure) = Texts(operation);
        context.Output.Write("==> " + begin + "...\n");
        context.Output.Flush();
        KeyReport report = new();
        string? error;
        try
        {
            error = client.ChangeKeys(operation, key, out report);
        }
        catch (RpcClientException refusal)
        {
            error = refusal.Message;
        }

        if (error is not null)
        {
            List<string> lines = [];
            foreach ((ByteString node, ByteString message) in report.Messages)
            {
                lines.Add("failed:|" + node + "|" + message);
            }

            context.Output.Write(lines.Count == 0 ? "" : Output.Columns(lines) + "\n");
            context.Output.Write("\n" + failure + ": " + error + "\n");
            return 1;
        }

        context.Output.Write("==> " + success + "\n");
        if (operation == KeyOperation.List)
        {
            List<string> lines = [];
            foreach ((string listed, KeyCount count) in report.Keys)
            {
                lines.Add(string.Create(
                    CultureInfo.InvariantCulture, $"{listed}|[{count.Nodes}/{report.NodeCount}]"));
            }

            context.Output.Write("\n" + Output.Columns(lines) + "\n");
        }

        return 0;
    }

    private static (string Begin, string Success, string Failure) Texts(KeyOperation operation) =>
        operation switch
        {
            KeyOperation.Install => (
                "Installing key on all members", "Successfully installed key!", "Error installing key"),
            KeyOperation.Use => (
                "Changing primary key on all members", "Successfully changed primary key!",
                "Error changing primary key"),
            KeyOperation.Remove => (
                "Removing key on all members", "Successfully removed key!", "Error removing key"),
            _ => (
                "Asking all members for installed keys", "Keys gathered, listing cluster keys...",
                "Failed to gather member keys"),
        };
}
