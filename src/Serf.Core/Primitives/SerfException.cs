using System;

namespace Serf.Primitives;

/// <summary>
/// An operator's mistake or the machine's refusal, with the text to be shown. Never a peer's doing.
/// </summary>
public sealed class SerfException(string text) : Exception(text);
