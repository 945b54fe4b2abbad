using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cluster;

// Keys of the cluster: asking all nodes, and doing what is asked (spec serf 6.10, 12.4).
public sealed partial class SerfNode
{
    private const string NoKeyring = "No keyring to modify (encryption not enabled)";
    private const string EmptyKeyring = "Keyring is empty (encryption not enabled)";

    // What one key takes in an answer, at the very least; it decides how many a first try holds.
    private const int ListedKeySizeMin = 25;

    /// <summary>
    /// Has every node, this one included, change or list its keys. The call completes when all that are
    /// believed alive have answered, and after <see cref="DefaultQueryTimeout"/> at the latest, with an error
    /// unless all of them succeeded.
    /// </summary>
    /// <param name="key">Empty for a list.</param>
    /// <param name="report">Filled with what they say; final when the call completes.</param>
    public void BeginKeyOperation(
        CallId call, KeyOperation operation, ReadOnlySpan<byte> key, KeyReport report, Instant now)
    {
        // Bytes that are there, even if none are: a list request has an empty key, not none.
        KeyRequest request = new() { Key = key.IsEmpty ? new byte[1].AsSpan(0, 0) : key };
        byte[] payload = new byte[SerfCodec.SizeOf(request)];
        SerfCodec.Write(request, payload);
        QueryParameters parameters = new()
        {
            Name = ByteString.FromText(QueryName(operation)),
            Payload = payload,
        };
        if (BeginQuery(parameters, new KeyQuery(this, call, report), now) is { } error)
        {
            _effects.CallCompleted(call, error, 0);
            return;
        }

        report.NodeCount = Swim.AliveCount;
    }

    private static string QueryName(KeyOperation operation) => operation switch
    {
        KeyOperation.Install => "_serf_install-key",
        KeyOperation.Use => "_serf_use-key",
        KeyOperation.Remove => "_serf_remove-key",
        _ => "_serf_list-keys",
    };

    private static ByteString Base64(ReadOnlySpan<byte> key) =>
        ByteString.FromText(Convert.ToBase64String(key));

    private static byte[] Encode(in KeyResponse response)
    {
        byte[] answer = new byte[SerfCodec.SizeOf(response)];
        SerfCodec.Write(response, answer);
        return answer;
    }

    private void ChangeKeys(QueryEvent query, KeyOperation operation, Instant now)
    {
        // The type byte is stepped over unseen, as every peer does. Without a word fails what cannot be read.
        ReadOnlySpan<byte> payload = query.Payload;
        string? refusal = "";

        // Who is killed and comes back while queries are still gossiped must not take them again: the removal
        // of a key that was installed anew since then.
        _snapshot?.Secure(now);
        if (!payload.IsEmpty && SerfCodec.TryRead(payload[1..], out KeyRequest request) == ReadStatus.Ok)
        {
            refusal = Swim.Options.Encryption is { Keyring: Keyring keyring }
                ? ChangeKeyring(keyring, operation, request.Key)
                : NoKeyring;
        }

        if (refusal == NoKeyring)
        {
            _log.Write(LogLevel.Err, $"serf: {refusal}");
        }

        KeyResponse response = new()
        {
            Result = refusal is null,
            Message = refusal is null ? default : ByteText.ToBytes(refusal),
        };
        RespondInternally(query, Encode(response), now);
    }

    /// <returns>Null, or why not.</returns>
    private string? ChangeKeyring(Keyring keyring, KeyOperation operation, ReadOnlySpan<byte> key)
    {
        (string query, string failure) = operation switch
        {
            KeyOperation.Install => ("install-key", "install key"),
            KeyOperation.Use => ("use-key", "change primary key"),
            _ => ("remove-key", "remove key"),
        };
        _log.Write(LogLevel.Info, $"serf: Received {query} query");
        if (Change(keyring, operation, key) is string refusal)
        {
            _log.Write(LogLevel.Err, $"serf: Failed to {failure}: {refusal}");
            return refusal;
        }

        string? fault = _effects.SaveKeyring(keyring);
        if (fault is not null)
        {
            _log.Write(LogLevel.Err, $"serf: {fault}");
        }

        return fault;
    }

