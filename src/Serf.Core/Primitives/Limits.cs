namespace Serf.Primitives;

/// <summary>Every bound in the program, each with its reason. Sizes are bytes.</summary>
public static class Limits
{
    /// <summary>Node metadata; the rule of every sender on the network.</summary>
    public const int MetaSizeMax = 512;

    /// <summary>
    /// A node name we keep. Peers have no limit; a packet has, and this is above any packet budget in use.
    /// </summary>
    public const int NameSizeMax = 1024;

    /// <summary>What a log line shows of a name that was refused.</summary>
    public const int NameShownSizeMax = 128;

    /// <summary>The largest datagram that can be received.</summary>
    public const int PacketSizeMax = 65536;

    /// <summary>What one packet is filled with when sent, all layers counted.</summary>
    public const int PacketBudget = 1400;

    /// <summary>Parts of one compound; peers before memberlist 0.2.4 misread 128 and more.</summary>
    public const int CompoundPartCountMax = 127;

    /// <summary>How deep compounds and compressed commands may nest in a received packet.</summary>
    public const int PacketDepthMax = 4;

    /// <summary>All bytes that one received packet may expand to, over all its compressed parts.</summary>
    public const int PacketExpansionMax = 1 << 20;

    /// <summary>
    /// Parts in one received packet, nested ones counted: far above what fits into a packet we send.
    /// </summary>
    public const int PacketPartCountMax = 4096;

    /// <summary>Push/pull state, user state and user messages over a stream.</summary>
    public const int StreamSizeMax = 20 * 1024 * 1024;

    /// <summary>From here on a state is so near the limit that the operator should know.</summary>
    public const int StreamSizeWarned = StreamSizeMax / 5 * 3;

    /// <summary>A decompressed stream message: the node records beside a full user state.</summary>
    public const int StreamExpansionMax = 2 * StreamSizeMax;

    /// <summary>
    /// One stream as <c>serf decode</c> takes it: the largest message, its headers, its frame and its label.
    /// </summary>
    public const int DecodeStreamSizeMax = StreamExpansionMax + (2 * StreamHeaderSizeMax);

    /// <summary>
    /// User events of one push/pull that <c>serf decode</c> tells of: all that fit into the 512 places of a
    /// node. A byte on the wire, each takes many times that when it is told.
    /// </summary>
    public const int DecodeEventCountMax = 512 * EventsPerTimeMax;

    /// <summary>Node records in one push/pull.</summary>
    public const int PushPullNodeCountMax = 1 << 20;

    /// <summary>Push/pulls served at the same time; one more is closed without an answer.</summary>
    public const int PushPullCountMax = 127;

    /// <summary>Gossip streams open at the same time: accepted ones, and as many of our own.</summary>
    public const int StreamCountMax = 512;

    /// <summary>Connections that were closed by us and whose peer has not yet closed its side.</summary>
    public const int ClosingStreamCountMax = 256;

    /// <summary>
    /// What all accepted streams may hold while their messages are not complete: a dozen full states.
    /// </summary>
    public const int StreamTotalSizeMax = 256 * 1024 * 1024;

    /// <summary>Bytes a stream of any kind may hold before its kind is known.</summary>
    public const int StreamHeaderSizeMax = 4096;

    /// <summary>
    /// Bytes taken from a stream's socket at a time: one inbox item each, the next after it was processed.
    /// </summary>
    public const int StreamReadSize = 32 * 1024;

    /// <summary>
    /// Output one TCP connection may hold for a peer that does not read: a full state and then some.
    /// </summary>
    public const int StreamPendingSizeMax = 64 * 1024 * 1024;

    /// <summary>
    /// UDP receives in flight. The socket layer keeps one operation to reuse; each above it would allocate.
    /// </summary>
    public const int UdpReceiveCount = 1;

    /// <summary>UDP sends in flight; they pend only while the socket's send buffer is full.</summary>
    public const int UdpSendCountMax = 64;

