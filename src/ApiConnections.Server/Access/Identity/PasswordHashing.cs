using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using ApiConnections.Protocol;
using ApiConnections.Server.Model;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Access.Identity;

internal enum PasswordMatch
{
    Wrong,
    Right,

    /// <summary>Right, and hashed with less work than is asked for today.</summary>
    RightButOld,
}

/// <summary>
/// Hashes people's passwords (PBKDF2 with HMAC-SHA-512, 210,000 rounds, about a tenth of a second each) on few threads of their own and with a short queue: a
/// flood of sign-ins waits or is refused, and leaves the processor to the token endpoint.
/// </summary>
internal sealed partial class PasswordHashing : IDisposable
{
    /// <summary>As OWASP asks for with HMAC-SHA-512.</summary>
    public const int Rounds = 210_000;

    private const int MostWaiting = 16;
    private const int Nice = 10;
    private static readonly User nobody = new(Guid.Empty, Guid.Empty, "", "", UserRole.User, null, UserStatus.Disabled, 0, 0, default);

    private readonly PasswordHasher<User> hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Rounds }));
    private readonly Channel<Action> waiting = Channel.CreateBounded<Action>(new BoundedChannelOptions(MostWaiting));
    private readonly Lazy<int> threads;
    private readonly string ofNobody = HashOfNobody();

    public PasswordHashing() => threads = new Lazy<int>(Start);

    /// <summary>How many passwords are hashed at once at most.</summary>
    public static int AtOnce => Math.Max(1, Environment.ProcessorCount - 1);

    public Task<Outcome<string>> Hash(string password, CancellationToken stop = default) => Run(() => hasher.HashPassword(nobody, Normal(password)), stop);

    /// <summary>Compares. Without a hash, and with what can be nobody's password, as much is done as with one.</summary>
    /// <param name="hash">Null where there is nobody, or they have no password.</param>
    public Task<Outcome<PasswordMatch>> Compare(string? hash, string? password, CancellationToken stop = default)
    {
        var possible = hash is not null && password is { Length: > 0 and <= PasswordRules.Longest };
        var (left, right) = possible ? (hash!, Normal(password!)) : (ofNobody, "nobody");
        return Run(() => hasher.VerifyHashedPassword(nobody, left, right) switch
        {
            _ when !possible => PasswordMatch.Wrong,
            PasswordVerificationResult.Success => PasswordMatch.Right,
            PasswordVerificationResult.SuccessRehashNeeded => PasswordMatch.RightButOld,
            _ => PasswordMatch.Wrong,
        }, stop);
    }

    public void Dispose() => waiting.Writer.TryComplete();

    private Task<Outcome<T>> Run<T>(Func<T> work, CancellationToken stop)
        where T : notnull
    {
        _ = threads.Value;
        var done = new TaskCompletionSource<Outcome<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        return waiting.Writer.TryWrite(Work) ? done.Task : Task.FromResult<Outcome<T>>(PersonRefused.Busy);

        void Work()
        {
            // Whoever hung up while waiting costs nothing.
            if (stop.IsCancellationRequested)
                done.SetCanceled(stop);
            else
                Try(done, work);
        }
    }

    private static void Try<T>(TaskCompletionSource<Outcome<T>> done, Func<T> work)
        where T : notnull
    {
        try
        {
            done.SetResult(work());
        }
        catch (Exception e)
        {
            done.SetException(e);
        }
    }

    private int Start()
    {
        for (var i = 0; i < AtOnce; i++)
            new Thread(HashOneAfterTheOther) { IsBackground = true, Name = "password hashing", Priority = ThreadPriority.BelowNormal }.Start();

        return AtOnce;
    }

    private void HashOneAfterTheOther()
    {
        // The runtime ignores thread priorities on Linux; there the thread lowers its own, which 0 means.
        if (OperatingSystem.IsLinux())
            _ = SetPriority(0, 0, Nice);

        while (waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (waiting.Reader.TryRead(out var work))
                work();
        }
    }

    // NIST SP 800-63B s3.1.1.2: what looks the same is the same, however the keyboard makes it.
    private static string Normal(string password)
    {
        try
        {
            return password.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            return password; // no well-formed Unicode
        }
    }

    // In the hasher's own form (version 3): as much work to compare with as anybody's, and nobody's.
    private static string HashOfNobody()
    {
        const int HmacSha512 = 2;
        var hash = new byte[13 + 16 + 32];
        hash[0] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(1), HmacSha512);
        BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(5), Rounds);
        BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(9), 16);
        RandomNumberGenerator.Fill(hash.AsSpan(13));
        return Convert.ToBase64String(hash);
    }

    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, uint who, int priority);
}
