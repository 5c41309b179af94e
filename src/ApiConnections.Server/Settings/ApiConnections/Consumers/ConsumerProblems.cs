using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

internal static class ConsumerProblems
{
    /// <summary>Puts what is wrong beside its fields; a group that was not chosen is wrong before anybody looks for it.</summary>
    public static void Show(ConsumerForming forming, IEnumerable<(ConsumerField Field, Sentence WhyNot)> problems)
    {
        forming.Problems.Clear();
        foreach (var (field, whyNot) in problems)
            forming.Problems.TryAdd(field, whyNot);
        if (forming.Draft.Group.Length == 0)
            forming.Problems[ConsumerField.Group] = "Choose a permission group.";
    }
}
