using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using Serf.Agent.Handlers;
using Serf.Agent.Logging;
using Serf.Agent.Rpc;
using Serf.Cluster;
using Serf.Host;
using Serf.Net;
using Serf.Posix;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Agent;

/// <summary>
/// The running agent: one node, its sockets, its event handlers, its RPC sessions. What the main thread may
/// call says so; everything else runs on the node thread.
/// </summary>
internal sealed partial class SerfAgent : ISerfEffects, IHandlerObserver
{
    private const string ListenPrefix = "Failed to create memberlist: ";

    /// <summary>For clients that are slow to take their last answers.</summary>
    private static readonly TimeSpan RpcFlushTimeout = TimeSpan.FromSeconds(1);

    private readonly AgentOptions _options;
    private readonly AgentLog _log;
    private readonly IMetrics _metrics;
    private readonly AgentNotices _notices;
    private readonly Inbox _inbox = new();
    private readonly NodeEffects _effects;
    private readonly SerfNode _node;
    private readonly NodeLoop _loop;
    private readonly HandlerRunner _handlers;
    private readonly NodeAddress _advertise;
    private readonly bool _isEncrypted;
    private readonly Resolver _resolver;
    private readonly SystemEntropy _entropy = new();
    private readonly Dictionary<CallId, Completion> _calls = [];
    private readonly List<RpcSession> _eventSessions = [];
    private RpcServer? _rpc;
    private long _lastCall;
    private int _leavingCount;

    /// <summary>Main thread: opens the gossip sockets and builds the node; nothing moves yet.</summary>
    /// <exception cref="SerfException">What follows <c>Error creating Serf: </c>.</exception>
    public SerfAgent(
        AgentOptions options, AgentNetwork network, GossipKeys keys, AgentLog log, IMetrics metrics,
        AgentNotices notices)
    {
        _options = options;
        _log = log;
        _metrics = metrics;
        _notices = notices;
        _isEncrypted = keys.Exist;
        _log.Write(LogLevel.Info, "agent: Serf agent starting");
        _resolver = new Resolver(text => log.Write(LogLevel.Debug, text));
        SerfOptions serfOptions = options.ToSerfOptions();
        Keyring? keyring = Validate(options, serfOptions, keys);
        SnapshotLog? snapshot = OpenSnapshot(options, log);
        GossipSockets sockets;
        try
        {
            Bound = OpenSockets(network, out sockets, out _advertise);
        }
        catch (SerfException)
        {
            _snapshotFile?.Dispose();
            throw;
        }

        _ = options.TryGetProfile(out SwimOptions profile);
        SwimOptions swimOptions = profile with
        {
            Name = ByteString.FromText(options.NodeName),
            AdvertiseAddress = _advertise,
            BindPort = Bound.Port,
            Versions = profile.Versions with { DelegateCur = (byte)options.Protocol },
            Compression = options.Compression,
            Label = options.Label,
            LabelTransition = options.SkipInboundLabelCheck,
            Encryption = keyring is null
                ? null
                : new Encryption(keyring, _entropy, profile.EncryptionVersion)
                {
                    VerifyIncoming = options.EncryptVerifyIncoming,
                    VerifyOutgoing = options.EncryptVerifyOutgoing,
                },
        };
        Span<byte> seed = stackalloc byte[8];
        _entropy.Fill(seed);
        _effects = new NodeEffects(sockets, _inbox, log, metrics);
        _node = new SerfNode(
            serfOptions,
            swimOptions,
            this,
            _effects,
            BinaryPrimitives.ReadUInt64LittleEndian(seed),
            snapshot);
        _loop = new NodeLoop(_node, _inbox);
        _handlers = new HandlerRunner(this);
        _handlers.Limit(options.HandlerLimits);
        _handlers.Configure(options.EventHandlers);
        _configuredTags = options.Tags;
        AuthKey = ByteString.FromText(options.RpcAuth);
    }

    /// <summary>What a call of ours does when it ends; on the node thread.</summary>
    private delegate void Completion(string? error, int count, Instant now);

    /// <summary>The bind address with the port that is really bound.</summary>
    public NodeAddress Bound { get; }

    /// <summary>What a node of these settings would be refused for, before the world is touched.</summary>
    /// <returns>The keys, or null for none.</returns>
    /// <exception cref="SerfException">What follows <c>Error creating Serf: </c>.</exception>
    public static Keyring? Validate(AgentOptions options, SerfOptions serfOptions, GossipKeys keys)
    {
        SerfNode.Validate(serfOptions);
        SerfNode.ValidateName(serfOptions, ByteString.FromText(options.NodeName));
        Keyring? keyring = keys.ToKeyring();
        return options.Label.Length <= Label.SizeMax
            ? keyring
            : throw new SerfException(AgentMessages.LabelTooLong(options.Label));
    }

