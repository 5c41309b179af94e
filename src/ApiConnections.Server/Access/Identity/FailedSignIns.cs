using System.Net;

namespace ApiConnections.Server.Access.Identity;

/// <summary>A try to sign in, counted as a failure until it is known to be none.</summary>
/// <param name="Person">Whose, as <see cref="Model.User.EmailKey"/> makes it.</param>
/// <param name="Wait">How long to wait instead; null where it may be tried.</param>
/// <param name="Delays">How long the person will have to wait, where this try fails and that is longer than before.</param>
internal readonly record struct Attempt(string Person, IPAddress? From, TimeSpan? Wait, TimeSpan? Delays)
{
    /// <summary>When it was made, and when the last failures before it were: to put back what it changed.</summary>
    public (long Now, long Person, long Network) At { get; init; }
}

/// <summary>
/// The growing wait after failed sign-ins, per person and per network. A try is counted before it is made and taken back when it succeeds, so that a hundred at
/// once are not a hundred guesses. Kept per node in two tables of fixed size: persons who share a place share the wait, which is rare, and
/// nothing a stranger sends can make them grow.
/// </summary>
internal sealed class FailedSignIns(TimeProvider time)
{
    /// <summary>Failures of one person, known or not, until there is a wait.</summary>
    public const int FreeForPerson = 5;

    /// <summary>Failures from one network; more than one person's, since an office shares an address.</summary>
    public const int FreeForNetwork = 20;

    private const int Places = 1 << 16;
    private static readonly TimeSpan longest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan forgotten = TimeSpan.FromMinutes(15);

    private readonly Lock access = new();
    private readonly Place[] persons = new Place[Places];
    private readonly Place[] networks = new Place[Places];

    /// <summary>Asks whether to try, and counts the try as a failure until it is known to be none.</summary>
    /// <param name="person">As <see cref="Model.User.EmailKey"/> makes it; also of somebody who does not exist.</param>
    public Attempt Begin(string person, IPAddress? from)
    {
        var now = time.GetTimestamp();
        lock (access)
        {
            ref var ofPerson = ref Of(persons, person);
            ref var ofNetwork = ref Of(networks, Network.Of(from));
            var wait = TimeSpan.FromTicks(Math.Max(Left(ofPerson, now).Ticks, Left(ofNetwork, now).Ticks));
            if (wait > TimeSpan.Zero)
                return new Attempt(person, from, wait, null);

            var before = (now, ofPerson.At, ofNetwork.At);
            var shortest = ofPerson.Wait;
            Count(ref ofPerson, FreeForPerson, now);
            Count(ref ofNetwork, FreeForNetwork, now);
            return new Attempt(person, from, null, ofPerson.Wait > shortest ? ofPerson.Wait : null) { At = before };
        }
    }

    /// <summary>The try was not made, or only half of it: it was no guess.</summary>
    public void TakeBack(in Attempt attempt)
    {
        lock (access)
        {
            TakeBack(ref Of(persons, attempt.Person), FreeForPerson, attempt.At.Now, attempt.At.Person);
            TakeBack(ref Of(networks, Network.Of(attempt.From)), FreeForNetwork, attempt.At.Now, attempt.At.Network);
        }
    }

    /// <summary>The person is who they say they are: their failures are forgotten, but not those that others made from the same network.</summary>
    public void Succeeded(in Attempt attempt)
    {
        lock (access)
        {
            Of(persons, attempt.Person) = default;
            TakeBack(ref Of(networks, Network.Of(attempt.From)), FreeForNetwork, attempt.At.Now, attempt.At.Network);
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
            return time.GetElapsedTime(place.At, now) >= forgotten ? (0, TimeSpan.Zero) : (place.Failures, TimeSpan.FromTicks(Math.Max(0, Left(place, now).Ticks)));
        }
    }

    private void Count(ref Place place, int free, long now)
    {
        if (time.GetElapsedTime(place.At, now) >= forgotten)
            place = default;

        place.Failures++;
        place.At = now;
        place.Wait = place.Failures < free ? TimeSpan.Zero : Delay(place.Failures, free);
    }

    // The wait goes on from the failure before, unless another try was counted since.
    private static void TakeBack(ref Place place, int free, long now, long before)
    {
        place.Failures = Math.Max(0, place.Failures - 1);
        place.Wait = place.Failures < free ? TimeSpan.Zero : Delay(place.Failures, free);
        if (place.At == now)
            place.At = before;
    }

    private TimeSpan Left(in Place place, long now) => place.Wait - time.GetElapsedTime(place.At, now);

    // 2 s, 4 s, 8 s and so on.
    private static TimeSpan Delay(int failures, int free) =>
        failures - free >= 5 ? longest : TimeSpan.FromSeconds(2 << (failures - free));

    // The runtime hashes with a random key of this process: nobody can aim at somebody's place.
    private static ref Place Of<T>(Place[] places, T key)
        where T : notnull => ref places[(uint)HashCode.Combine(key) % Places];

    private struct Place
    {
        public int Failures;
        public long At;
        public TimeSpan Wait;
    }
}
