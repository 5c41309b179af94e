using ApiConnections.Server.Access;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Access;

public sealed class RateWindowTests
{
    private readonly FakeTimeProvider clock = new();

    [Fact]
    public void Events_count_up_to_the_edge_of_the_window_and_from_one_after_it()
    {
        var window = new RateWindow<string>(TimeSpan.FromSeconds(10), 100, clock);
        window.Count("key").ShouldBe((1, TimeSpan.FromSeconds(10)));

        clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        window.Count("key").ShouldBe((2, TimeSpan.FromTicks(1)));

        clock.Advance(TimeSpan.FromTicks(1));
        window.Count("key").ShouldBe((1, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Each_key_has_its_own_window()
    {
        var window = new RateWindow<string>(TimeSpan.FromSeconds(10), 100, clock);
        window.Count("one").Count.ShouldBe(1);
        clock.Advance(TimeSpan.FromSeconds(6));
        window.Count("two").Count.ShouldBe(1);
        clock.Advance(TimeSpan.FromSeconds(6));

        window.Count("one").Count.ShouldBe(1);
        window.Count("two").ShouldBe((2, TimeSpan.FromSeconds(4)));
    }

    [Fact]
    public void When_it_is_full_known_keys_count_on_new_ones_do_not_and_room_comes_back()
    {
        var window = new RateWindow<int>(TimeSpan.FromSeconds(10), 100, clock);
        for (var key = 0; key < 100; key++)
            window.Count(key);

        for (var stranger = 1000; stranger < 100_000; stranger++)
            window.Count(stranger).Count.ShouldBe(0);
        window.Count(7).Count.ShouldBe(2);

        clock.Advance(TimeSpan.FromSeconds(10));
        window.Count(5000).Count.ShouldBe(1);
        window.Count(5000).Count.ShouldBe(2);
        window.Count(7).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Events_at_once_are_all_counted()
    {
        var window = new RateWindow<string>(TimeSpan.FromSeconds(10), 100, clock);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 1000; i++)
                window.Count("key");
        })));

        window.Count("key").Count.ShouldBe(8001);
    }
}
