using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Agent;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Cli.Commands;

/// <summary><c>serf keys</c> (spec cli 6.7). Keys and nodes come in order.</summary>
internal sealed class KeysCommand : ICommand
{
    private readonly Flag<string> _install;
    private readonly Flag<string> _use;
    private readonly Flag<string> _remove;
    private readonly Flag<bool> _list;
    private readonly Flag<string> _format;
    private readonly RpcFlags _rpc;

    public KeysCommand()
    {
        _install = Flags.AddText("install");
        _use = Flags.AddText("use");
        _remove = Flags.AddText("remove");
        _list = Flags.AddBool("list");
        _format = Flags.AddText("format", "text");
        _rpc = new(Flags);
    }

    public string Name => "keys";

    public string Synopsis => "Manage the encryption keys of the whole cluster";

    public string Help => """
        Usage: serf keys [options]

          Changes or lists the gossip encryption keys on every member of the cluster
          at once. Each member has one primary key, with which it encrypts, and any
          number of secondary keys, with which it can only decrypt. Every action may
          be repeated without harm.

          To change the key of a running cluster, install the new key, use it, then
          remove the old one, each step only after the one before succeeded on all
          members. Several keys are meant for that time only: a cluster should not run
          with more than one. Members without a keyring file lose all changes when
          they restart.

          The exit status is 0 only if every live member has answered and none has
          failed.

        Options:

          One of these four:

          -install=KEY              Add a key to decrypt with. Default: none.
          -use=KEY                  Make an installed key the primary one.
                                    Default: none.
          -remove=KEY               Remove a key that is not the primary one.
                                    Default: none.
          -list                     List the keys, each with the number of members that
                                    have it and the number of live members.
                                    Default: false.

          A KEY is 16, 24 or 32 bytes in base64, as "serf keygen" prints it. It can
          also be read from a file, KEY being @PATH, or from standard input, KEY being
          a single dash: then the process list does not show it.

          -format=text|json         How to print the result. Default: text.
        """ + "\n" + RpcFlags.Help + """


        Examples:

          Rotate the key of a whole cluster:

          $ (umask 077; serf keygen > new.key)
          $ serf keys -install @new.key && serf keys -use @new.key &&
              serf keys -remove @old.key

          See whether every member has it:

          $ serf keys -list
        """;

    public FlagSet Flags { get; } = new();

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        if (Flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        int actionCount = Count(_install) + Count(_use) + Count(_remove) + (_list.Value ? 1 : 0);
        if (actionCount != 1)
        {
            context.Output.Write(
                (actionCount == 0 ? Help : "Only one of -install, -use, -remove, or -list allowed") + "\n");
            return 1;
        }

        if (_format.Value is not ("text" or "json"))
        {
            return Output.RefuseFormat(_format.Value, context);
        }

        Hint.IgnoredArguments(context, Flags.Arguments);
        string key;
        try
        {
            key = SecretText.Resolve(_install.Value + _use.Value + _remove.Value, context.Input);
        }
        catch (SerfException refusal)
        {
            context.Output.Write("Error reading key: " + refusal.Message + "\n");
            return 1;
        }

        if (!_rpc.TryConnect(context, out RpcClient? client))
        {
            return 1;
        }

        using (client)
        {
            KeyOperation operation = _list.Value ? KeyOperation.List
                : Count(_install) > 0 ? KeyOperation.Install
                : Count(_use) > 0 ? KeyOperation.Use
                : KeyOperation.Remove;
            return Execute(client, operation, key, context);
        }
    }

    private static int Count(Flag<string> action) => action.Value.Length > 0 ? 1 : 0;

    private int Execute(RpcClient client, KeyOperation operation, string key, CliContext context)
    {
        bool isText = _format.Value == "text";
        context.Output.Write(isText ? "==> " + Texts(operation).Begin + "...\n" : "");
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

        context.Output.Write(isText ? Text(operation, report, error) : Json(operation, report, error));
        return error is null ? 0 : 1;
    }

    private static string Text(KeyOperation operation, KeyReport report, string? error)
    {
        (_, string success, string failure) = Texts(operation);
        List<string[]> rows = [];
        if (error is not null)
        {
            foreach ((ByteString node, ByteString message) in report.Messages)
            {
                rows.Add(["failed:", node.ToString(), message.ToString()]);
            }

            string nodes = rows.Count == 0 ? "" : Output.Columns(rows) + "\n";
            return nodes + "\n" + failure + ": " + error + "\n";
        }

        if (operation != KeyOperation.List)
        {
            return "==> " + success + "\n";
        }

        foreach ((string listed, KeyCount count) in report.Keys)
        {
            rows.Add([
                listed, string.Create(CultureInfo.InvariantCulture, $"[{count.Nodes}/{report.NodeCount}]"),
            ]);
        }

        return "==> " + success + "\n\n" + Output.Columns(rows) + "\n";
    }

    // The original has no JSON here: these names are ours.
    private static string Json(KeyOperation operation, KeyReport report, string? error)
    {
        JsonText json = new();
        json.BeginObject().Key("nodes").Number(report.NodeCount);
        if (operation == KeyOperation.List)
        {
            json.Key("keys").BeginObject();
            foreach ((string listed, KeyCount count) in report.Keys)
            {
                json.Key(listed).Number(count.Nodes);
            }

            json.EndObject();
        }

        json.Key("messages").BeginObject();
        foreach ((ByteString node, ByteString message) in report.Messages)
        {
            json.Key(node.ToString()).Text(message.ToString());
        }

        json.EndObject().Key("error");
        return (error is null ? json.Null() : json.Text(error)).EndObject() + "\n";
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