    /// <summary>What can be known of the snapshot and the advertised address before a port is open.</summary>
    /// <exception cref="SerfException">What follows <c>Error creating Serf: </c>.</exception>
    public static void ValidatePlace(AgentOptions options, AgentNetwork network)
    {
        if (options.SnapshotPath.Length != 0 && SnapshotDisk.Probe(options.SnapshotPath) is { } reason)
        {
            throw new SerfException(SnapshotPrefix + reason);
        }

        try
        {
            network.Advertised(network.Bind);
        }
        catch (SerfException exception)
        {
            throw new SerfException(ListenPrefix + exception.Message);
        }
    }

    /// <summary>Main thread, once: starts the node and lets bytes in.</summary>
    public void Start()
    {
        if (AgentNetwork.IsExposed(_advertise, _isEncrypted))
        {
            _log.Write(LogLevel.Warn, AgentMessages.Exposed);
        }

        _snapshotFile?.Start(this);

        // A node that knows peers of an earlier life dials at once; what comes in waits for the loop.
        _effects.Start(new SwimPeer(_node.Swim, _log));
        _node.Start(MonotonicClock.Now);
        _loop.Add(_effects);
        if (_node.Options.HasSeeds)
        {
            _seeds = NewSeedJoin();
            _loop.Add(_seeds);
        }

        _loop.Start();
    }

    /// <summary>Main thread, once: opens the RPC listener and serves.</summary>
    /// <exception cref="SerfException">
    /// <c>listen tcp 127.0.0.1:7373: bind: address already in use</c>
    /// </exception>
    public void StartRpc()
    {
        RpcServer server = new(RpcListener.Open(_options.RpcAddress), this, _inbox);
        _rpc = server;
        _loop.Post(_ =>
        {
            _loop.Add(server);
            server.Start();
        });
    }

    /// <summary>
    /// Main thread: joins, and waits for the end of it.
    /// </summary>
    /// <returns>Null and the number of addresses that answered, or the original's error text.</returns>
    public string? Join(IReadOnlyList<string> addresses, bool replay, out int joined)
    {
        using ManualResetEventSlim done = new(false);
        string? failure = null;
        int answered = 0;
        _loop.Post(_ => BeginJoin(addresses, replay, (error, count, _) =>
        {
            failure = error;
            answered = count;
            done.Set();
        }));
        done.Wait();
        joined = answered;
        return failure;
    }

    /// <summary>Main thread: begins to leave; a notice tells the end of it.</summary>
    public void BeginLeave() => _loop.Post(now => Leave(now, (error, _, _) => _notices.Post(error is null
        ? new AgentNotice(AgentNoticeKind.LeaveFinished)
        : new AgentNotice(AgentNoticeKind.LeaveFailed, error))));

    /// <summary>
    /// Main thread: takes over the handlers and tags of a configuration that was loaded again.
    /// </summary>
    /// <param name="failed">Told, on the node thread, when the new tags were refused.</param>
    public void Reload(AgentOptions options, Action<string> failed)
    {
        _handlers.Limit(options.HandlerLimits);
        _handlers.Configure(options.EventHandlers);
        _loop.Post(now =>
        {
            _handlerList = options.EventHandlers;
            ReloadTags(options.Tags, now, failed);
        });
    }

    /// <summary>
    /// Main thread: a notice tells when every event has been given to its handlers, and with
    /// <paramref name="toTheEnd"/> when those have ended, too.
    /// </summary>
    /// <returns>False when there is nothing to wait for.</returns>
    public bool BeginDrainHandlers(bool toTheEnd) => _handlers.BeginDrain(toTheEnd);

    /// <summary>Main thread: signs of life from the node thread, where the manager wants them.</summary>
    public void StartWatchdog(ServiceNotifier? manager)
    {
        if (manager is not null && manager.WatchdogPeriod > TimeSpan.Zero)
        {
            _loop.Post(_ => _loop.Add(new ServiceWatchdog(manager)));
        }
    }

    /// <summary>Main thread: closes RPC, stops the node and everything else. Once.</summary>
    public void Shutdown()
    {
        _resolver.Dispose();
        if (_rpc is { } rpc)
        {
            _loop.Post(_ => rpc.Stop());
            rpc.WaitClosed(RpcFlushTimeout);
        }

        using ManualResetEventSlim done = new(false);
        _loop.Post(_ =>
        {
            _log.Write(LogLevel.Info, "agent: requesting serf shutdown");
            _node.Shutdown();
            done.Set();
        });
        done.Wait();
        CloseSnapshot();
        _loop.Stop();
        _mdns?.Dispose();
        _effects.Dispose();
        _handlers.Dispose();
        _log.Write(LogLevel.Info, "agent: shutdown complete");
    }

