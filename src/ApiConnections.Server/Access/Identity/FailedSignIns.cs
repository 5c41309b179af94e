using System.Net;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Access.Identity;

/// <summary>A try to sign in, counted as a failure until it is known to be none.</summary>
/// <param name="Person">Whose, as <see cref="Model.User.EmailKey"/> makes it.</param>
/// <param name="Wait">How long to wait instead; null where it may be tried.</param>
/// <param name="Delays">How long the person will have to wait, where this try fails and that is longer than before.</param>
internal readonly record struct Attempt(string Person, IPAddress? From, TimeSpan? Wait, TimeSpan? Delays)
{
    /// <summary>When it was made, and when the last failures before it were: to put back what it changed.</summary>
    public (long Now, long Person, long Network) At { get; init; }

    /// <summary>Of the person's company.</summary>
    public SecurityPolicy Policy { get; init; } = SecurityPolicy.Default;
}

/// <summary>
/// The growing wait after failed sign-ins, per person and per network. A try is counted before it is made and taken back when it succeeds, so that a hundred at
/// once are not a hundred guesses. Kept per node in two tables of fixed size: persons who share a place share the wait, which is rare, and
/// nothing a stranger sends can make them grow.
/// </summary>
internal sealed class FailedSignIns(TimeProvider time)
{
    /// <summary>Failures from one network until there is a wait; more than one person's, since an office shares an address.</summary>
    public const int FreeForNetwork = 20;

    private const int Places = 1 << 16;
    private static readonly TimeSpan longest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan forgotten = TimeSpan.FromMinutes(15);

    private readonly Lock access = new();
    private readonly Place[] persons = new Place[Places];
    private readonly Place[] networks = new Place[Places];

    /// <summary>How long a try would have to wait now; what a flood costs that is turned away by it.</summary>
    /// <param name="person">As <see cref="Model.User.EmailKey"/> makes it; also of somebody who does not exist.</param>
    public TimeSpan? WaitOf(string person, IPAddress? from)
    {
        var now = time.GetTimestamp();
        lock (access)
            return Longer(Left(Of(persons, person), now), Left(Of(networks, Network.Of(from)), now)) is { Ticks: > 0 } wait ? wait : null;
    }

    /// <summary>Asks whether to try, and counts the try as a failure until it is known to be none.</summary>
    /// <param name="person">As <see cref="Model.User.EmailKey"/> makes it; also of somebody who does not exist.</param>
    /// <param name="policy">How many failures are free, and how long the wait is then.</param>
    public Attempt Begin(string person, IPAddress? from, SecurityPolicy policy)
    {
        var now = time.GetTimestamp();
        lock (access)
        {
            ref var ofPerson = ref Of(persons, person);
            ref var ofNetwork = ref Of(networks, Network.Of(from));
            var wait = Longer(Left(ofPerson, now), Left(ofNetwork, now));
            if (wait > TimeSpan.Zero)
                return new Attempt(person, from, wait, null);

            var before = (now, ofPerson.At, ofNetwork.At);
            var shortest = ofPerson.Wait;
            Count(ref ofPerson, Rule.Of(policy), now);
            Count(ref ofNetwork, Rule.OfNetwork, now);
            return new Attempt(person, from, null, ofPerson.Wait > shortest ? ofPerson.Wait : null) { At = before, Policy = policy };
        }
    }

    /// <summary>The try was not made, or only half of it: it was no guess.</summary>
    public void TakeBack(in Attempt attempt)
    {
        lock (access)
        {
            TakeBack(ref Of(persons, attempt.Person), Rule.Of(attempt.Policy), attempt.At.Now, attempt.At.Person);
            TakeBack(ref Of(networks, Network.Of(attempt.From)), Rule.OfNetwork, attempt.At.Now, attempt.At.Network);
        }
    }

    /// <summary>The person is who they say they are: their failures are forgotten, but not those that others made from the same network.</summary>
    public void Succeeded(in Attempt attempt)
    {
        lock (access)
        {
            Of(persons, attempt.Person) = default;
            TakeBack(ref Of(networks, Network.Of(attempt.From)), Rule.OfNetwork, attempt.At.Now, attempt.At.Network);
        }
    }

    /// <summary>What somebody has failed is forgotten; not what was failed from their network.</summary>
    public void Forget(string person)
    {
        lock (access)
            Of(persons, person) = default;
    }

    /// <summary>How often somebody has failed of late on this node, and how long they have to wait.</summary>
    public (int Failures, TimeSpan Wait) StateOf(string person)
    {
        var now = time.GetTimestamp();
        lock (access)
        {
            var place = Of(persons, person);
            return IsForgotten(place, now) ? (0, TimeSpan.Zero) : (place.Failures, TimeSpan.FromTicks(Math.Max(0, Left(place, now).Ticks)));
        }
    }

    private void Count(ref Place place, Rule rule, long now)
    {
        if (IsForgotten(place, now))
            place = default;

        place.Failures++;
        place.At = now;
        place.Wait = rule.WaitAfter(place.Failures);
    }

    // A wait that is longer than what is remembered without one is waited out.
    private bool IsForgotten(in Place place, long now) => time.GetElapsedTime(place.At, now) >= Longer(forgotten, place.Wait);

    // The wait goes on from the failure before, unless another try was counted since.
    private static void TakeBack(ref Place place, Rule rule, long now, long before)
    {
        place.Failures = Math.Max(0, place.Failures - 1);
        place.Wait = rule.WaitAfter(place.Failures);
        if (place.At == now)
            place.At = before;
    }

    private TimeSpan Left(in Place place, long now) => place.Wait - time.GetElapsedTime(place.At, now);

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    // The runtime hashes with a random key of this process: nobody can aim at somebody's place.
    private static ref Place Of<T>(Place[] places, T key)
        where T : notnull => ref places[(uint)HashCode.Combine(key) % Places];

    // Without a wait of its own 2 s, 4 s, 8 s and so on.
    private readonly record struct Rule(int Free, TimeSpan? Wait)
    {
        public static readonly Rule OfNetwork = new(FreeForNetwork, null);

        public static Rule Of(SecurityPolicy policy) => new(policy.LockOutAttempts, policy.LockOutMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null);

        public TimeSpan WaitAfter(int failures) =>
            failures < Free ? TimeSpan.Zero : Wait ?? (failures - Free >= 5 ? longest : TimeSpan.FromSeconds(2 << (failures - Free)));
    }

    private struct Place
    {
        public int Failures;
        public long At;
        public TimeSpan Wait;
    }
}
