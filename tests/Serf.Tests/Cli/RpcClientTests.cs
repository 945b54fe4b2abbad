using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Serf.Cli;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Cli;

/// <summary>What the program's own client makes of agents that do not do what they should (spec rpc 8).</summary>
public sealed class RpcClientTests : IDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public RpcClientTests() => _listener.Start();

    private string Address => _listener.LocalEndpoint.ToString()!;

    public void Dispose() => _listener.Dispose();

    [Fact]
    public void An_agent_that_never_answers_is_given_up()
    {
        RpcClientException fault = Assert.Throws<RpcClientException>(() => RpcClient.Connect(Address, "", Short));

        Assert.Matches(@"^read tcp 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+: i/o timeout$", fault.Message);
    }

    [Fact]
    public void So_is_one_that_sends_records_instead_of_an_answer()
    {
        Thread server = Serve(stream =>
        {
            stream.Write(Reply(1));
            stream.Write(Reply(2));
            while (true)
            {
                // Of the monitor that the client asked for before.
                stream.Write(Reply(2));
                stream.Write([0x81, 0xA3, .. "Log"u8, 0xA1, (byte)'x']);
                stream.Flush();
            }
        });
        using (RpcClient client = RpcClient.Connect(Address, "", Short))
        {
            client.Monitor("INFO");
            RpcClientException fault = Assert.Throws<RpcClientException>(() => client.Members());
            Assert.EndsWith(": i/o timeout", fault.Message, StringComparison.Ordinal);
        }

        Assert.True(server.Join(Patience));
    }

    [Fact]
    public void One_on_a_file_is_given_up_too()
    {
        string path = Path.Combine(Path.GetTempPath(), "serf-" + Guid.NewGuid().ToString("N"));
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();

        RpcClientException fault = Assert.Throws<RpcClientException>(
            () => RpcClient.Connect("unix://" + path, "", Short));

        Assert.Equal($"read unix @->{path}: i/o timeout", fault.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public void An_agent_that_goes_ends_what_waits(int size)
    {
        Thread server = Serve(stream => stream.Write(Reply(1).AsSpan(0, size)));

        RpcClientException fault = Assert.Throws<RpcClientException>(() => RpcClient.Connect(Address, ""));

        Assert.Equal("client closed", fault.Message);
        Assert.True(server.Join(Patience));
    }

    [Fact]
    public void An_answer_nobody_asked_for_and_one_that_is_none_are_told()
    {
        foreach ((byte[] answer, string text) in ((byte[], string)[])
            [(Reply(9), "response to no request"), ([0xC1], "invalid response"), ([0x05], "invalid response header")])
        {
            Thread server = Serve(stream => stream.Write(answer));
            Assert.Equal(
                text, Assert.Throws<RpcClientException>(() => RpcClient.Connect(Address, "")).Message);
            Assert.True(server.Join(Patience));
        }
    }

    [Fact]
    public void Records_of_nobody_at_the_end_of_a_query_are_not_answers()
    {
        Thread server = Serve(stream =>
        {
            stream.Write(Reply(1));
            stream.Write(Reply(2));
            foreach ((string kind, string from) in ((string, string)[])
                [("ack", ""), ("response", ""), ("ack", "a"), ("response", "b"), ("ack", ""), ("done", "")])
            {
                stream.Write(Reply(2));
                stream.Write([0x83, 0xA4, .. "From"u8, .. Text(from), 0xA7, .. "Payload"u8, 0xC0]);
                stream.Write([0xA4, .. "Type"u8, .. Text(kind)]);
            }
        });
        string seen = "";
        QueryEnd end;
        using (RpcClient client = RpcClient.Connect(Address, ""))
        {
            client.Query(new QueryRequest([], Tags.Empty, true, 0, 0, ByteString.FromText("q"), null));
            end = QueryRecords.Follow(client, record => seen += $"{record.Kind} {record.From};");
        }

        Assert.Equal(QueryEnd.Done, end);
        Assert.Equal("ack a;response b;", seen);
        Assert.True(server.Join(Patience));
    }

    private static byte[] Reply(byte sequence) =>
        [0x82, 0xA5, .. "Error"u8, 0xA0, 0xA3, .. "Seq"u8, sequence];

    private static byte[] Text(string text) =>
        [(byte)(0xA0 + text.Length), .. Encoding.ASCII.GetBytes(text)];

    private Thread Serve(Action<Stream> serve)
    {
        Thread thread = new(() => Answer(serve)) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private void Answer(Action<Stream> serve)
    {
        using TcpClient client = _listener.AcceptTcpClient();
        using NetworkStream stream = client.GetStream();
        try
        {
            serve(stream);

            // Not closed with requests unread: that would lose what was sent.
            client.Client.Shutdown(SocketShutdown.Send);
            while (stream.Read(new byte[256]) > 0)
            {
                // To the client's end.
            }
        }
        catch (IOException)
        {
            // The client has gone.
        }
    }
}