    /// <summary>Packet buffers kept for the next burst; a packet nearly always fits one.</summary>
    public const int PacketBufferCountMax = 1024;

    /// <summary>
    /// Size of such a buffer: above every packet budget in use. A larger packet gets memory of its own.
    /// </summary>
    public const int PacketBufferSize = 2048;

    /// <summary>
    /// Memory of this size is pooled. Larger pieces are needed rarely, and a pool would keep them for good.
    /// </summary>
    public const int PooledBufferSizeMax = 1 << 20;

    /// <summary>
    /// A heap may grow to this, and to three times what lives in it, before an agent at rest collects it.
    /// </summary>
    public const long HeapSizeKept = 8 * 1024 * 1024;

    /// <summary>Worker threads that ask for names at the same time.</summary>
    public const int ResolverThreadCountMax = 4;

    /// <summary>Joins that wait for such a thread; clients may leave before theirs has begun.</summary>
    public const int ResolverRequestCountMax = 256;

    /// <summary>
    /// Dialling a name server over TCP, asking it, and hearing it: each at most so long, for one name.
    /// </summary>
    public const int NameServerStepMillisecondsMax = 2000;

    /// <summary>One answer of a name server: what its two bytes of length can tell.</summary>
    public const int NameServerAnswerSizeMax = 65535;

    /// <summary>Addresses of one name: each takes its time to be contacted, one after the other.</summary>
    public const int NameAddressCountMax = 1024;

    /// <summary>A message of multicast DNS (RFC 6762, section 17).</summary>
    public const int MdnsMessageSizeMax = 9000;

    /// <summary>One answer by multicast DNS: what a network carries in one piece.</summary>
    public const int MdnsAnswerSizeMax = PacketBudget;

    /// <summary>Questions of one message that are answered; peers send one.</summary>
    public const int MdnsQuestionCountMax = 16;

    /// <summary>
    /// Answers by multicast DNS in one second: each node of a large network asks once a minute.
    /// </summary>
    public const int MdnsAnswerCountMax = 1024;

    /// <summary>
    /// The same to one address: many nodes may run on one host. Whoever forges the address of a victim can
    /// have it sent no more than this.
    /// </summary>
    public const int MdnsAnswersToOneCountMax = 64;

    /// <summary>
    /// Messages of multicast DNS that wait for the node's thread: a large network's answers to one question,
    /// and few beside the packets of gossip.
    /// </summary>
    public const int MdnsWaitingCountMax = 256;

    /// <summary>Nodes of which one poll knows something but not all; a peer tells all at once.</summary>
    public const int MdnsEntryCountMax = 128;

    /// <summary>Questions about such nodes in one poll.</summary>
    public const int MdnsFollowUpCountMax = 16;

    /// <summary>
    /// Addresses found by multicast DNS that are joined at a time, one after the other. One of a cluster is
    /// enough; what is left over comes with a later poll.
    /// </summary>
    public const int MdnsBatchCountMax = 64;

    /// <summary>Addresses of which is remembered that they were joined, or when to try again.</summary>
    public const int MdnsPeerCountMax = 4096;

    /// <summary>The file that names the name servers: only one line of it is used.</summary>
    public const int ResolverFileSizeMax = 64 * 1024;

    /// <summary>Nesting of MessagePack containers under an unknown key.</summary>
    public const int MsgpackDepthMax = 32;

    /// <summary>A key of a MessagePack structure; the longest known one has 12.</summary>
    public const int MsgpackKeySizeMax = 1024;

    /// <summary>
    /// Entries of a MessagePack structure, unknown ones counted; the largest known one has 11.
    /// </summary>
    public const int MsgpackFieldCountMax = 65536;

    /// <summary>Members known to one node: what one push/pull can carry.</summary>
    public const int MemberCountMax = PushPullNodeCountMax;

