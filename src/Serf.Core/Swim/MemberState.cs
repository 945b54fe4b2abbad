namespace Serf.Swim;

/// <summary>What the gossip layer believes of a node; numbers as in a push/pull.</summary>
public enum MemberState : byte
{
    Alive = 0,
    Suspect = 1,
    Dead = 2,
    Left = 3,
}
