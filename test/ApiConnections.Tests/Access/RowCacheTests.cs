using ApiConnections.Server.Access;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Access;

public sealed class RowCacheTests
{
    [Fact]
    public async Task A_value_that_was_read_before_a_change_that_has_been_seen_since_is_not_kept()
    {
        using var table = new GatedTable();
        table.Value = "old";

        var reading = table.Cache.Find("key").AsTask();
        await table.Asked();
        table.Cache.Forget("key"); // the change is seen while the old value is on its way
        table.Value = "new";
        table.LetThrough();

        (await reading).ShouldBe("old");
        table.LetThrough();
        (await table.Cache.Find("key")).ShouldBe("new");
        (await table.Cache.Find("key")).ShouldBe("new");
        table.Reads.ShouldBe(2);
    }

    [Fact]
    public async Task Whoever_asks_after_a_change_does_not_get_what_was_read_before_it()
    {
        for (var i = 0; i < 200; i++)
            await AskAfterAChange();
    }

    private static async Task AskAfterAChange()
    {
        using var table = new GatedTable();
        table.Value = "old";
        var before = table.Cache.Find("key").AsTask();
        await table.Asked();

        table.Value = "new";
        table.Cache.Forget("key");
        var after = table.Cache.Find("key").AsTask();
        for (var readings = 0; readings < 3; readings++)
            table.LetThrough();

        (await before).ShouldBe("old");
        (await after).ShouldBe("new");
        (await table.Cache.Find("key")).ShouldBe("new");
    }

    [Fact]
    public async Task Many_who_ask_at_once_wait_for_one_reading()
    {
        using var table = new GatedTable();
        table.Value = "row";

        var all = Enumerable.Range(0, 50).Select(_ => Task.Run(async () => await table.Cache.Find("key"))).ToArray();
        await table.Asked();
        table.LetThrough();

        (await Task.WhenAll(all)).ShouldAllBe(row => row == "row");
        table.Reads.ShouldBe(1);
    }

    [Fact]
    public async Task That_there_is_no_row_is_kept_too_until_a_change_tells_otherwise()
    {
        using var table = new GatedTable();
        table.LetThrough();
        (await table.Cache.Find("key")).ShouldBeNull();
        (await table.Cache.Find("key")).ShouldBeNull();
        table.Reads.ShouldBe(1);

        table.Value = "made";
        table.Cache.Forget("key");
        table.LetThrough();
        (await table.Cache.Find("key")).ShouldBe("made");
    }

    [Fact]
    public async Task A_reading_that_fails_is_told_and_nothing_is_kept_of_it()
    {
        using var table = new GatedTable();
        table.Fails = true;
        table.LetThrough();
        await Assert.ThrowsAsync<InvalidDataException>(async () => await table.Cache.Find("key"));

        (table.Fails, table.Value) = (false, "row");
        table.LetThrough();
        (await table.Cache.Find("key")).ShouldBe("row");
    }

    [Fact]
    public async Task Strangers_who_try_keys_push_out_nothing_real()
    {
        var reads = 0;
        using var cache = new RowCache<string>(100, new(), key =>
        {
            reads++;
            return Task.FromResult<string?>(key == "real" ? key : null);
        });
        await cache.Find("real");
        for (var i = 0; i < 30_000; i++)
            await cache.Find("stranger" + i);

        reads = 0;
        (await cache.Find("real")).ShouldBe("real");
        reads.ShouldBe(0);
    }

    /// <summary>A table of one row, each reading of which waits until it is let through; what it says was decided when it was asked.</summary>
    private sealed class GatedTable : IDisposable
    {
        private readonly SemaphoreSlim asked = new(0);
        private readonly SemaphoreSlim gate = new(0);

        public GatedTable() => Cache = new RowCache<string>(100, new(), Load);

        public RowCache<string> Cache { get; }

        public string? Value { get; set; }

        public bool Fails { get; set; }

        public int Reads { get; private set; }

        public Task Asked() => asked.WaitAsync();

        public void LetThrough() => gate.Release();

        public void Dispose()
        {
            Cache.Dispose();
            asked.Dispose();
            gate.Dispose();
        }

        private async Task<string?> Load(string key)
        {
            var value = Value;
            Reads++;
            asked.Release();
            await gate.WaitAsync();
            return Fails ? throw new InvalidDataException() : value;
        }
    }
}
