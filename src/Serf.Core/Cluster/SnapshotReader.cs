using System;
using System.Globalization;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>Reads a snapshot (spec serf 8.8), piece by piece, in bounded memory.</summary>
/// <param name="rejoinAfterLeave">A recorded leave forgets nothing.</param>
/// <param name="log">Told of lines that cannot be used; of the first ones each.</param>
public sealed class SnapshotReader(bool rejoinAfterLeave, ILog log)
{
    private readonly SnapshotState _state = new();
    private readonly ByteBuffer _line = new();
    private long _leaveCount;
    private bool _isTooLong;
    private bool _isMemberTimeFresh = true;
    private bool _isEventTimeFresh = true;
    private bool _isQueryTimeFresh = true;

    private enum LineKind : byte
    {
        Unknown,
        Alive,
        NotAlive,
        Failed,
        MemberTime,
        EventTime,
        QueryTime,
        Leave,
        Coordinate,
        Ignored,
    }

    public void Read(ReadOnlySpan<byte> bytes)
    {
        _state.Size += bytes.Length;
        while (true)
        {
            int end = bytes.IndexOf((byte)'\n');
            if (end < 0)
            {
                Keep(bytes);
                return;
            }

            if (_line.Length == 0 && !_isTooLong && end <= Limits.SnapshotLineSizeMax)
            {
                ReadLine(bytes[..end]);
            }
            else
            {
                Keep(bytes[..end]);
                EndLine();
            }

            bytes = bytes[(end + 1)..];
        }
    }

    /// <summary>There is no more. Once.</summary>
    public SnapshotState Finish()
    {
        if (_line.Length > 0 || _isTooLong)
        {
            // Not read, as in the original: half a line may tell something else than the whole one.
            _state.HasTornTail = true;
            _state.MustRewrite = !_isTooLong && KindOf(_line.Written, out _) is not LineKind.Unknown;
        }

        if (_state.WarningCount > Limits.SnapshotWarningCountMax)
        {
            log.Write(LogLevel.Warn, string.Create(
                CultureInfo.InvariantCulture,
                $"serf: {_state.WarningCount} snapshot lines could not be used; the first are named above"));
        }

        _line.Dispose();
        return _state;
    }

    private static LineKind KindOf(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (line.SequenceEqual("leave"u8))
        {
            return LineKind.Leave;
        }

        if (line.StartsWith("#"u8))
        {
            return Starts(line, SnapshotLines.Failed, ref value) ? LineKind.Failed : LineKind.Ignored;
        }

        return Starts(line, SnapshotLines.Alive, ref value) ? LineKind.Alive
            : Starts(line, SnapshotLines.NotAlive, ref value) ? LineKind.NotAlive
            : Starts(line, SnapshotLines.MemberTime, ref value) ? LineKind.MemberTime
            : Starts(line, SnapshotLines.EventTime, ref value) ? LineKind.EventTime
            : Starts(line, SnapshotLines.QueryTime, ref value) ? LineKind.QueryTime
            : Starts(line, SnapshotCoordinate.Prefix, ref value) ? LineKind.Coordinate
            : LineKind.Unknown;
    }

    private static bool Starts(
        ReadOnlySpan<byte> line, ReadOnlySpan<byte> prefix, ref ReadOnlySpan<byte> value)
    {
        bool starts = line.StartsWith(prefix);
        if (starts)
        {
            value = line[prefix.Length..];
        }

        return starts;
    }

    // Names have spaces; addresses have none.
    private static bool TrySplit(
        ReadOnlySpan<byte> value, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> address)
    {
        int space = value.LastIndexOf((byte)' ');
        name = space < 0 ? default : value[..space];
        address = space < 0 ? default : value[(space + 1)..];
        return space >= 0;
    }

    private static bool TryParseTime(ReadOnlySpan<byte> text, out ulong time, out string fault)
    {
        time = 0;
        fault = text.IsEmpty ? "invalid syntax" : "";
        foreach (byte digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                fault = "invalid syntax";
                return false;
            }

            ulong value = (ulong)(digit - '0');
            if (time > (ulong.MaxValue - value) / 10)
            {
                fault = "value out of range";
                return false;
            }

            time = (time * 10) + value;
        }

