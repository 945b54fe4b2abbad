using System;
using System.Collections.Generic;
using Serf.Agent;
using Serf.Agent.Logging;
using Serf.Agent.Telemetry;
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

    public FlagSet Flags => AgentFlags.Declare();

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
            // What led to the error, then the error: it stays the last line. Standard output is the
            // original's, who loses the log of a start that fails.
            log.Console.Flush(TimeSpan.FromMilliseconds(Limits.ConsoleFlushMillisecondsMax));
            context.Error.Write(log.Gate.Spill());
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
        using Signals signals = new(isFirst: orphans is { IsFirst: true });
        string? flagError = AgentFlags.Parse(arguments, out AgentArguments parsed);

        // Known before the files are, so that what is wrong with those is told in it.
        log.Console.Format = LogFormats.OrText(parsed.Config.LogFormat);
        if (flagError is not null)
        {
            if (flagError.Length > 0)
            {
                context.Error.Write(flagError + "\n");
            }

            log.Console.Error(Help);
            return Failure;
        }

        if (parsed.Extra is { } extra)
        {
            context.Error.Write($"==> {AgentMessages.ArgumentsIgnored(extra)}\n");
        }

        if (parsed.Check)
        {
            return Check(parsed, context);
        }

        return Run(parsed, signals, orphans, context, log);
    }

    private static int Run(
        AgentArguments parsed, Signals signals, Orphans? orphans, CliContext context, AgentLog log)
    {
        AgentOptions options = AgentOptions.Load(parsed, AgentMachine.Local);
        SetUpLog(options, log);
        using SyslogWriter? syslog = OpenSyslog(options, log);
        using AgentTelemetry telemetry = AgentTelemetry.Start(options, log, context.Error);
        AgentNetwork network = AgentNetwork.Resolve(options);
        if (network.Notice is not null)
        {
            log.Console.Output(network.Notice);
        }

        byte[] encryptKey = AgentSetup.DecodeKey(options.EncryptKey);
        if (!options.TryGetProfile(out _))
        {
            throw new SerfException(AgentMessages.UnknownProfile(options.Profile));
        }

        AgentNotices notices = new();
        ServiceNotifier? manager = ServiceNotifier.FromEnvironment(context.Environment, log);
        log.Console.Output(AgentMessages.Starting);
        options = AgentSetup.LoadTags(options, log);
        GossipKeys keys = AgentSetup.LoadKeys(options, encryptKey, log);
        SerfAgent agent = Create(options, network, keys, log, telemetry, notices);
        agent.Start();
        try
        {
            StartDiscovery(agent);
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
            signals.Withdraw(isFirst: orphans is { IsFirst: true });
            manager?.Stopping(AgentMessages.StatusStopping);
            agent.Shutdown();
            orphans?.EndOthers();
        }
    }

    // What a start would warn of goes where it is in nobody's way who reads the configuration.
    private static int Check(AgentArguments arguments, CliContext context)
    {
        AgentOptions options = AgentSetup.Check(arguments, AgentMachine.Local);
        foreach (string warning in options.Warnings)
        {
            context.Error.Write($"==> {warning}\n");
        }

        context.Output.Write(ConfigKey.Print(options.Source) + "\n");
        return 0;
    }

    private static AgentOptions Load(AgentArguments arguments, AgentLog log)
    {
        AgentOptions options = AgentOptions.Load(arguments, AgentMachine.Local);
        PrintWarnings(options, log.Console);
        return options;
    }

    private static void PrintWarnings(AgentOptions options, ConsoleWriter console)
    {
        foreach (string warning in options.Warnings)
        {
            console.Warning(warning);
        }
    }

    private static void SetUpLog(AgentOptions options, AgentLog log)
    {
        log.Console.Format = LogFormats.OrText(options.LogFormat);
        PrintWarnings(options, log.Console);
        log.Level = AgentSetup.CheckLog(options);
    }

    private static SyslogWriter? OpenSyslog(AgentOptions options, AgentLog log)
    {
        if (!options.EnableSyslog)
        {
            return null;
        }

        try
        {
            SyslogWriter syslog = SyslogWriter.Open(options.SyslogFacility, SyslogWriter.Paths);
            log.CopyTo(syslog);
            return syslog;
        }
        catch (SerfException exception)
        {
            throw new SerfException(AgentMessages.SyslogFailed(exception.Message));
        }
    }

    private static SerfAgent Create(
        AgentOptions options, AgentNetwork network, GossipKeys keys, AgentLog log,
        AgentTelemetry telemetry, AgentNotices notices)
    {
        try
        {
            return new SerfAgent(options, network, keys, log, telemetry.Metrics, notices);
        }
        catch (SerfException exception)
        {
            throw new SerfException(AgentMessages.StartFailed(exception.Message));
        }
    }

    private static void StartDiscovery(SerfAgent agent)
    {
        try
        {
            agent.StartDiscovery();
        }
        catch (SerfException exception)
        {
            throw new SerfException(AgentMessages.MdnsFailed(exception.Message));
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
            Cluster = options.Mdns.Cluster,
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
