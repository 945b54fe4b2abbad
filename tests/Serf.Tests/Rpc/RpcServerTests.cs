using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using Serf.Agent.Rpc;
using Serf.Cluster;
using Serf.Coordinates;
using Serf.Host;
using Serf.Net;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Rpc;

public sealed class RpcServerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeAgent _agent = new();
    private readonly List<string> _logs = [];
    private readonly RpcServer _server;
    private readonly NodeLoop _loop;

    public RpcServerTests()
    {
        Inbox inbox = new();
        _server = new RpcServer(RpcListener.Open("127.0.0.1:0"), _agent, inbox);
        _loop = new NodeLoop(_server, inbox);
        _server.Start();
        _loop.Start();
    }

    public void Dispose()
    {
        OnNode(_ => _server.Stop());
        _loop.Stop();
    }

    [Fact]
    public void A_client_is_logged_and_answered()
    {
        using Client client = new(_server.Address);
        client.Calls.Handshake();
        client.Flush();

        Assert.Equal("", client.Next().Error);
        Assert.Equal($"Info agent.ipc: Accepted client: {client.Socket.LocalEndPoint}", _agent.NextLog());
    }

    [Fact]
    public void A_command_that_ends_later_is_answered_and_the_next_one_follows_without_new_bytes()
    {
        using Client client = new(_server.Address);
        client.Calls.Handshake();
        ulong leave = client.Calls.ForceLeave(new ForceLeaveRequest(ByteString.FromText("n1"), false));
        ulong members = client.Calls.Members();
        client.Flush();
        Assert.Equal("", client.Next().Error);
        Assert.True(_agent.Calls.TryTake(out IRpcCall? call, Patience));

        _loop.Post(now => call!.Complete(null, 0, now));

        Assert.Equal(leave, client.Next().Sequence);
        Assert.Equal(members, client.Next().Sequence);

        // And it is read again.
        ulong again = client.Calls.Members();
        client.Flush();
        Assert.Equal(again, client.Next().Sequence);
    }

    [Fact]
    public void A_client_that_goes_lets_go_of_the_agent()
    {
        using (Client client = new(_server.Address))
        {
            client.Calls.Handshake();
            client.Calls.Stream("*");
            client.Flush();
            Assert.Equal("", client.Next().Error);
            Assert.Equal("", client.Next().Error);
            Assert.True(_agent.Attached.WaitOne(Patience));
        }

        Assert.True(_agent.Detached.WaitOne(Patience));
        OnNode(_ => Assert.Equal(0, _server.ConnectionCount));
    }

    [Fact]
    public void A_client_that_does_not_read_holds_up_nobody_and_loses_records()
    {
        using Client client = new(_server.Address);
        client.Calls.Handshake();
        client.Calls.Monitor("DEBUG");
        client.Flush();
        Assert.Equal("", client.Next().Error);
        Assert.Equal("", client.Next().Error);
        Assert.True(_agent.Attached.WaitOne(Patience));
        string line = new('x', 8000);
        OnNode(_ =>
        {
            for (int count = 0; count < 20_000; count++)
            {
                _agent.LogSession!.DeliverLog(LogLevel.Info, line);
            }
        });

        // 160 MB were offered; the queue holds 512 records, the rest of what arrives was in the kernel's
        // buffers.
        Assert.Equal($"Info agent.ipc: Accepted client: {client.Socket.LocalEndPoint}", _agent.NextLog());
        Assert.Contains("Dropping logs to", _agent.NextLog(), StringComparison.Ordinal);
        using Client other = new(_server.Address);
        other.Calls.Handshake();
        other.Flush();
        Assert.Equal("", other.Next().Error);
    }

    [Fact]
    public void Stopping_writes_what_is_queued_and_closes()
    {
        using Client client = new(_server.Address);
        client.Calls.Handshake();
        client.Flush();
        Assert.Equal("", client.Next().Error);
        client.Calls.Leave();
        client.Flush();
        Assert.True(_agent.Calls.TryTake(out IRpcCall? call, Patience));
        OnNode(now =>
        {
            call!.Complete(null, 0, now);
            _server.Stop();
        });

        Assert.True(_server.WaitClosed(Patience));
        Assert.Equal("", client.Next().Error);
        Assert.Equal(0, client.Socket.Receive(new byte[1]));
        using Socket late = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        SocketException refused = Assert.Throws<SocketException>(() => late.Connect(SocketText.EndPoint(_server.Address)));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [Fact]
    public void A_port_in_use_is_told_in_the_original_words()
    {
        string address = _server.Address.ToString();

        SerfException exception = Assert.Throws<SerfException>(() => RpcListener.Open(address));

        Assert.Equal($"listen tcp {address}: bind: address already in use", exception.Message);
    }

    [Theory]
    [InlineData("foo", "listen tcp: address foo: missing port in address")]
    [InlineData("300.1.1.1:7373", "listen tcp: lookup 300.1.1.1: no such host")]
    [InlineData("1.2.3.4:7373", "listen tcp 1.2.3.4:7373: bind: cannot assign requested address")]
    public void A_bad_address_is_told_in_the_original_words(string address, string expected)
    {
        SerfException exception = Assert.Throws<SerfException>(() => RpcListener.Open(address));

        Assert.Equal(expected, exception.Message);
    }

    [Fact]
    public void What_a_client_took_or_never_will_take_is_no_longer_counted()
    {
        using (Client client = new(_server.Address))
        {
            client.Calls.Handshake();
            client.Calls.Monitor("DEBUG");
            client.Flush();
            Assert.Equal("", client.Next().Error);
            Assert.Equal("", client.Next().Error);
            Assert.True(_agent.Attached.WaitOne(Patience));
            Flood();
            Assert.InRange(_server.Pending.Size, 1, Limits.RpcPendingSizeMax + 8192);
        }

        Assert.True(_agent.Detached.WaitOne(Patience));
        Assert.True(SpinWait.SpinUntil(() => _server.Pending.Size == 0, Patience));
        using Client reader = new(_server.Address);
        reader.Calls.Handshake();
        reader.Calls.Monitor("DEBUG");
        reader.Flush();
        Assert.Equal("", reader.Next().Error);
        Assert.Equal("", reader.Next().Error);
        Assert.True(_agent.Attached.WaitOne(Patience));
        Flood();
        Assert.True(_server.Pending.Size > 0);
        while (_server.Pending.Size > 0)
        {
            Assert.True(reader.Next().IsRecord);
        }
    }

    [Fact]
    public void Where_all_hold_much_only_those_that_hold_little_get_more()
    {
        using Client idle = new(_server.Address);
        idle.Calls.Handshake();
        idle.Calls.Monitor("DEBUG");
        idle.Flush();
        Assert.Equal("", idle.Next().Error);
        Assert.Equal("", idle.Next().Error);
        Assert.True(_agent.Attached.WaitOne(Patience));
        _server.Pending.Add(Limits.RpcPendingTotalSizeMax);
        Flood();
        long own = _server.Pending.Size - Limits.RpcPendingTotalSizeMax;
        Assert.InRange(own, 1, Limits.RpcPendingSizeKept + 8192);
        using Client other = new(_server.Address);
        other.Calls.Handshake();
        other.Flush();
        Assert.Equal("", other.Next().Error);

        // And past the end there is no room for a single answer.
        _server.Pending.Add(Limits.RpcPendingTotalSizeMax);
        other.Calls.Members();
        other.Flush();
        Assert.True(other.IsClosed());
        _server.Pending.Add(-2 * Limits.RpcPendingTotalSizeMax);
    }

    [Fact]
    public void Who_says_nothing_makes_room_and_who_was_greeted_does_not()
    {
        RpcServer small = new(RpcListener.Open("127.0.0.1:0"), _agent, _server.Inbox)
        {
            ConnectionCountMax = 3,
            GreetingTime = TimeSpan.Zero,
        };
        OnNode(_ =>
        {
            _loop.Add(small);
            small.Start();
        });
        using Client first = Greeted(small);
        using Client silent = new(small.Address);
        using Client second = Greeted(small);

        using Client third = Greeted(small);
        Assert.True(silent.IsClosed());
        using Client refused = new(small.Address);
        Assert.True(refused.IsClosed());
        foreach (Client client in (Client[])[first, second, third])
        {
            client.Calls.Members();
            client.Flush();
            Assert.Equal("", client.Next().Error);
        }

        OnNode(_ => small.Stop());
        Assert.Contains(
            $"Warn agent.ipc: Too many clients, closed one that says nothing: {silent.Socket.LocalEndPoint}", Logs());
        Assert.Contains($"Warn agent.ipc: Too many clients, refused: {refused.Socket.LocalEndPoint}", Logs());
    }

    [Fact]
    public void A_token_that_waits_is_looked_at_in_time_and_nobody_else_waits()
    {
        _agent.Token = ByteString.FromText("secret");
        using Client guesser = new(_server.Address);
        guesser.Calls.Handshake();
        guesser.Flush();
        Assert.Equal("", guesser.Next().Error);
        for (int index = 0; index < Limits.RpcTokenMissCountMax; index++)
        {
            guesser.Calls.Authenticate("guess");
            guesser.Flush();
            Assert.Equal(RpcNames.InvalidToken, guesser.Next().Error);
        }

        guesser.Calls.Authenticate("guess");
        guesser.Calls.Authenticate("secret");
        guesser.Calls.Members();
        guesser.Flush();
        using Client other = new(_server.Address);
        other.Calls.Handshake();
        other.Flush();
        Assert.Equal("", other.Next().Error);
        Assert.Equal(RpcNames.InvalidToken, guesser.Next().Error);
        Assert.Equal("", guesser.Next().Error);
        Assert.Equal("", guesser.Next().Error);
    }

    [Fact]
    public void A_socket_that_is_a_file_serves_and_goes_when_the_server_stops()
    {
        string path = Path.Combine(Path.GetTempPath(), "serf-" + Guid.NewGuid().ToString("N"));
        RpcServer server = new(RpcListener.Open("unix://" + path), _agent, _server.Inbox);
        OnNode(_ =>
        {
            _loop.Add(server);
            server.Start();
        });
        using Client client = new(new UnixDomainSocketEndPoint(path));
        client.Calls.Handshake();
        client.Flush();
        Assert.Equal("", client.Next().Error);
        Assert.Equal($"Info agent.ipc: Accepted client: unix:pid={Environment.ProcessId},uid={UserId()}", _agent.NextLog());

        OnNode(_ => server.Stop());
        Assert.True(client.IsClosed());
        Assert.False(File.Exists(path));
        client.Dispose();
        Assert.True(server.WaitClosed(Patience));
    }

    private static string UserId() => File.ReadLines("/proc/self/status")
        .First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];

    private static Client Greeted(RpcServer server)
    {
        Client client = new(server.Address);
        client.Calls.Handshake();
        client.Flush();
        Assert.Equal("", client.Next().Error);
        return client;
    }

    private List<string> Logs()
    {
        while (_agent.TryNextLog(out string? line))
        {
            _logs.Add(line);
        }

        return _logs;
    }

    private void Flood()
    {
        string line = new('x', 8000);
        OnNode(_ =>
        {
            for (int count = 0; count < 4_000; count++)
            {
                _agent.LogSession!.DeliverLog(LogLevel.Info, line);
            }
        });
    }

    private void OnNode(Action<Instant> action)
    {
        using ManualResetEvent done = new(false);
        Exception? thrown = null;
        _loop.Post(now =>
        {
            try
            {
                action(now);
            }
            catch (Exception exception)
            {
                thrown = exception;
            }

            done.Set();
        });
        Assert.True(done.WaitOne(Patience));
        Assert.Null(thrown);
    }

    private sealed class Client : IDisposable
    {
        public Client(in NodeAddress server)
        {
            Socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 30_000 };
            Socket.Connect(SocketText.EndPoint(server));
        }

        public Client(UnixDomainSocketEndPoint server)
        {
            Socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };
            Socket.Connect(server);
        }

        public Socket Socket { get; }

        public RpcCalls Calls { get; } = new();

        public void Flush()
        {
            Socket.Send(Calls.Outgoing);
            Calls.Sent();
        }

        public RpcAnswer Next()
        {
            RpcAnswer? answer;
            byte[] buffer = new byte[4096];
            while (!Calls.TryTake(out answer))
            {
                int size = Socket.Receive(buffer);
                Assert.True(size > 0, "closed");
                Calls.Receive(buffer.AsSpan(0, size));
            }

            return answer!;
        }

        public bool IsClosed()
        {
            try
            {
                return Socket.Receive(new byte[1]) == 0;
            }
            catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
            {
                return true;
            }
        }

        public void Dispose()
        {
            Socket.Dispose();
            Calls.Dispose();
        }
    }

    private sealed class FakeAgent : IRpcAgent, ILog
    {
        private readonly BlockingCollection<string> _lines = [];

        public BlockingCollection<IRpcCall> Calls { get; } = [];

        public AutoResetEvent Attached { get; } = new(false);

        public AutoResetEvent Detached { get; } = new(false);

        public RpcSession? LogSession { get; private set; }

        public ILog Log => this;

        public ByteString Token { get; set; }

        public ByteString AuthKey => Token;

        public string NextLog()
        {
            Assert.True(_lines.TryTake(out string? line, Patience));
            return line!;
        }

        public bool TryNextLog([NotNullWhen(true)] out string? line) => _lines.TryTake(out line);

        public void Write(LogLevel level, string text) => _lines.Add($"{level} {text}");

        public IReadOnlyList<MemberInfo> Members() => [];

        public string? UserEvent(ReadOnlySpan<byte> name, byte[]? payload, bool coalesce) => null;

        public void Join(IRpcCall call, IReadOnlyList<ByteString> addresses, bool replay) => Calls.Add(call);

        public void Leave(IRpcCall call) => Calls.Add(call);

        public void ForceLeave(IRpcCall call, ReadOnlySpan<byte> node, bool prune) => Calls.Add(call);

        public void SetTags(IRpcCall call, Tags set, IReadOnlyList<ByteString> delete) => Calls.Add(call);

        public string? Respond(QueryEvent query, ReadOnlySpan<byte> payload) => null;

        public void ChangeKeys(IRpcCall call, KeyOperation operation, ByteString key, KeyReport report) =>
            call.Complete(null, 0, default);

        public Coordinate? GetCoordinate(ReadOnlySpan<byte> node) => null;

        public string? Query(QueryParameters parameters, IQuerySink sink) => null;

        public void AbandonQuery(IQuerySink sink)
        {
        }

        public IReadOnlyList<KeyValuePair<string, IReadOnlyList<KeyValuePair<ByteString, ByteString>>>> Stats() => [];

        public void AttachEvents(RpcSession session) => Attached.Set();

        public void DetachEvents(RpcSession session) => Detached.Set();

        public void AttachLog(RpcSession session)
        {
            LogSession = session;
            Attached.Set();
        }

        public void DetachLog(RpcSession session) => Detached.Set();
    }
}
