namespace Serf.Primitives;

/// <summary>
/// What is counted and timed, under the original's keys (spec agent 19.2, gossip 14, serf 13.5). Durations
/// are in milliseconds, sizes in bytes. <see cref="MetricKey"/> has the key and the kind of each.
/// </summary>
public enum Metric : byte
{
    /// <summary>Threads of the process, in the place of the original's goroutines.</summary>
    RuntimeThreads,

    /// <summary>Bytes on the heap, garbage included.</summary>
    RuntimeHeapSize,

    /// <summary>Resident memory of the process.</summary>
    RuntimeResidentSize,

    /// <summary>Bytes allocated since the start, where the original counts objects.</summary>
    RuntimeAllocated,

    /// <summary>Of these, bytes that were collected.</summary>
    RuntimeFreed,

    /// <summary>The rest of them, so that the three add up as they do in the original.</summary>
    RuntimeLive,

    /// <summary>Nanoseconds that collections have stopped the process, all together.</summary>
    RuntimePauseTotal,

    /// <summary>Collections since the start.</summary>
    RuntimeCollections,

    /// <summary>One collection's pause, in nanoseconds.</summary>
    RuntimePause,

    /// <summary>A client connected.</summary>
    RpcAccepted,

    /// <summary>A request that a client may make.</summary>
    RpcCommand,

    MemberJoined,
    MemberLeft,
    MemberFailed,
    MemberUpdated,

    /// <summary>A failed member came back sooner than honest repairs take.</summary>
    MemberFlapped,

    /// <summary>Accepted user events of any name.</summary>
    UserEvents,

    /// <summary>Accepted queries of any name, before filters.</summary>
    Queries,

    QueryAcks,
    QueryResponses,
    QueryDuplicateAcks,
    QueryDuplicateResponses,

    /// <summary>One message of the Serf layer, however it came.</summary>
    MessageReceived,

    /// <summary>One message handed to the gossip layer to be told on.</summary>
    MessageSent,

    IntentQueueDepth,
    EventQueueDepth,
    QueryQueueDepth,

    /// <summary>One line written to the snapshot.</summary>
    SnapshotLine,

    /// <summary>The snapshot written anew.</summary>
    SnapshotCompaction,

    /// <summary>How far one observation moved this node in network space.</summary>
    CoordinateMove,

    CoordinateRejected,
    CoordinateZeroRoundTrip,

    /// <summary>The work of one gossip tick.</summary>
    GossipTime,

    /// <summary>One probe, from the ping to the answer or the verdict.</summary>
    ProbeTime,

    /// <summary>One exchange of states that this node began.</summary>
    PushPullTime,

    AliveTaken,
    SuspectTaken,
    DeadTaken,
    StreamAccepted,

    /// <summary>A connection for an exchange of states.</summary>
    StreamConnected,

    StreamSent,
    PacketSent,
    PacketReceived,

    /// <summary>A probe was given more time, because this node distrusts itself.</summary>
    DegradedProbe,

    /// <summary>A suspicion ended with fewer confirmations than were hoped for.</summary>
    DegradedTimeout,

    BroadcastQueueDepth,

    /// <summary>Bytes of a peer's sealed state.</summary>
    RemoteStateSize,

    /// <summary>Bytes of this node's state, before compression.</summary>
    LocalStateSize,

    HealthScore,
    NodesAlive,
    NodesSuspect,
    NodesDead,
    NodesLeft,
}

/// <summary>Metrics with a key for each name, of which there is a limited number.</summary>
public enum MetricFamily : byte
{
    /// <summary>By command: one run of an event handler.</summary>
    HandlerTime,

    /// <summary>By name: accepted user events.</summary>
    UserEvents,

    /// <summary>By name: accepted queries.</summary>
    Queries,
}

/// <summary>How the values of a metric are put together.</summary>
public enum MetricKind : byte
{
    Counter,

    /// <summary>The last value counts.</summary>
    Gauge,

    /// <summary>Values of which minimum, mean and maximum are told; timers too.</summary>
    Sample,
}
