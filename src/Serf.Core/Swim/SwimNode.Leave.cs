using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Swim;

// The node's own announcements: new metadata, and leaving (spec gossip 8.4 and 8.5).
public sealed partial class SwimNode
{
    // Any token but 0 asks for the end to be reported; the observer needs no more.
    private const int AnnouncementToken = 1;

    private bool _leaving;

    private bool HasPeers => _members.AliveCount > (Self.IsGone ? 0 : 1);

    /// <summary>Announces <see cref="ISwimObserver.LocalMeta"/> with the next incarnation.</summary>
    /// <returns>True when somebody is there to hear it, and <see cref="ISwimObserver.AnnouncementFinished"/>
    /// will follow.</returns>
    public bool UpdateMeta(Instant now)
    {
        // Peers ignore news from a node that has left, so nothing would ever finish.
        if (!IsRunning || _leaving || _incarnation == uint.MaxValue)
        {
            return false;
        }

        _now = now;
        _incarnation++;
        bool heard = HasPeers;
        AnnounceSelf(heard ? AnnouncementToken : 0, now);
        return heard;
    }

    /// <summary>Announces that the node leaves. It keeps gossiping and answering until it is shut
    /// down.</summary>
    /// <returns>As <see cref="UpdateMeta"/>.</returns>
    public bool Leave(Instant now)
    {
        if (!IsRunning || _leaving)
        {
            return false;
        }

        _now = now;
        _leaving = true;
        bool heard = HasPeers;
        ReadOnlySpan<byte> name = Self.Name.Span;
        Dead left = new() { Incarnation = Self.Incarnation, Node = name, From = name };
        HandleDead(left, now, heard ? AnnouncementToken : 0);
        SendToSome(left, now);
        return heard;
    }

    // At once, and beside the queue's own count: in a small cluster, or with a full queue, that takes long.
    private void SendToSome(in Dead left, Instant now)
    {
        _members.Pick(
            Options.GossipNodes, PickRule.Alive, Self, null, TimeSpan.Zero, now, ref _prng, _picked);
        foreach (Member target in _picked)
        {
            _fill.Begin(target.Address, target.Versions.ProtocolMax >= ProtocolChecksum);
            _packetWriter.Commit(SwimCodec.Write(left, _packetWriter.Reserve(SwimCodec.SizeOf(left))));
            _fill.Send();
        }
    }
}
