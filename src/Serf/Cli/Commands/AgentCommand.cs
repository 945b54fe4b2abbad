using System;
using System.Collections.Generic;
using Serf.Agent;
using Serf.Agent.Logging;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Cli.Commands;

/// <summary><c>serf agent</c>: starts the agent and stays with it to its end (spec agent 1 and 20).</summary>
internal sealed class AgentCommand : ICommand
{
    private const int Failure = 1;

    public string Name => "agent";

    public string Synopsis => "Run a Serf agent";

    public string Help => AgentHelp.Text;

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        Signals.Ignore();
        AgentLog log = new(new DescriptorStream(DescriptorStream.StandardOutput), LogLevel.Info);
        try
        {
            return Run(arguments, context, log);
        }
        catch (SerfException exception)
        {
            log.Console.Error(exception.Message);
            return Failure;
        }
        finally
        {
            log.Console.Dispose();
        }
    }

    private int Run(ReadOnlySpan<string> arguments, CliContext context, AgentLog log)
    {
        Orphans? orphans = Orphans.OfThisProcess();
        bool isFirst = orphans is { IsFirst: true };
        using Signals signals = new(isFirst);
        if (AgentFlags.Parse(arguments, out AgentArguments parsed) is { } flagError)
        {
            if (flagError.Length > 0)
            {
                context.Error.Write(flagError + "\n");
            }

            log.Console.Error(Help);
            return Failure;
        }

        AgentOptions options = Load(parsed, log);
        if (!LogLevels.TryParse(options.LogLevel, out LogLevel level))
        {
            throw new SerfException(AgentMessages.InvalidLogLevel(options.LogLevel));
        }

        log.Level = level;
        AgentNetwork network = AgentNetwork.Resolve(options);
        if (network.Notice is not null)
        {
            log.Console.Output(network.Notice);
        }

        byte[] encryptKey = DecodeKey(options.EncryptKey);
        if (!options.TryGetProfile(out _))
        {
            throw new SerfException(AgentMessages.UnknownProfile(options.Profile));
        }

        AgentNotices notices = new();
        ServiceNotifier? manager = ServiceNotifier.FromEnvironment(context.Environment, log);
        log.Console.Output(AgentMessages.Starting);
        options = LoadTags(options, log);
        GossipKeys keys = LoadKeys(options, encryptKey, log);
        SerfAgent agent = Create(options, network, keys, log, notices);
        agent.Start();
        try
        {
            StartRpc(agent, log);
            log.Console.Output(AgentMessages.Running);
            PrintBanner(options, network, keys, log.Console);
            manager?.Status(AgentMessages.StatusStarting(options.StartJoin.Count));
            StartJoin(agent, options, log.Console);
            signals.Deliver(notices);
            log.Console.Output("");
            log.Console.Output(AgentMessages.LogFollows);
            log.Console.Output("");
            log.Gate.Release();
            agent.StartRetryJoin();
            agent.StartWatchdog(manager);
            AgentLifecycle lifecycle = new(agent, () => Load(parsed, log), log, notices, manager, orphans);
            ProgramImage.Release();
            return lifecycle.WaitForEnd(options);
        }
        finally
        {
            signals.Withdraw(isFirst);
            manager?.Stopping(AgentMessages.StatusStopping);
            agent.Shutdown();
            orphans?.EndOthers();
        }
    }

    private static AgentOptions Load(AgentArguments arguments, AgentLog log)
    {
        AgentOptions options = AgentOptions.Load(arguments, AgentMachine.Local);
        foreach (string warning in options.Warnings)
        {
            log.Console.Output(warning);
        }

        return options;
    }

    private static SerfAgent Create(
        AgentOptions options, AgentNetwork network, GossipKeys keys, AgentLog log, AgentNotices notices)
    {
        try
        {
            return new SerfAgent(options, network, keys, log, notices);
        }
        catch (SerfException exception)
        {
            throw new SerfException(AgentMessages.StartFailed(exception.Message));
        }
    }

    private static byte[] DecodeKey(string text) => Base64Text.TryDecode(text, out byte[] key) is { } fault
        ? throw new SerfException(AgentMessages.InvalidEncryptionKey(fault))
        : key;

    private static AgentOptions LoadTags(AgentOptions options, AgentLog log)
    {
        try
        {
            return options.TagsFile.Length == 0
                ? options
                : options with { Tags = new TagsFile(options.TagsFile).Load(options.Tags, log) };
        }
        catch (SerfException exception)
        {
            throw new SerfException(AgentMessages.SetupFailed(exception.Message));
        }
    }

    private static GossipKeys LoadKeys(AgentOptions options, byte[] encryptKey, AgentLog log)
    {
        try
        {
            return GossipKeys.Load(encryptKey, options.KeyringFile, log);
        }
        catch (SerfException exception)
        {
            throw new SerfException(AgentMessages.SetupFailed(exception.Message));
        }
    }

    private static void StartRpc(SerfAgent agent, AgentLog log)
    {
        try
        {
            agent.StartRpc();
        }
        catch (SerfException exception)
        {
            throw new SerfException(AgentMessages.RpcFailed(exception.Message));
        }

        log.Console.Output(AgentMessages.StartingRpc);
    }

    private static void PrintBanner(
        AgentOptions options, AgentNetwork network, GossipKeys keys, ConsoleWriter console)
    {
        AgentBanner banner = new()
        {
            NodeName = options.NodeName,
            BindAddress = network.Bind.ToString(),
            AdvertiseAddress = network.Advertise.IsNone ? null : network.Advertise.ToString(),
            RpcAddress = options.RpcAddress,
            Encrypted = keys.Exist,
            Snapshot = options.SnapshotPath.Length != 0,
            Profile = options.Profile,
            Compression = options.Compression,
        };
        foreach (string line in banner.Lines())
        {
            console.Information(line);
        }
    }

    private static void StartJoin(SerfAgent agent, AgentOptions options, ConsoleWriter console)
    {
        IReadOnlyList<string> addresses = options.StartJoin;
        if (addresses.Count == 0)
        {
            return;
        }

        console.Output(AgentMessages.Joining(options.ReplayOnJoin));
        if (agent.Join(addresses, options.ReplayOnJoin, out int joined) is { } error)
        {
            throw new SerfException(error);
        }

        console.Information(AgentMessages.Joined(joined));
    }
}
