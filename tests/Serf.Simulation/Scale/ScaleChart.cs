using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Serf.Simulation.Scale;

/// <summary>The curves of a run as an SVG, one panel above the other: each shows a part that grows to
/// one.</summary>
internal sealed class ScaleChart
{
    private const int Width = 860;
    private const int PanelHeight = 330;
    private const int HeadHeight = 74;
    private const int Left = 78;
    private const int Right = 30;
    private const int Top = 40;
    private const int Bottom = 58;
    private const int PlotWidth = Width - Left - Right;
    private const int PlotHeight = PanelHeight - Top - Bottom;

    private static readonly CultureInfo _format = CultureInfo.InvariantCulture;

    private readonly StringBuilder _svg = new();
    private int _panelTop = HeadHeight;

    public static string Draw(ScaleResult result) => new ScaleChart().DrawAll(result);

    private string DrawAll(ScaleResult result)
    {
        int panelCount = (result.Joins is null ? 0 : 1) + (result.Spread is null ? 0 : 1)
            + (result.Deaths is null ? 0 : 1);
        int height = HeadHeight + (panelCount * PanelHeight);
        _svg.AppendLine(_format, $"<svg xmlns='http://www.w3.org/2000/svg' width='{Width}' height='{height}' "
            + $"viewBox='0 0 {Width} {height}' font-family='DejaVu Sans, Helvetica, Arial, sans-serif' "
            + $"font-size='13' fill='#333'>");
        _svg.AppendLine(_format, $"<rect width='{Width}' height='{height}' fill='#fff'/>");
        ScaleOptions options = result.Options;
        string beginning = options.IsConverged ? "who know each other from the start" : "that join one after the other";
        _svg.AppendLine(_format, $"<text x='{Left}' y='32' font-size='19' font-weight='bold'>{options.NodeCount} nodes {beginning}</text>");
        _svg.AppendLine(_format, $"<text x='{Left}' y='54' fill='#666'>seed {options.Seed}, "
            + $"latency {options.LatencyMin.TotalMilliseconds} to {options.LatencyMax.TotalMilliseconds} ms, "
            + $"loss {options.Loss * 100:0.##} %, gossip every {options.Swim.GossipInterval.TotalSeconds} s to "
            + $"{options.Swim.GossipNodes} nodes, probe every {options.Swim.ProbeInterval.TotalSeconds} s</text>");
        if (result.Joins is not null)
        {
            Panel("Join", "pairs that know each other", "s since the first node started", "#3a7d44", result.Joins);
        }

        if (result.Spread is not null)
        {
            Panel("One broadcast", "nodes informed", "s since it was sent", "#1f5fa8", result.Spread);
        }

        if (result.Deaths is not null)
        {
            string title = $"Crash of {options.CrashCount} at once";
            Panel(title, "survivors who know, over all crashed", "s since the crash", "#b3382c", result.Deaths);
        }

        _svg.AppendLine(_format, $"</svg>");
        return _svg.ToString();
    }

    private void Panel(string title, string what, string axis, string color, ScaleCurve curve)
    {
        IReadOnlyList<(double Seconds, double Share)> points = curve.Points;
        double step = Step(points[^1].Seconds);
        double end = Math.Max(step, Math.Ceiling(points[^1].Seconds * 1.02 / step) * step);
        _svg.AppendLine(_format, $"<g transform='translate({Left} {_panelTop + Top})'>");
        _svg.AppendLine(_format, $"<text x='0' y='-14' font-size='15' font-weight='bold'>{title}</text>");
        Grid(step, end, axis);
        StringBuilder path = new();
        foreach ((double seconds, double share) in points)
        {
            path.Append(
                _format,
                $"{(path.Length == 0 ? 'M' : 'L')}{X(seconds, end):F1} {Y(share):F1}");
        }

        _svg.AppendLine(_format, $"<path d='{path}' fill='none' stroke='{color}' stroke-width='2.5' stroke-linejoin='round'/>");
        Legend(what, color, curve, end);
        _svg.AppendLine(_format, $"</g>");
        _panelTop += PanelHeight;
    }

    private void Grid(double step, double end, string axis)
    {
        for (int share = 0; share <= 100; share += 20)
        {
            double y = Y(share / 100.0);
            _svg.AppendLine(_format, $"<path d='M0 {y:F1}H{PlotWidth}' stroke='#e3e3e3'/>");
            _svg.AppendLine(_format, $"<text x='-10' y='{y + 4.5:F1}' text-anchor='end'>{share} %</text>");
        }

        int tickCount = (int)Math.Round(end / step);
        for (int tick = 0; tick <= tickCount; tick++)
        {
            double x = X(tick * step, end);
            _svg.AppendLine(_format, $"<path d='M{x:F1} 0V{PlotHeight}' stroke='#e3e3e3'/>");
            _svg.AppendLine(_format, $"<text x='{x:F1}' y='{PlotHeight + 20}' text-anchor='middle'>{tick * step:0.###}</text>");
        }

        _svg.AppendLine(_format, $"<path d='M0 0V{PlotHeight}H{PlotWidth}' fill='none' stroke='#555' stroke-width='1.2'/>");
        _svg.AppendLine(_format, $"<text x='{PlotWidth / 2}' y='{PlotHeight + 43}' text-anchor='middle'>{axis}</text>");
        _svg.AppendLine(_format, $"<text transform='translate(-58 {PlotHeight / 2}) rotate(-90)' text-anchor='middle'>share</text>");
    }

    // In the corner that the curve leaves free, with the times that the text has too.
    private void Legend(string what, string color, ScaleCurve curve, double end)
    {
        const int LegendWidth = 300;
        const int LegendHeight = 112;
        bool isLate = curve.TimeOf(0.5) is { } half && half > 0.55 * end;
        int left = isLate ? 14 : PlotWidth - LegendWidth - 14;
        int top = isLate ? 10 : PlotHeight - LegendHeight - 14;
        _svg.AppendLine(_format, $"<rect x='{left}' y='{top}' width='{LegendWidth}' height='{LegendHeight}' rx='4' fill='#fff' "
            + $"fill-opacity='0.92' stroke='#ccc'/>");
        _svg.AppendLine(_format, $"<path d='M{left + 12} {top + 19}h26' stroke='{color}' stroke-width='2.5'/>");
        _svg.AppendLine(_format, $"<text x='{left + 46}' y='{top + 24}'>{what}</text>");
        int y = top + 46;
        foreach (double share in (double[])[0.5, 0.99, 0.9999, 1])
        {
            if (curve.TimeOf(share) is { } seconds)
            {
                _svg.AppendLine(_format, $"<circle cx='{X(seconds, end):F1}' cy='{Y(share):F1}' r='3.6' fill='#fff' stroke='{color}' "
                    + $"stroke-width='1.8'/>");
                _svg.AppendLine(_format, $"<text x='{left + 110}' y='{y}' text-anchor='end'>{share * 100:0.##} %</text>");
                _svg.AppendLine(_format, $"<text x='{left + 200}' y='{y}' text-anchor='end'>{seconds:F2} s</text>");
            }

            y += 19;
        }
    }

    private static double X(double seconds, double end) => seconds / end * PlotWidth;

    private static double Y(double share) => (1 - share) * PlotHeight;

    /// <summary>1, 2 or 5 times a power of ten, and about ten of them.</summary>
    private static double Step(double end)
    {
        double rough = Math.Max(end, 0.01) / 9;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double factor = rough / power;
        return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
    }
}