    /// <summary>
    /// Names, metadata and <see cref="MemberRecordOverhead"/> of all members: peers refuse a push/pull that
    /// has more.
    /// </summary>
    public const int MemberTableSizeMax = StreamSizeMax;

    /// <summary>A node record on the wire without name and metadata: field names, numbers, address.</summary>
    public const int MemberRecordOverhead = 96;

    /// <summary>
    /// Pings in flight on behalf of other nodes: a forged flood of requests is cut off here.
    /// </summary>
    public const int RelayCountMax = 1024;

    /// <summary>Pings and indirect pings answered per received packet; every peer sends one.</summary>
    public const int PacketReplyCountMax = 8;

    /// <summary>
    /// Members asked in one second which of two claims about them is true, each once: restarts are rare. And
    /// those asked in one reap interval whether they leave indeed.
    /// </summary>
    public const int DoubtCountMax = 32;

    /// <summary>
    /// Nodes that tell a returned member who is alive, about; in a smaller cluster all do. If all did in a
    /// large one, what each gets would grow with the cluster.
    /// </summary>
    public const int ReturnTellerCount = 32;

    /// <summary>Claims in such a packet, at most: about what gossip could carry in one.</summary>
    public const int ReturnClaimCountMax = 16;

    /// <summary>
    /// Members that a node tells so in one second, each once. Half of a large cluster returns over seconds;
    /// a forger who lets members fail and return causes no more than this.
    /// </summary>
    public const int ReturnedCountMax = 32;

    /// <summary>Pings asked for by the layer above and not yet answered.</summary>
    public const int PingCallCountMax = 256;

    /// <summary>Members that were forgotten and whose last incarnation is kept for a moment.</summary>
    public const int TombstoneCountMax = 1024;

    /// <summary>Payload of an ack: a coordinate is a tenth of it, and the ack must fit its packet.</summary>
    public const int AckPayloadSizeMax = 1024;

    /// <summary>
    /// Dimensions of a received coordinate, all that fit into such a payload; every known node has 8.
    /// </summary>
    public const int CoordinateDimensionCountMax = AckPayloadSizeMax / 9;

    /// <summary>
    /// Log lines about refused input in one second; more are counted and reported as a number.
    /// </summary>
    public const int RefusalLogCountMax = 5;

    /// <summary>
    /// Log lines about failed accepts in one second: all of a lasting failure, few of one that comes and
    /// goes.
    /// </summary>
    public const int AcceptFailureLogCountMax = 10;

    /// <summary>Messages waiting in one broadcast queue; the original prunes to this too.</summary>
    public const int BroadcastCountMax = 4096;

    /// <summary>A user event's own hard limit, whatever is configured.</summary>
    public const int UserEventSizeMax = 9216;

    /// <summary>
    /// All user events kept for duplicates and replay; one push/pull carries them beside the members.
    /// </summary>
    public const int EventBufferSizeMax = 8 * 1024 * 1024;

    /// <summary>What one kept event costs beside its bytes: objects here, field names on the wire.</summary>
    public const int EventOverhead = 64;

    /// <summary>What an event costs of which only a hash is kept.</summary>
    public const int EventHashOverhead = 24;

    /// <summary>
    /// Lamport times of which peers remember user events. What is older is refused by them, and is replayed
    /// only to who comes back after an absence.
    /// </summary>
    public const int PeerEventTimeCount = 512;

    /// <summary>
    /// Lamport times of which this node remembers user events: a burst of some seconds may come newest first.
    /// Its memory follows the events that there are.
    /// </summary>
    public const int EventTimeCount = 32768;

    /// <summary>
    /// Events sent before the first contact with a peer that are kept to be stamped anew; older ones are
    /// replayed only.
    /// </summary>
    public const int EarlyEventCountMax = 256;

    /// <summary>Events that wait for the first peer after a time alone: a few packets, no flood.</summary>
    public const int LonelyEventCountMax = 64;

