using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Cluster;
using Serf.Core.Tests.Rpc;
using Serf.Fuzz.Engine;
using Serf.Primitives;
using Serf.Rpc;

namespace Serf.Fuzz.Targets;

/// <summary>
/// Several clients of one agent in turns: requests come in pieces, commands end late, events, queries and log lines
/// happen between them, some clients do not read, and each goes at any moment. In the end the agent holds nothing of
/// anybody, and nothing was sent to who has gone.
/// </summary>
/// <remarks>
/// The first byte tells by its highest bit whether a token is asked for. Then come steps: a byte for what happens, one
/// for its size or kind, then the bytes.
/// </remarks>
internal sealed class RpcLifeTarget : FuzzTarget
{
    private const int ClientCount = 3;

    // An expression is compiled for what a few bytes ask.
    public override long AllocationBase => 32 << 20;

    public override long AllocationPerByte => 256 * 1024;

    public override int SmokeCount => 300;

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (byte[] requests in RpcSessionTarget.Sent("request"))
        {
            List<byte> steps = [];
            for (int start = 0; start < requests.Length; start += 100)
            {
                byte[] piece = requests.AsSpan(start, Math.Min(100, requests.Length - start)).ToArray();
                steps.AddRange([0, (byte)piece.Length, .. piece, (byte)(6 + (start / 100 % 6)), 0]);
            }

            yield return [0x00, .. steps];
            yield return [0x80, .. steps];
        }
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        Bed bed = new(isGuarded: !input.IsEmpty && input[0] >= 0x80);
        int position = 1;
        while (position + 2 <= input.Length)
        {
            byte kind = input[position];
            byte size = input[position + 1];
            position += 2;
            if (kind % 12 < 6)
            {
                int length = Math.Min(size, input.Length - position);
                bed.Receive(kind % ClientCount, input.Slice(position, length));
                position += length;
            }
            else
            {
                bed.Happen(kind % 12, size);
            }
        }

        bed.End();
    }

    private sealed class Bed
    {
        private readonly FakeAgent _agent;
        private readonly TokenGuard _guard = new();
        private readonly FakeOutput[] _outputs = new FakeOutput[ClientCount];
        private readonly RpcSession[] _sessions = new RpcSession[ClientCount];
        private readonly List<IRpcCall> _waiting = [];
        private readonly List<IQuerySink> _queries = [];
        private Instant _now;

        public Bed(bool isGuarded)
        {
            _agent = new() { AuthKey = isGuarded ? ByteString.FromText("open-sesame") : default };
            for (int index = 0; index < ClientCount; index++)
            {
                Connect(index);
            }
        }

        public void Receive(int client, ReadOnlySpan<byte> bytes)
        {
            bool wasClosed = _outputs[client].IsClosed;
            int count = _outputs[client].Units.Count;
            _sessions[client].Receive(bytes, _now);
            FuzzException.Check(
                !wasClosed || _outputs[client].Units.Count == count, "something was sent to who was sent away");
            Collect();
        }

        public void Happen(int kind, byte value)
        {
            int client = value % ClientCount;
            switch (kind)
            {
                case 6:
                    _now += TimeSpan.FromMilliseconds(value * 10);
                    Array.ForEach(_sessions, session => session.Advance(_now));
                    break;
                case 7:
                    SerfEvent happened = value % 2 == 0
                        ? new UserEvent(value, ByteString.FromText("deploy"), [value], true)
                        : new QueryEvent(value, value, ByteString.FromText("load"), [value], default, default, 0, Instant.Never);
                    Array.ForEach(_sessions, session => session.Deliver(happened, _now));
                    Array.ForEach(_sessions, session => session.DeliverLog(LogLevel.Warn, "a line"));
                    break;
                case 8:
                    _agent.IsSlow = !_agent.IsSlow;
                    break;
                case 9:
                    _waiting.ForEach(call => call.Complete(value % 2 == 0 ? null : "no", 1, _now));
                    _waiting.Clear();
                    _queries.ForEach(query => Answer(query, value));
                    _queries.Clear();
                    break;
                case 10:
                    _outputs[client].IsStalled = !_outputs[client].IsStalled;
                    _outputs[client].PendingSize = _outputs[client].IsStalled ? Limits.RpcPendingSizeMax - value : 0;
                    _outputs[client].PendingRecordCount = 0;
                    _sessions[client].Receive([], _now);
                    break;
                default:
                    Go(client);
                    Connect(client);
                    break;
            }

            Collect();
        }

        public void End()
        {
            for (int client = 0; client < ClientCount; client++)
            {
                Go(client);
            }

            AssertEven("attach events", "detach events");
            AssertEven("attach log", "detach log");
        }

        private static void Answer(IQuerySink query, byte value)
        {
            query.Acked(ByteString.FromText("n"));
            query.Answered(ByteString.FromText("n"), [value]);
            query.Ended();
        }

        private void Connect(int client)
        {
            _outputs[client] = new FakeOutput();
            _sessions[client] = new RpcSession(_agent, _outputs[client], _guard);
        }

        // What was under way for the client ends after it; none of that may reach it.
        private void Go(int client)
        {
            RpcSession session = _sessions[client];
            FakeOutput output = _outputs[client];
            session.Closed();
            int count = output.Units.Count;
            session.Receive([0xC0], _now);
            session.Advance(_now);
            session.Deliver(new UserEvent(1, default, null, false), _now);
            session.DeliverLog(LogLevel.Err, "a line");
            FuzzException.Check(output.Units.Count == count, "something was sent to who has gone");
            FuzzException.Check(
                !session.WantsInput && session.NextDeadline == Instant.Never, "who has gone waits for something");
        }

        // The fake agent remembers the last call and the last query only.
        private void Collect()
        {
            if (_agent.Waiting is { } call && !_waiting.Contains(call))
            {
                _waiting.Add(call);
            }

            if (_agent.LastQuery is { } query && !_queries.Contains(query))
            {
                _queries.Add(query);
            }
        }

        private void AssertEven(string taken, string given)
        {
            int left = _agent.Calls.Count(call => call == taken) - _agent.Calls.Count(call => call == given);
            FuzzException.Check(left == 0, $"{left} times: {taken}");
        }
    }
}
