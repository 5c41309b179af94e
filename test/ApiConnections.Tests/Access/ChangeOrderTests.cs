using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Access;

/// <summary>Sequence numbers become visible in their order, so a reader that asks for "all after N" misses no late committer.</summary>
public sealed class ChangeOrderTests
{
    private const int Writers = 8;
    private const int Each = 25;

    [Theory, Engines]
    public async Task A_reader_that_asks_for_what_came_after_sees_every_change_once_and_in_order(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var database = installation.Database();
        var start = await installation.LastChange();
        var seen = new List<Change>();

        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteSome(database, writer))));
        while (!writing.IsCompleted)
            await ReadOn(database, start, seen);

        await writing;
        await ReadOn(database, start, seen);

        seen.Count.ShouldBe(Writers * Each);
        seen.Select(change => change.Subject).Distinct().Count().ShouldBe(Writers * Each);
        seen.Select(change => change.Sequence).ShouldBeInOrder();
    }

    private static async Task WriteSome(IDatabase database, int writer)
    {
        for (var i = 0; i < Each; i++)
        {
            await database.Write<bool>(async session =>
            {
                await ChangeStore.Append(session, new Change(ChangeKind.Consumer, $"{writer}/{i}", null, null, false), TimeProvider.System.GetUtcNow());
                // Some transactions take longer to end than others that began later.
                if (i % 5 == 0)
                    await Task.Delay(writer);

                return true;
            });
        }
    }

    private static async Task ReadOn(IDatabase database, long start, List<Change> seen)
    {
        var last = seen.Count == 0 ? start : seen[^1].Sequence;
        seen.AddRange(await database.Read(session => ChangeStore.After(session, last, 1000)));
    }
}
