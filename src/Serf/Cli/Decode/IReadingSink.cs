using System;
using System.Collections.Generic;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cli.Decode;

/// <summary>
/// Is told what stands in one packet or stream, message by message and field by field, under the wire's own
/// names. A default span is the wire's nil. A key is null for the elements of a list.
/// </summary>
internal interface IReadingSink
{
    /// <summary>Whether bytes are wanted as they are even where what they hold is told too.</summary>
    bool WantsRaw { get; }

    /// <summary>Whether what fields hold is wanted: tags, filters, coordinates, relayed messages.</summary>
    bool WantsInside { get; }

    /// <summary>Forgets what was told before.</summary>
    void Clear();

    /// <param name="key">Its place in the message around it; null for one of the line's own.</param>
    /// <param name="name">Null when the type is not known.</param>
    void BeginMessage(string? key, string? name);

    void EndMessage();

    void BeginFields();

    void EndFields();

    void BeginObject(string? key);

    void EndObject();

    void BeginList(string key);

    void EndList();

    /// <summary>Why the message could not be read, and its bytes.</summary>
    void Refuse(string error, ReadOnlySpan<byte> bytes);

    void Nil(string key);

    /// <summary>Text, which is UTF-8 as a rule but not by promise.</summary>
    void Text(string? key, ReadOnlySpan<byte> value);

    void Bytes(string? key, ReadOnlySpan<byte> value);

    void Number(string key, long value);

    void Number(string key, ulong value);

    void Real(string? key, double value);

    void Flag(string key, bool value);

    void Duration(string key, long nanoseconds);

    /// <summary>An IP address and its port, two fields side by side.</summary>
    void Address(string ipKey, ReadOnlySpan<byte> ip, string portKey, long port);

    /// <summary>The six version bytes of a node.</summary>
    void Versions(string key, ReadOnlySpan<byte> value);

    /// <summary>State of a node in a push/pull.</summary>
    void State(string key, long value);

    void Tags(string key, Tags? tags);

    void Times(string key, SortedDictionary<ByteString, ulong> times);
}