    /// <summary>Buckets of one push/pull that are put in order at a time: all that a node like this sends.
    /// </summary>
    public const int ReplaySortCountMax = EventTimeCount + 1;

    /// <summary>Events too long for a packet that wait for their turn: two megabytes at most.</summary>
    public const int LongEventCountMax = 256;

    /// <summary>Connections over which such events are sent at the same time.</summary>
    public const int LongEventStreamCountMax = 16;

    /// <summary>
    /// An event too long for a packet goes to each of so few members, and to some at random where there are
    /// more.
    /// </summary>
    public const int LongEventMemberCountMax = 16;

    /// <summary>User events of one Lamport time: each that comes is compared with all of them.</summary>
    public const int EventsPerTimeMax = 1024;

    /// <summary>Queries of one Lamport time whose identifiers are kept.</summary>
    public const int QueriesPerTimeMax = 1024;

    /// <summary>Queries of our own that are open: each remembers all nodes it waits for.</summary>
    public const int PendingQueryCountMax = 256;

    /// <summary>Nodes that are no members whose answers one query takes.</summary>
    public const int QueryStrangerCountMax = 1024;

    /// <summary>
    /// Answers and acks in one second to addresses that are no member's: a few queries of a node that has
    /// just joined, and too few from each node to bury anybody.
    /// </summary>
    public const int StrangerAnswerCountMax = 16;

    /// <summary>
    /// Addresses without a name that are looked for among all members in one second: only nodes of long ago
    /// leave the name out.
    /// </summary>
    public const int UnnamedLookupCountMax = 256;

    /// <summary>Answers waiting to be sent a second time; above it they go out once.</summary>
    public const int RepeatedAnswerCountMax = 1024;

    /// <summary>Names with a join or leave intent but no member yet.</summary>
    public const int RecentIntentCountMax = 4096;

    /// <summary>
    /// Nodes that are gone which one node looks for at the same time, and in one round: a few connections.
    /// </summary>
    public const int ReconnectCountMax = 8;

    /// <summary>
    /// Reaped members that are looked for: more than fail for good before anybody tidies up.
    /// </summary>
    public const int LostPeerCountMax = 1024;

    /// <summary>
    /// Lamport times at and above this are refused: one such message would make all others old.
    /// </summary>
    public const ulong LamportTimeMax = 1UL << 63;

    /// <summary>
    /// A clock in a push/pull counts as this when it is higher, and from here on single messages must come
    /// closer. Half of the numbers remain for a cluster that somebody has driven up here.
    /// </summary>
    public const ulong LamportClockMax = 1UL << 62;

    /// <summary>
    /// How far ahead of the own clock a message may be: a million steps a second for twelve days. Whoever is
    /// further behind learns the time from a push/pull.
    /// </summary>
    public const ulong LamportStepMax = 1UL << 40;

    /// <summary>
    /// The same above <see cref="LamportClockMax"/>: to use up the rest takes 2^38 messages.
    /// </summary>
    public const ulong LamportHighStepMax = 1UL << 24;

    /// <summary>Keys on a ring that peers add to: a forged packet is tried with each of them.</summary>
    public const int KeyringCountMax = 256;

    /// <summary>Expressions in one members filter: each takes time to compile.</summary>
    public const int ExpressionCountMax = 64;

    /// <summary>A tag filter or member filter expression.</summary>
    public const int ExpressionSizeMax = 1024;

    /// <summary>
    /// Compiled expressions of queries that are kept: some hundred kilobytes each, of any pattern in use.
    /// </summary>
    public const int ExpressionsKept = 8;

    /// <summary>
    /// Steps that tag filters of queries may take in one second, each a few microseconds at the worst: room
    /// for a hundred small expressions, and a fraction of a second for what a hostile peer sends.
    /// </summary>
    public const long FilterWeightMax = 50_000;

