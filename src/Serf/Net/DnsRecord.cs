namespace Serf.Net;

/// <summary>One resource record of a message.</summary>
/// <param name="Name">Where its name begins in the message.</param>
/// <param name="Type">What it is.</param>
/// <param name="Class">With the upper bit, which multicast DNS uses for itself.</param>
/// <param name="TimeToLive">Seconds.</param>
/// <param name="Data">Where its data begins in the message.</param>
/// <param name="DataSize">Bytes of data; all of them are there.</param>
internal readonly record struct DnsRecord(
    int Name, ushort Type, ushort Class, uint TimeToLive, int Data, int DataSize);