        return fault.Length == 0;
    }

    private static string Shown(ReadOnlySpan<byte> line) =>
        ByteText.FromBytes(line[..Math.Min(line.Length, Limits.NameShownSizeMax)]);

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_isTooLong || _line.Length + bytes.Length > Limits.SnapshotLineSizeMax)
        {
            _isTooLong = true;
            _line.Clear();
            return;
        }

        _line.Write(bytes);
    }

    private void EndLine()
    {
        if (_isTooLong)
        {
            Warn("Snapshot line is too long");
        }
        else
        {
            ReadLine(_line.Written);
        }

        _isTooLong = false;
        _line.Clear();
    }

    private void ReadLine(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> name;
        ReadOnlySpan<byte> address;
        switch (KindOf(line, out ReadOnlySpan<byte> value))
        {
            case LineKind.Alive:
                if (!TrySplit(value, out name, out address))
                {
                    Warn("Failed to parse address: " + Shown(line));
                }
                else if (!_state.Peers.IsAlive(name, address)
                    && !_state.Peers.SetAlive(ByteString.Copy(name), ByteString.Copy(address)))
                {
                    Warn("Snapshot has too many nodes: " + Shown(line));
                }

                break;
            case LineKind.Failed:
                // A comment is a comment, whatever it looks like.
                if (TrySplit(value, out name, out address))
                {
                    _state.Peers.SetFailed(ByteString.Copy(name), ByteString.Copy(address));
                }

                break;
            case LineKind.NotAlive:
                _state.Peers.Remove(value);
                break;
            case LineKind.MemberTime:
                _state.MemberTime = ReadTime(value, _state.MemberTime, ref _isMemberTimeFresh, "clock");
                break;
            case LineKind.EventTime:
                _state.EventTime = ReadTime(value, _state.EventTime, ref _isEventTimeFresh, "event clock");
                break;
            case LineKind.QueryTime:
                _state.QueryTime = ReadTime(value, _state.QueryTime, ref _isQueryTimeFresh, "query clock");
                break;
            case LineKind.Coordinate:
                // The original reads none, so none is worth a warning. A leave moves no node: it stands.
                _state.Coordinate = SnapshotCoordinate.Read(value) ?? _state.Coordinate;
                break;
            case LineKind.Leave:
                ReadLeave();
                break;
            case LineKind.Unknown:
                Warn("Unrecognized snapshot line: " + Shown(line));
                break;
            default:
                break;
        }
    }

    // Who left without the wish to rejoin begins again with small times. Between two leaves a clock only
    // rises, so a smaller time is a number cut short, and the larger one stands (spec serf 15.3, P8).
    private ulong ReadTime(ReadOnlySpan<byte> text, ulong known, ref bool isFresh, string clock)
    {
        if (!TryParseTime(text, out ulong time, out string fault))
        {
            ReadOnlySpan<byte> shown = text[..Math.Min(text.Length, Limits.NameShownSizeMax)];
            string quoted = GoText.Quote(shown);
            Warn($"Failed to convert {clock} time: strconv.ParseUint: parsing {quoted}: {fault}");
            return known;
        }

        ulong latest = isFresh ? time : Math.Max(time, known);
        isFresh = false;
        return latest;
    }

    private void ReadLeave()
    {
        _isMemberTimeFresh = true;
        _isEventTimeFresh = true;
        _isQueryTimeFresh = true;
        if (rejoinAfterLeave)
        {
            if (++_leaveCount <= Limits.SnapshotWarningCountMax)
            {
                log.Write(LogLevel.Info, "serf: Ignoring previous leave in snapshot");
            }

            return;
        }

        _state.Peers.Clear();
        _state.MemberTime = 0;
        _state.EventTime = 0;
        _state.QueryTime = 0;
    }

    private void Warn(string text)
    {
        if (++_state.WarningCount <= Limits.SnapshotWarningCountMax)
        {
            log.Write(LogLevel.Warn, "serf: " + text);
        }
    }
}