    /// <summary>One RPC request, header and body.</summary>
    public const int RpcRequestSizeMax = 1 << 20;

    /// <summary>The same before the handshake, and before the token where one is asked for.</summary>
    public const int RpcEarlyRequestSizeMax = 64 * 1024;

    /// <summary>
    /// Wrong tokens in a short time, of all clients together, before tokens wait to be looked at.
    /// </summary>
    public const int RpcTokenMissCountMax = 16;

    /// <summary>
    /// Addresses, tags or names in one RPC request: above what fits into a node's metadata or a sane join.
    /// </summary>
    public const int RpcListCountMax = 4096;

    /// <summary>The filter list of one RPC stream; it is kept as long as the stream.</summary>
    public const int RpcFilterSizeMax = 16 * 1024;

    /// <summary>Query events one RPC connection may still answer; the oldest gives way.</summary>
    public const int RpcQueryCountMax = 1024;

    /// <summary>
    /// Replies and records a client has not taken; above it commands wait and records are dropped.
    /// </summary>
    public const int RpcPendingSizeMax = 16 * 1024 * 1024;

    /// <summary>
    /// What one such client may always hold, however much others do; with the most connections it is as much
    /// as <see cref="RpcPendingTotalSizeMax"/>.
    /// </summary>
    public const int RpcPendingSizeKept = 256 * 1024;

    /// <summary>The same of all clients together: above it those that hold much wait.</summary>
    public const long RpcPendingTotalSizeMax = 256 * 1024 * 1024;

    /// <summary>And above this one that would hold more is let go: its answers have nowhere to be.</summary>
    public const long RpcPendingTotalSizeEnd = 2 * RpcPendingTotalSizeMax;

    /// <summary>One answer, as a client takes it: a member list of a few hundred thousand members.</summary>
    public const int RpcAnswerSizeMax = 256 * 1024 * 1024;

    /// <summary>RPC connections open at the same time.</summary>
    public const int RpcConnectionCountMax = 1024;

    /// <summary>Records waiting in one RPC stream before new ones are dropped.</summary>
    public const int RpcStreamDepthMax = 512;

    /// <summary>
    /// Seconds after which a connection without a handshake, or without the token that is asked for, makes
    /// room when there is none left.
    /// </summary>
    public const int RpcGreetingSecondsMax = 10;

    /// <summary>
    /// Queries that one RPC connection has open: it must leave some of <see cref="PendingQueryCountMax"/> to
    /// others.
    /// </summary>
    public const int RpcOpenQueryCountMax = PendingQueryCountMax / 2;

    /// <summary>Streams on one RPC connection.</summary>
    public const int RpcStreamCountMax = 256;

    /// <summary>Log lines kept for monitors.</summary>
    public const int LogHistoryCount = 512;

    /// <summary>
    /// Names of user events, as many of queries, and as many commands, that have metrics of their own. Peers
    /// make up names, and neither this node nor whoever takes the metrics could keep all of them.
    /// </summary>
    public const int MetricNameCountMax = 256;

    /// <summary>A name in the key of a metric: one line for a sink must fit into a packet.</summary>
    public const int MetricNameSizeMax = 256;

    /// <summary>Values waiting for one sink of metrics, as in the original.</summary>
    public const int MetricQueueCountMax = 4096;

    /// <summary>Written to a sink at a time, as in the original: less than an Ethernet frame.</summary>
    public const int MetricPacketSizeMax = 1400;

    /// <summary>Lines of the log waiting for syslog.</summary>
    public const int SyslogLineCountMax = 1024;

    /// <summary>One record to syslog, far above what daemons take.</summary>
    public const int SyslogRecordSizeMax = 64 * 1024;

    /// <summary>A snapshot file is rewritten above this size, or above a multiple of what it holds.</summary>
    public const int SnapshotCompactionSizeMin = 128 * 1024;

    /// <summary>One line of a snapshot: names come in packets.</summary>
    public const int SnapshotLineSizeMax = PacketSizeMax;

