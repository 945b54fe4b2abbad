namespace Serf.Agent;

/// <summary>What was done of a replacement; a crash may come behind any of them.</summary>
internal enum SnapshotStep : byte
{
    Created,
    Written,
    Synced,
    Moved,
    FolderSynced,
}
