namespace ApiConnections.Server.Storage;

/// <summary>A record of the transactions log as it is stored.</summary>
/// <param name="Chain">A company's id; all zero for the installation.</param>
internal sealed record StoredRecord(
    Guid Chain, long Number, DateTimeOffset MadeAt, string Actor, string Ip, string Module, string Action, string Subject, string Data, byte[] Mac);

/// <summary>The end of a chain: what a cut tail cannot hide from whoever keeps a copy.</summary>
internal sealed record LogHead(Guid Chain, long Number, byte[] Mac);

/// <summary>The tables <c>log_heads</c> and <c>transactions_log</c>.</summary>
internal static class LogStore
{
    private const string MoveHead = "update log_heads set number = @Number, mac = @Mac where chain = @Chain;";

    /// <summary>The head of a chain, held until the transaction ends; an empty one is begun where there is none.</summary>
    public static async Task<LogHead> HoldHead(Session session, Guid chain)
    {
        // Whoever holds a head keeps all others of its company waiting: one statement, but for the first record of a chain.
        var hold = $"select chain, number, mac from log_heads where chain = @chain{(session.Engine == Engine.Postgres ? " for update" : "")}";
        if (await session.Find<HeadRow>(hold, new { chain }) is { } head)
            return head.ToHead();

        await session.Execute("insert into log_heads (chain, number, mac) values (@chain, 0, @mac) on conflict (chain) do nothing", new { chain, mac = Array.Empty<byte>() });
        return (await session.Find<HeadRow>(hold, new { chain }))!.ToHead();
    }

    public static async Task<IReadOnlyList<LogHead>> Heads(Session session) =>
        [.. (await session.Query<HeadRow>("select chain, number, mac from log_heads order by chain")).Select(row => row.ToHead())];

    /// <summary>Writes records of one chain and moves its head behind them; on PostgreSQL in one round trip.</summary>
    public static async Task Append(Session session, IReadOnlyList<StoredRecord> records, LogHead head)
    {
        if (session.Engine == Engine.Postgres)
        {
            await session.Execute(
                $"""
                insert into transactions_log (chain, number, made_at, actor, ip, module, action, subject, data, mac)
                select @Chain, r.* from unnest(@numbers, @times, @actors, @ips, @modules, @actions, @subjects, @datas, @macs) as r;
                {MoveHead}
                """,
                new
                {
                    numbers = records.Select(record => record.Number).ToArray(),
                    times = records.Select(record => record.MadeAt.ToUnix()).ToArray(),
                    actors = records.Select(record => record.Actor).ToArray(),
                    ips = records.Select(record => record.Ip).ToArray(),
                    modules = records.Select(record => record.Module).ToArray(),
                    actions = records.Select(record => record.Action).ToArray(),
                    subjects = records.Select(record => record.Subject).ToArray(),
                    datas = records.Select(record => record.Data).ToArray(),
                    macs = records.Select(record => record.Mac).ToArray(),
                    head.Chain,
                    head.Number,
                    head.Mac,
                });
            return;
        }

        await session.Execute(
            """
            insert into transactions_log (chain, number, made_at, actor, ip, module, action, subject, data, mac)
            values (@Chain, @Number, @madeAt, @Actor, @Ip, @Module, @Action, @Subject, @Data, @Mac)
            """,
            records.Select(record => new
            {
                record.Chain,
                record.Number,
                madeAt = record.MadeAt.ToUnix(),
                record.Actor,
                record.Ip,
                record.Module,
                record.Action,
                record.Subject,
                record.Data,
                record.Mac,
            }));
        await session.Execute(MoveHead, new { head.Chain, head.Number, head.Mac });
    }

    public static async Task<IReadOnlyList<StoredRecord>> After(Session session, Guid chain, long number, int atMost) =>
        [.. (await session.Query<Row>(
            """
            select chain, number, made_at, actor, ip, module, action, subject, data, mac from transactions_log
            where chain = @chain and number > @number order by number limit @atMost
            """,
            new { chain, number, atMost })).Select(row => row.ToRecord())];

    private sealed class HeadRow
    {
        public Guid Chain { get; init; }
        public long Number { get; init; }
        public byte[] Mac { get; init; } = [];

        public LogHead ToHead() => new(Chain, Number, Mac);
    }

    internal sealed class Row
    {
        public Guid Chain { get; init; }
        public long Number { get; init; }
        public long MadeAt { get; init; }
        public string Actor { get; init; } = "";
        public string Ip { get; init; } = "";
        public string Module { get; init; } = "";
        public string Action { get; init; } = "";
        public string Subject { get; init; } = "";
        public string Data { get; init; } = "";
        public byte[] Mac { get; init; } = [];

        public StoredRecord ToRecord() => new(Chain, Number, MadeAt.ToTime(), Actor, Ip, Module, Action, Subject, Data, Mac);
    }
}