    /// <summary>Names and addresses of all nodes in a snapshot: those of a full table, and more.</summary>
    public const int SnapshotPeersSizeMax = 2 * MemberTableSizeMax;

    /// <summary>
    /// Failed nodes that a snapshot remembers: after a total outage one of them that answers is enough.
    /// </summary>
    public const int SnapshotFailedCountMax = 1024;

    /// <summary>Lines of one snapshot that are complained about singly.</summary>
    public const int SnapshotWarningCountMax = 100;

    /// <summary>Lines gathered before they are handed to the disk, even when it is not yet time.</summary>
    public const int SnapshotBatchSize = 4096;

    /// <summary>Lines waiting for a disk that does not take them: minutes of heavy traffic.</summary>
    public const int SnapshotPendingSizeMax = 4 * 1024 * 1024;

    /// <summary>What the exit waits for a disk that does not take the last lines.</summary>
    public const int SnapshotCloseMillisecondsMax = 5000;

    /// <summary>Console lines waiting for a terminal that does not take them.</summary>
    public const int ConsoleLineCountMax = 4096;

    /// <summary>Bytes kept of one handler's output: the last ones.</summary>
    public const int HandlerOutputSizeMax = 8192;

    /// <summary>Handler processes running at the same time; what is configured may be less.</summary>
    public const int HandlerCountMax = 64;

    /// <summary>
    /// What a graceful end waits for the events that handlers have not been given yet, and as process 1, with
    /// which all processes end, for the handlers themselves.
    /// </summary>
    public const int HandlerDrainMillisecondsMax = 2000;

    /// <summary>As process 1: what the end waits for processes that were asked to end.</summary>
    public const int OrphanEndMillisecondsMax = 1000;

    /// <summary>Events waiting for one handler; more are dropped, counted and reported.</summary>
    public const int HandlerQueueDepthMax = 65536;

    /// <summary>
    /// Members whose latest state is kept for a handler that is too far behind: what one cluster has.
    /// </summary>
    public const int HandlerMemberCountMax = 65536;

    /// <summary>
    /// What the events waiting for one handler may weigh: full payloads reach this before the count.
    /// </summary>
    public const int HandlerQueueSizeMax = 64 * 1024 * 1024;

    /// <summary>Items waiting for the node thread. The system's own buffers hold what comes beyond.</summary>
    public const int InboxCountMax = 4096;

    /// <summary>
    /// Items beside which a datagram is still taken: the rest of the inbox is for connections, clients and
    /// signals, and the worst packets, a millisecond each, hold them up for a second at most.
    /// </summary>
    public const int InboxPacketCountMax = 1024;

    /// <summary>
    /// Items taken before time is given its turn, so that a flood cannot hold back failure detection.
    /// </summary>
    public const int InboxBatchCountMax = 256;

    /// <summary>A key or token that a command reads from a file or from standard input.</summary>
    public const int CommandSecretSizeMax = 64 * 1024;

    /// <summary>One configuration, tags or keyring file.</summary>
    public const int ConfigFileSizeMax = 16 * 1024 * 1024;

    /// <summary>Changes of the tags that wait for their file: many more than an operator makes.</summary>
    public const int TagChangeCountMax = 64;

    /// <summary>A file that holds one key or one token.</summary>
    public const int SecretFileSizeMax = 4096;

    /// <summary>Nesting in a configuration file; no key takes more than two levels.</summary>
    public const int ConfigDepthMax = 64;

    /// <summary>Faults of one configuration file that are listed; the rest is counted.</summary>
    public const int ConfigFaultCountMax = 100;

    /// <summary>Signals waiting for the main thread; the third one already ends the process.</summary>
    public const int SignalCountMax = 16;

    /// <summary>What the exit waits for a terminal that does not take the last lines.</summary>
    public const int ConsoleFlushMillisecondsMax = 1000;
}
