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

    /// <summary>How long a graceful leave may take once a signal asked for it.</summary>
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(3);

    public string Name => "agent";

    public string Synopsis => "Run a Serf agent";

    public string Help => AgentHelp.Text;

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        AgentLog log = new(new DescriptorStream(DescriptorStream.StandardOutput), LogLevel.Info);
        try
        {
            return Run(arguments, context, log);
        }
        catch (SerfException exception)
        {
            // What led to the error, then the error: it stays the last line.
            log.Gate.Release();
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

        AgentOptions options = AgentOptions.Load(parsed, AgentMachine.Local);
        SetUpLog(options, log);
        using SyslogWriter? syslog = OpenSyslog(options, log);
        using AgentTelemetry telemetry = AgentTelemetry.Start(options, log, context.Error);
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
        log.Console.Output(AgentMessages.Starting);
        options = LoadTags(options, log);
        GossipKeys keys = LoadKeys(options, encryptKey, log);
        SerfAgent agent = Create(options, network, keys, log, telemetry, notices);
        agent.Start();
        try
        {
            StartRpc(agent, log);
            log.Console.Output(AgentMessages.Running);
            PrintBanner(options, network, keys, log.Console);
            StartJoin(agent, options, log.Console);
            using Signals signals = new(notices);
            log.Console.Output("");
            log.Console.Output(AgentMessages.LogFollows);
            log.Console.Output("");
            log.Gate.Release();
            ProgramImage.Release();
            agent.StartRetryJoin();
            return WaitForEnd(agent, options, parsed, log, notices);
        }
        finally
        {
            agent.Shutdown();
        }
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
        log.Level = LogLevels.TryParse(options.LogLevel, out LogLevel level)
            ? level
            : throw new SerfException(AgentMessages.InvalidLogLevel(options.LogLevel));
        if (!LogFormats.TryParse(options.LogFormat, out _))
        {
            throw new SerfException(AgentMessages.InvalidLogFormat(options.LogFormat));
        }
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

    private static int WaitForEnd(
        SerfAgent agent, AgentOptions options, AgentArguments arguments, AgentLog log, AgentNotices notices)
    {
        while (true)
        {
            AgentNotice notice = notices.Take();
            switch (notice.Kind)
            {
                case AgentNoticeKind.Shutdown:
                    return 0;
                case AgentNoticeKind.JoinGivenUp:
                    return Failure;
                case AgentNoticeKind.Hangup:
                    log.Console.Output(AgentMessages.CaughtSignal(notice.Kind));
                    options = Reload(agent, options, arguments, log);
                    break;
                case AgentNoticeKind.Interrupt or AgentNoticeKind.Terminate:
                    log.Console.Output(AgentMessages.CaughtSignal(notice.Kind));
                    bool graceful = notice.Kind == AgentNoticeKind.Interrupt
                        ? !options.SkipLeaveOnInterrupt
                        : options.LeaveOnTerminate;
                    return graceful ? LeaveGracefully(agent, log.Console, notices) : Failure;
                default:
                    break;
            }
        }
    }

    private static int LeaveGracefully(SerfAgent agent, ConsoleWriter console, AgentNotices notices)
    {
        console.Output(AgentMessages.LeavingGracefully);
        long end = Environment.TickCount64 + (long)LeaveTimeout.TotalMilliseconds;
        agent.BeginLeave();
        while (notices.TryTake(
            TimeSpan.FromMilliseconds(end - Environment.TickCount64), out AgentNotice notice))
        {
            switch (notice.Kind)
            {
                case AgentNoticeKind.LeaveFinished or AgentNoticeKind.Shutdown:
                    return 0;
                case AgentNoticeKind.LeaveFailed:
                    console.Error(AgentMessages.LeaveFailed(notice.Text));
                    break;
                case AgentNoticeKind.JoinGivenUp:
                    break;
                default:
                    return Failure;
            }
        }

        return Failure;
    }

    /// <summary>Takes over what may change while the agent runs (spec agent 20.3).</summary>
    /// <returns>The configuration now in force.</returns>
    private static AgentOptions Reload(
        SerfAgent agent, AgentOptions current, AgentArguments arguments, AgentLog log)
    {
        log.Console.Output(AgentMessages.Reloading);
        AgentOptions options;
        try
        {
            options = Load(arguments, log);
        }
        catch (SerfException exception)
        {
            log.Console.Error(exception.Message);
            log.Console.Error(AgentMessages.ReloadFailed);
            return current;
        }

        if (LogLevels.TryParse(options.LogLevel, out LogLevel level))
        {
            log.Level = level;
        }
        else
        {
            log.Console.Error(AgentMessages.InvalidLogLevel(options.LogLevel));
        }

        agent.Reload(options, error => log.Console.Error(AgentMessages.TagUpdateFailed(error)));
        return options;
    }
}
