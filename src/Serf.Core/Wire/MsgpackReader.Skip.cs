namespace Serf.Wire;

public ref partial struct MsgpackReader
{
    /// <summary>Steps over one value of any kind, ext included.</summary>
    /// <param name="depthMax">
    /// Containers that may stand inside each other; see <see cref="MsgpackScanner"/>.
    /// </param>
    public ReadStatus TrySkip(int depthMax)
    {
        MsgpackScanner scanner = default;
        ReadStatus status = scanner.Scan(Remaining, depthMax, out int consumed);
        _position += status == ReadStatus.Ok ? consumed : 0;
        return status;
    }
}
