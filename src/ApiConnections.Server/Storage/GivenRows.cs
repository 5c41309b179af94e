using System.Buffers;
using System.Text;
using System.Text.Json;
using Dapper;

namespace ApiConnections.Server.Storage;

/// <summary>
/// Rows that a statement brings along, as the table <c>given</c>: what many requests want at the same time is one statement, whose plan is made once.
/// PostgreSQL takes an array per column, SQLite one JSON text.
/// </summary>
internal sealed class GivenRows
{
    private readonly List<Column> columns = [];

    public GivenRows With(string name, IEnumerable<Guid> ids) => Add(name, ids, isBytes: true, (json, id) => json.WriteStringValue(Convert.ToHexString(id.ToByteArray(bigEndian: true))));

    public GivenRows With(string name, IEnumerable<byte[]> values) => Add(name, values, isBytes: true, (json, bytes) => json.WriteStringValue(Convert.ToHexString(bytes)));

    public GivenRows With(string name, IEnumerable<string?> values) => Add(name, values, isBytes: false, (json, text) => json.WriteStringValue(text));

    public GivenRows With(string name, IEnumerable<long> values) => Add(name, values, isBytes: false, (json, number) => json.WriteNumberValue(number));

    /// <summary>The names of the columns, in the order in which <c>select *</c> gives them.</summary>
    public string Columns => string.Join(", ", columns.Select(column => column.Name));

    /// <summary>What stands after <c>from</c>. Join to it with <c>cross join</c>: SQLite then begins with these few rows, and never with the large table.</summary>
    public string Sql(Engine engine) => engine == Engine.Postgres
        ? $"unnest({string.Join(", ", columns.Select(column => "@given_" + column.Name))}) as given ({Columns})"
        : $"(select {string.Join(", ", columns.Select((column, i) => $"{(column.IsBytes ? $"unhex(value ->> {i})" : $"value ->> {i}")} as {column.Name}"))} from json_each(@given)) as given";

    /// <summary>What stands after a column that is compared with the only one that is given.</summary>
    public string In(Engine engine) => engine == Engine.Postgres ? $"= any(@given_{columns[0].Name})" : $"in (select {columns[0].Name} from {Sql(engine)})";

    /// <param name="others">The other parameters of the statement.</param>
    public DynamicParameters Parameters(Engine engine, params (string Name, object? Value)[] others)
    {
        var parameters = new DynamicParameters();
        foreach (var (name, value) in others)
            parameters.Add(name, value);

        if (engine == Engine.Sqlite)
        {
            parameters.Add("given", ToJson());
            return parameters;
        }

        foreach (var column in columns)
            parameters.Add("given_" + column.Name, column.Values);

        return parameters;
    }

    private GivenRows Add<T>(string name, IEnumerable<T> values, bool isBytes, Action<Utf8JsonWriter, T> write)
    {
        var all = values.ToArray();
        columns.Add(new Column(name, all, all.Length, isBytes, (json, row) => write(json, all[row])));
        return this;
    }

    private string ToJson()
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartArray();
            for (var row = 0; row < columns[0].Count; row++)
            {
                json.WriteStartArray();
                foreach (var column in columns)
                    column.Write(json, row);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    private sealed record Column(string Name, Array Values, int Count, bool IsBytes, Action<Utf8JsonWriter, int> Write);
}