    /// <returns>Null, or why not, in the words that operators know.</returns>
    private static string? Change(Keyring keyring, KeyOperation operation, ReadOnlySpan<byte> key)
    {
        if (operation == KeyOperation.Install && keyring.Count >= Limits.KeyringCountMax && !keyring.Has(key))
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"keyring exceeds limit of {Limits.KeyringCountMax} keys");
        }

        KeyringStatus status = operation switch
        {
            KeyOperation.Install => keyring.Add(key),
            KeyOperation.Use => keyring.Use(key),
            _ => keyring.Remove(key),
        };
        return status switch
        {
            KeyringStatus.Ok => null,
            KeyringStatus.SizeInvalid => "key size must be 16, 24 or 32 bytes",
            KeyringStatus.Unknown => "requested key is not in the keyring",
            _ => "removing the primary key is not allowed",
        };
    }

    private void ListKeys(QueryEvent query, Instant now)
    {
        if (Swim.Options.Encryption is not { IsOn: true } encryption)
        {
            _log.Write(LogLevel.Err, $"serf: {EmptyKeyring}");
            RespondInternally(query, Encode(new() { Message = Encoding.UTF8.GetBytes(EmptyKeyring) }), now);
            return;
        }

        _log.Write(LogLevel.Info, "serf: Received list-keys query");
        List<ByteString> keys = [];
        for (int index = 0; index < encryption.Keyring.Count; index++)
        {
            keys.Add(Base64(encryption.Keyring.KeyAt(index)));
        }

        KeyResponse response = new() { Result = true, Keys = keys, PrimaryKey = keys[0].Span };
        byte[] answer = Encode(response);
        int count = Math.Min(keys.Count, Options.QueryResponseSizeMax / ListedKeySizeMin);
        while (SizeOfAnswer(query, answer) > Options.QueryResponseSizeMax && count > 0)
        {
            response.Keys = keys.GetRange(0, count);
            response.Message = Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"truncated key list response, showing first {count} of {keys.Count} keys"));
            answer = Encode(response);
            count--;
        }

        // One that is still too long is refused and logged: an empty list would be a lie.
        RespondInternally(query, answer, now);
    }

    private int SizeOfAnswer(QueryEvent query, ReadOnlySpan<byte> answer)
    {
        QueryResponseMessage response = new()
        {
            LamportTime = query.LamportTime, Id = query.Id, From = Name.Span, Payload = answer,
        };
        return SerfCodec.SizeOf(response);
    }

    /// <summary>Adds up what the nodes answer.</summary>
    private sealed class KeyQuery(SerfNode node, CallId call, KeyReport report) : IQuerySink
    {
        public void Acked(ByteString name)
        {
            // None are asked for.
        }

        public void Answered(ByteString name, byte[]? payload)
        {
            // The report is about members: who is none could only blur it.
            if (node._members.Find(name.Span) is null)
            {
                return;
            }

            report.AnswerCount++;
            if (payload is not [(byte)SerfMessageType.KeyResponse, ..])
            {
                string kind = payload is null or [] ? "none" : Text(payload[0]);
                Fail(name, "Invalid key query response type: " + kind);
                return;
            }

            if (SerfCodec.TryRead(payload.AsSpan(1), out KeyResponse response) != ReadStatus.Ok)
            {
                Fail(name, "Failed to decode key query response: not a key response");
                return;
            }

            report.ErrorCount += response.Result ? 0 : 1;
            if (!response.Result || !response.Message.IsEmpty)
            {
                report.Messages[name] = ByteString.Copy(response.Message);
            }

            foreach (ByteString key in response.Keys ?? [])
            {
                report.Count(key.ToString(), 1);
            }
        }

        public void Ended()
        {
            string? error = null;
            if (report.ErrorCount != 0)
            {
                error = Share(report.ErrorCount) + " nodes reported failure";
            }
            else if (report.AnswerCount < report.NodeCount)
            {
                error = Share(report.AnswerCount) + " nodes reported success";
            }

            node._effects.CallCompleted(call, error, 0);
        }

        private void Fail(ByteString name, string reason)
        {
            report.ErrorCount++;
            report.Messages[name] = ByteString.FromText(reason);
        }

        private string Share(int count) => Text(count) + "/" + Text(report.NodeCount);
    }
}
