using Serf.Primitives;
using Serf.Swim;

namespace Serf.Simulation.Scale;

/// <summary>One connection: bytes arrive whole and in order, or the other side is silent.</summary>
internal sealed class ScaleStream(int dialler, StreamId diallerId, int acceptor)
{
    private Instant _lastToDialler;
    private Instant _lastToAcceptor;

    public StreamId DiallerId => diallerId;

    public int Acceptor => acceptor;

    /// <summary>None until the connection stands.</summary>
    public StreamId AcceptorId { get; set; }

    /// <summary>The other end, as seen from <paramref name="host"/>.</summary>
    public (int Host, StreamId Id) Other(int host) =>
        host == dialler ? (acceptor, AcceptorId) : (dialler, diallerId);

    /// <summary>Nothing overtakes what was sent before it.</summary>
    public Instant Arrival(int sender, Instant at)
    {
        ref Instant last = ref sender == dialler ? ref _lastToAcceptor : ref _lastToDialler;
        last = at > last ? at : last;
        return last;
    }
}
