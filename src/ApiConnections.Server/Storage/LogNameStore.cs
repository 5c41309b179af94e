namespace ApiConnections.Server.Storage;

/// <summary>What a record of the log can name.</summary>
internal enum NamedKind
{
    Company,
    Person,
    Consumer,
    Group,
    Api,
}

/// <summary>Somebody or something that a record names, as it is called now.</summary>
/// <param name="Mark">As the record has it: an id, a key, an e-mail address.</param>
/// <param name="Key">By which its page is found.</param>
internal sealed record NamedThing(NamedKind Kind, string Mark, string Key, string Name);

/// <summary>What the marks in a company's log stand for; what is not there any more, or another company's, is left out.</summary>
internal static class LogNameStore
{
    public static async Task<IReadOnlyList<NamedThing>> Find(Session session, Guid company, IReadOnlyCollection<string> marks)
    {
        var ids = marks.Select(mark => Guid.TryParse(mark, out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty).ToArray();
        var addresses = marks.Where(mark => mark.Contains('@', StringComparison.Ordinal)).Select(mark => mark.ToLowerInvariant()).ToArray();
        var keys = marks.Where(mark => mark.Length <= 40 && mark.All(char.IsAsciiLetterOrDigit)).ToArray();
        var found = new List<NamedThing>();
        if (ids.Length > 0)
        {
            if (ids.Contains(company))
                found.Add(new NamedThing(NamedKind.Company, company.ToString(), company.ToString(), (await CompanyStore.Find(session, company))!.Name));

            found.AddRange((await ById(session, "select id, name from users where id = @id and company_id = @company", company, ids)).Select(row => row.To(NamedKind.Person)));
            found.AddRange((await ById(session, "select id, name from permission_groups where id = @id and company_id = @company", company, ids)).Select(row => row.To(NamedKind.Group)));
        }

        if (addresses.Length > 0)
        {
            found.AddRange((await session.QueryEach<IdRow>("select id, email as mark, name from users where email_key = @id and company_id = @company", new GivenRows().With("id", addresses), ("company", company)))
                .Select(row => row.To(NamedKind.Person)));
        }

        if (keys.Length > 0)
        {
            found.AddRange((await ByKey(session, "select key, name from consumers where key = @id and company_id = @company and status <> 'deleted'", company, keys)).Select(row => row.To(NamedKind.Consumer)));
            found.AddRange((await ByKey(session, "select key, name from apis where key = @id and (company_id = @company or company_id is null)", company, keys)).Select(row => row.To(NamedKind.Api)));
        }

        return found;
    }

    private static Task<IReadOnlyList<IdRow>> ById(Session session, string sql, Guid company, Guid[] ids) => session.QueryEach<IdRow>(sql, new GivenRows().With("id", ids), ("company", company));

    private static Task<IReadOnlyList<KeyRow>> ByKey(Session session, string sql, Guid company, string[] keys) => session.QueryEach<KeyRow>(sql, new GivenRows().With("id", keys), ("company", company));

    private sealed class IdRow
    {
        public Guid Id { get; init; }
        public string? Mark { get; init; }
        public string Name { get; init; } = "";

        public NamedThing To(NamedKind kind) => new(kind, Mark ?? Id.ToString(), Id.ToString(), Name);
    }

    private sealed class KeyRow
    {
        public string Key { get; init; } = "";
        public string Name { get; init; } = "";

        public NamedThing To(NamedKind kind) => new(kind, Key, Key, Name);
    }
}