    IEntropy ISerfEffects.Entropy => _entropy;

    string? ISerfEffects.SaveKeyring(Keyring keyring) =>
        _options.KeyringFile.Length == 0 ? null : new KeyringFile(_options.KeyringFile).Save(keyring);

    void ISerfEffects.Deliver(SerfEvent happened)
    {
        _log.Write(LogLevel.Info, "agent: Received event: " + happened);
        _handlers.Invoke(new HandlerInvocation(happened, _node.Name, _node.LocalMember.Tags));

        // By index: a session may end its stream while it is told.
        for (int index = _eventSessions.Count - 1; index >= 0; index--)
        {
            _eventSessions[index].Deliver(happened, MonotonicClock.Now);
        }
    }

    void ISerfEffects.NameLost()
    {
        _log.Write(LogLevel.Warn, "agent: Serf shutdown detected, quitting");
        _notices.Post(new AgentNotice(AgentNoticeKind.Shutdown));
    }

    void ISerfEffects.CallCompleted(CallId call, string? error, int count)
    {
        bool known = _calls.Remove(call, out Completion? completion);
        Invariant.Holds(known);
        completion!(error, count, MonotonicClock.Now);
    }

    void IHandlerObserver.Ran(byte[] command, TimeSpan time) => _metrics.Add(
        MetricFamily.HandlerTime, command.AsSpan(0, command.Length - 1), time.TotalMilliseconds);

    void IHandlerObserver.Report(LogLevel level, string text) => _log.Write(level, text);

    void IHandlerObserver.Drained() => _notices.Post(new AgentNotice(AgentNoticeKind.HandlersDrained));

    void IHandlerObserver.Respond(QueryEvent query, byte[] output) => _loop.Post(now =>
    {
        if (_node.Respond(query, output, now) is { } error)
        {
            _log.Write(
                LogLevel.Warn,
                $"agent: Failed to respond to query '{query}': failed to respond to key query: {error}");
        }
    });

    private static NodeAddress OpenSockets(
        AgentNetwork network, out GossipSockets sockets, out NodeAddress advertise)
    {
        try
        {
            sockets = GossipSockets.Open(network.Bind);
        }
        catch (SerfException exception)
        {
            throw new SerfException(ListenPrefix + exception.Message);
        }

        try
        {
            advertise = network.Advertised(sockets.Address);
            return sockets.Address;
        }
        catch (SerfException exception)
        {
            sockets.Dispose();
            throw new SerfException(ListenPrefix + exception.Message);
        }
    }

    private CallId NewCall(Completion completion)
    {
        CallId call = new(++_lastCall);
        _calls.Add(call, completion);
        return call;
    }

    private void BeginJoin(IReadOnlyList<string> addresses, bool replay, Completion completion)
    {
        string replayText = replay ? "true" : "false";
        _log.Write(LogLevel.Info, $"agent: joining: [{string.Join(' ', addresses)}] replay: {replayText}");
        CallId NewJoin() => NewCall((error, count, end) => EndJoin(error, count, end, completion));

        // Names may take their time, and what needs none does not wait behind them.
        if (Resolver.CanAnswerAtOnce(addresses, Bound.Port))
        {
            IReadOnlyList<JoinTarget> known = _resolver.Resolve(addresses, Bound.Port);
            _node.BeginJoin(NewJoin(), known, !replay, MonotonicClock.Now);
        }
        else if (!_resolver.TryBegin(addresses, Bound.Port, targets => _loop.Post(
            now => _node.BeginJoin(NewJoin(), targets, !replay, now))))
        {
            EndJoin("too many joins wait for their names", 0, MonotonicClock.Now, completion);
        }
    }

    private void EndJoin(string? error, int count, Instant now, Completion completion)
    {
        if (count > 0)
        {
            _log.Write(
                LogLevel.Info,
                string.Create(CultureInfo.InvariantCulture, $"agent: joined: {count} nodes"));
        }

        if (error is not null)
        {
            _log.Write(LogLevel.Warn, "agent: error joining: " + error);
        }

        completion(error, count, now);
    }

    private void Leave(Instant now, Completion completion)
    {
        _log.Write(LogLevel.Info, "agent: requesting graceful leave from Serf");
        _leavingCount++;
        _mdns?.Leave();
        _node.BeginLeave(
            NewCall((error, count, end) =>
            {
                _leavingCount--;
                completion(error, count, end);
            }),
            now);
    }
}
