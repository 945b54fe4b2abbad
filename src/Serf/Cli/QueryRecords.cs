using System;
using Serf.Rpc;
using Serf.Wire;

namespace Serf.Cli;

/// <summary>The records of one query, up to its end (spec rpc 7.4).</summary>
internal static class QueryRecords
{
    /// <summary>Said on standard error; the original takes this end for a proper one.</summary>
    public const string Lost =
        "Error: the agent ended the connection before the query was over. Answers may be missing.\n";

    /// <param name="client">Its only stream is the query.</param>
    /// <param name="take">Given each ack and each answer.</param>
    public static QueryEnd Follow(RpcClient client, Action<QueryRecord> take)
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
                return client.IsInterrupted ? QueryEnd.Interrupted : QueryEnd.Lost;
            }

            if (RpcCodec.TryRead(answer.Body, out QueryRecord record) != ReadStatus.Ok)
            {
                continue;
            }

            switch (record.Kind)
            {
                case RpcNames.Done:
                    return QueryEnd.Done;
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
