using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Swim;

// The claim that a node is alive (spec gossip 4.4), and the refutation of claims about ourselves (4.3).
public sealed partial class SwimNode
{
    private uint _incarnation;

    private ReadStatus HandleAlive(in Alive alive, Instant now)
    {
        bool isSelf = Self.Name.Equals(alive.Node);
        bool isPossible = IsPossible(alive, now, out NodeAddress address, out NodeVersions versions);
        if (!isPossible || (_leaving && isSelf))
        {
            return ReadStatus.Ok;
        }

        bool replaced = false;
        Member? member = _members.Find(alive.Node);
        if (member is null && DoubtForgotten(alive, address, now))
        {
            return ReadStatus.Ok;
        }

        if (member is null)
        {
            member = AddMember(alive.Node, address, alive.Meta, versions, now);
        }
        else if (member.Address != address)
        {
            replaced = MayReplace(member, now);
            if (!replaced)
            {
                ReportConflict(member, address, now);
                return ReadStatus.Ok;
            }

            _log.Write(
                LogLevel.Info,
                $"memberlist: Updating address for left or failed node {member.Name} " +
                $"from {member.Address} to {address}");
        }

        if (member is not null && !isSelf && !HasRoom(alive.Meta.Length - member.Meta.Length))
        {
            RefuseAlive(alive.Node, "has more metadata than there is room for", now);
            return ReadStatus.Ok;
        }

        bool stale = isSelf
            ? alive.Incarnation < member?.Incarnation : alive.Incarnation <= member?.Incarnation;
        if (member is null || (stale && !(replaced && !isSelf)))
        {
            if (member is not null && !isSelf)
            {
                DoubtAlive(member, alive, versions, now);
            }

            return ReadStatus.Ok;
        }

        ForgetSuspicion(member);
        if (isSelf)
        {
            HandleAliveSelf(alive, versions, now);
            return ReadStatus.Ok;
        }

        Accept(member, alive, address, versions, token: 0, now);
        return ReadStatus.Ok;
    }

    private bool IsPossible(in Alive alive, Instant now, out NodeAddress address, out NodeVersions versions)
    {
        versions = default;
        if (alive.Node.IsEmpty || alive.Node.Length > Limits.NameSizeMax
            || alive.Meta.Length > Limits.MetaSizeMax
            || !NodeAddress.TryFromBytes(alive.Address, PortOrOwn(alive.Port), out address))
        {
            address = default;
            RefuseAlive(alive.Node, "has a name, address or metadata of impossible length", now);
            return false;
        }

        if (!Options.AllowedNetworks.Contains(address))
        {
            RefuseAlive(alive.Node, "has an address outside the allowed networks", now);
            return false;
        }

        // Peers up to memberlist 0.6.0 crash on less than six bytes, so such a claim is not passed on; and
        // zeros would make every push/pull fail its version check.
        if (!NodeVersions.TryRead(alive.Versions, out versions)
            || versions.ProtocolMin == 0 || versions.ProtocolMax == 0
            || versions.ProtocolMin > versions.ProtocolMax || versions.DelegateMin > versions.DelegateMax)
        {
            RefuseAlive(alive.Node, "has impossible protocol versions", now);
            return false;
        }

        if (!Self.Name.Equals(alive.Node)
            && !_observer.AcceptsAlive(alive.Node, address, alive.Meta, versions))
        {
            RefuseAlive(alive.Node, "was refused by the layer above", now);
            return false;
        }

        return true;
    }

    // After a restart peers may remember older settings under the same incarnation.
    private void HandleAliveSelf(in Alive alive, NodeVersions versions, Instant now)
    {
        Member self = Self;
        if (alive.Incarnation == self.Incarnation && versions == self.Versions
            && alive.Meta.SequenceEqual(self.Meta))
        {
            return;
        }

        if (CanRefute(alive.Incarnation, now))
        {
            if (_refusals.Allows(now))
            {
                _refusals.Write(
                    LogLevel.Warn,
                    $"memberlist: Refuting an alive message for '{self.Name}' ({self.Address})");
            }

            Refute(alive.Incarnation);
            _metrics.Add(Metric.AliveTaken, 1);
        }
    }

    private Member? AddMember(
        ReadOnlySpan<byte> name, in NodeAddress address, ReadOnlySpan<byte> meta, NodeVersions versions,
            Instant now)
    {
        if (_members.Count >= Limits.MemberCountMax || !HasRoom(
            Limits.MemberRecordOverhead + name.Length + meta.Length))
        {
            RefuseAlive(name, "is one node too many", now);
            return null;
        }

        Member member = new(ByteString.Copy(name))
        {
            Address = address, Meta = meta.ToArray(), Versions = versions,
        };
        _members.Add(member, ref _prng);
        return member;
    }

