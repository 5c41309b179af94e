using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ApiConnections.Server.Telemetry;
using ApiConnections.Tests.Architecture;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Telemetry;

/// <summary>The page for operators lists the metrics that there are, and its alerts ask for no other.</summary>
public sealed partial class MonitoringPageTests
{
    private const string Page = "docs/operators/monitoring.md";
    private const string Begin = "<!-- the metrics: made by MonitoringPageTests with UPDATE_DOCUMENTS=1 -->\n";
    private const string End = "<!-- end of the metrics -->";

    [Fact]
    public void The_page_lists_every_metric_with_its_meaning()
    {
        var page = Repository.Read(Page).ReplaceLineEndings("\n");
        var (begin, end) = (page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, page.IndexOf(End, StringComparison.Ordinal));
        var current = page[..begin] + Table() + page[end..];
        if (Environment.GetEnvironmentVariable("UPDATE_DOCUMENTS") == "1")
            File.WriteAllText(Repository.PathOf(Page), current);

        Repository.Read(Page).ReplaceLineEndings("\n").ShouldBe(current, "run the tests once with UPDATE_DOCUMENTS=1");
    }

    [Fact]
    public void An_alert_asks_for_metrics_and_tags_that_exist()
    {
        var known = Instruments.All.SelectMany(InPrometheus).ToArray();
        var alerts = Alerts().Match(Repository.Read(Page)).Value;
        var asked = OwnMetric().Matches(alerts).Select(match => match.Value).Distinct().ToArray();

        asked.Length.ShouldBeGreaterThan(5);
        asked.ShouldAllBe(name => known.Contains(name));
        var tags = Instruments.All.SelectMany(metric => Tag().Matches(metric.Tags)).Select(match => match.Groups[1].Value.Replace('.', '_')).Append("job").ToHashSet();
        AskedTag().Matches(alerts).Select(match => match.Groups[1].Value).Distinct().ShouldAllBe(tag => tags.Contains(tag));
    }

    private static string Table()
    {
        var text = new StringBuilder("| metric | kind | unit | tags | meaning |\n|---|---|---|---|---|\n");
        foreach (var metric in Instruments.All)
            text.Append(CultureInfo.InvariantCulture, $"| `{metric.Name}` | {metric.Kind} | {metric.Unit} | {metric.Tags} | {metric.Meaning} |\n");

        return text.ToString();
    }

    // https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/: units in braces are left out.
    private static IEnumerable<string> InPrometheus(Metric metric)
    {
        var name = metric.Name.Replace('.', '_') + (metric.Unit == "s" ? "_seconds" : "");
        return metric.Kind switch
        {
            "counter" => [name + "_total"],
            "histogram" => [name + "_bucket", name + "_count", name + "_sum"],
            _ => [name],
        };
    }

    [GeneratedRegex("(?<=```promql\n).*?(?=\n```)", RegexOptions.Singleline)]
    private static partial Regex Alerts();

    [GeneratedRegex("api_connections_[a-z_]+")]
    private static partial Regex OwnMetric();

    [GeneratedRegex("`([a-z_.]+)`")]
    private static partial Regex Tag();

    [GeneratedRegex("[{,]([a-z_]+)=~?\"")]
    private static partial Regex AskedTag();
}
