using System;

namespace Serf.Cli;

/// <summary>
/// The agent refused, or the connection to it failed: the text to be shown behind a command's own words.
/// </summary>
internal sealed class RpcClientException(string text) : Exception(text);