    private bool HasRoom(int growth) => growth <= 0
        || _members.RecordSize + growth <= Limits.MemberTableSizeMax;

    private bool MayReplace(Member member, Instant now) =>
        member.State == MemberState.Left
        || (member.State == MemberState.Dead && Options.DeadNodeReclaimTime > TimeSpan.Zero
            && now - member.StateChange > Options.DeadNodeReclaimTime);

    private void ReportConflict(Member member, in NodeAddress claimed, Instant now)
    {
        if (_refusals.Allows(now))
        {
            _refusals.Write(
                LogLevel.Err,
                $"memberlist: Conflicting address for {member.Name}. Mine: {member.Address} " +
                $"Theirs: {claimed} Old state: {(int)member.State}");
        }

        _observer.MemberConflict(member, claimed, now);
    }

    private void RefuseAlive(ReadOnlySpan<byte> name, string reason, Instant now)
    {
        if (_refusals.Allows(now))
        {
            _refusals.Write(
                LogLevel.Warn, $"memberlist: Ignoring an alive message for '{Shown(name)}': it {reason}");
        }
    }

    /// <summary>Believes the claim, passes it on and tells the layer above.</summary>
    private void Accept(
        Member member, in Alive alive, in NodeAddress address, NodeVersions versions, int token, Instant now)
    {
        Span<byte> six = stackalloc byte[NodeVersions.Size];
        versions.Write(six);
        Alive passedOn = new()
        {
            Incarnation = alive.Incarnation,
            Node = member.Name.Span,
            Address = alive.Address,
            Port = address.Port,
            Meta = alive.Meta,
            Versions = six,
        };
        QueueAlive(passedOn, member.Name, token);
        _metrics.Add(Metric.AliveTaken, 1);

        bool wasGone = member.IsGone;
        bool metaChanged = !alive.Meta.SequenceEqual(member.Meta);
        member = Own(member);
        member.Versions = versions;
        member.Incarnation = alive.Incarnation;
        member.Address = address;
        if (metaChanged)
        {
            _members.SetMeta(member, alive.Meta);
        }

        if (member.State != MemberState.Alive)
        {
            _members.SetState(member, MemberState.Alive, now);
        }

        if (wasGone)
        {
            _observer.MemberJoined(member, now);
        }
        else if (metaChanged)
        {
            _observer.MemberUpdated(member, now);
        }
    }

    /// <summary>Our own announcement, with the incarnation already raised.</summary>
    private void AnnounceSelf(int token, Instant now)
    {
        Member self = Self;
        ReadOnlySpan<byte> meta = _observer.LocalMeta;
        Invariant.Holds(meta.Length <= Limits.MetaSizeMax);
        Span<byte> ip = stackalloc byte[16];
        int size = self.Address.WriteIp(ip);
        Alive alive = new()
        {
            Incarnation = _incarnation, Node = self.Name.Span, Address = ip[..size], Port = self.Address.Port,
            Meta = meta.IsEmpty ? default : meta,
        };
        ForgetSuspicion(self);
        Accept(self, alive, self.Address, self.Versions, token, now);
    }

    // Nothing is higher than the highest incarnation, so a claim that carries it could never be refuted:
    // nobody but a forger sends it about us.
    private bool CanRefute(uint accused, Instant now)
    {
        if (accused != uint.MaxValue && _incarnation != uint.MaxValue)
        {
            return true;
        }

        if (_refusals.Allows(now))
        {
            _refusals.Write(
                LogLevel.Warn, $"memberlist: Ignoring a claim about this node with incarnation {accused}");
        }

        return false;
    }

    private void Refute(uint accused)
    {
        _incarnation = Math.Max(_incarnation, accused) + 1;
        Member self = Self;
        self.Incarnation = _incarnation;
        ApplyHealth(1);

        Span<byte> ip = stackalloc byte[16];
        Span<byte> versions = stackalloc byte[NodeVersions.Size];
        int size = self.Address.WriteIp(ip);
        self.Versions.Write(versions);
        Alive alive = new()
        {
            Incarnation = _incarnation,
            Node = self.Name.Span,
            Address = ip[..size],
            Port = self.Address.Port,
            Meta = self.Meta.Length == 0 ? default : self.Meta,
            Versions = versions,
        };
        QueueAlive(alive, self.Name, token: 0);
    }

    private void QueueAlive(in Alive alive, ByteString name, int token)
    {
        _scratch.Clear();
        _scratch.Advance(SwimCodec.Write(alive, _scratch.GetSpan(SwimCodec.SizeOf(alive))));
        _queue.Add(_scratch.Written, name, token);
    }
}
