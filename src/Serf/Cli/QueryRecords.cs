using System;
using Serf.Rpc;
using Serf.Wire;

namespace Serf.Cli;

/// <summary>The records of one query, up to its end (spec rpc 7.4).</summary>
internal static class QueryRecords
{
    /// <param name="client">Its only stream is the query.</param>
    /// <param name="take">Given each ack and each answer.</param>
    /// <returns>
    /// False when it was interrupted. The end of the connection is an end like any other: what came stands.
    /// </returns>
    public static bool Follow(RpcClient client, Action<QueryRecord> take)
    {
        while (true)
        {
            RpcAnswer answer;
            try
            {
                answer = client.TakeRecord();
            }
            catch (RpcClientException)
            {
                return !client.IsInterrupted;
            }

            if (RpcCodec.TryRead(answer.Body, out QueryRecord record) != ReadStatus.Ok)
            {
                continue;
            }

            switch (record.Kind)
            {
                case RpcNames.Done:
                    return true;
                case RpcNames.Ack or RpcNames.Response when !record.From.IsEmpty:
                    take(record);
                    break;
                default:
                    // The original sends some that say nothing, just before the end.
                    break;
            }
        }
    }
}
