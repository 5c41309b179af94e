using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace ApiConnections.Server.Storage;

/// <summary>
/// A connection that keeps the statements it has compiled, those of the last <see cref="Most"/> texts: the same few run again and again, and compiling
/// one costs as much as running it for dozens of rows. SQLite compiles a kept one anew by itself where the schema has changed.
/// </summary>
internal sealed class SqliteStatements(string connectionString) : SqliteConnection(connectionString)
{
    private const int Most = 50;
    private readonly OrderedDictionary<string, SqliteCommand> idle = new(StringComparer.Ordinal); // the one that has rested longest comes first

    // What is kept is closed with the connection, by the library.
    protected override DbCommand CreateDbCommand() => new Statement(this);

    private SqliteCommand Take(string text) => idle.Remove(text, out var kept) ? kept : new SqliteCommand(text, this);

    private void GiveBack(SqliteCommand command)
    {
        command.Parameters.Clear();
        command.Transaction = null;
        if (State != ConnectionState.Open || !idle.TryAdd(command.CommandText, command))
        {
            command.Dispose();
        }
        else if (idle.Count > Most)
        {
            idle.GetAt(0).Value.Dispose();
            idle.RemoveAt(0);
        }
    }

    /// <summary>A command whose text and parameters are known when it is executed, and run by the kept one of that text.</summary>
    private sealed class Statement(SqliteStatements connection) : DbCommand
    {
        private readonly SqliteCommand draft = new();
        private SqliteCommand? taken;

        [AllowNull]
        public override string CommandText
        {
            get => draft.CommandText;
            set => draft.CommandText = value;
        }

        public override int CommandTimeout { get; set; } = connection.DefaultTimeout;

        public override CommandType CommandType
        {
            get => draft.CommandType;
            set => draft.CommandType = value;
        }

        public override bool DesignTimeVisible { get; set; }

        public override UpdateRowSource UpdatedRowSource { get; set; }

        protected override DbConnection? DbConnection
        {
            get => connection;
            set => throw new NotSupportedException("A statement stays with its connection.");
        }

        protected override DbTransaction? DbTransaction
        {
            get => draft.Transaction;
            set => draft.Transaction = (SqliteTransaction?)value;
        }

        protected override DbParameterCollection DbParameterCollection => draft.Parameters;

        // As the library's own: nothing that runs can be stopped.
        public override void Cancel()
        {
        }

        public override void Prepare() => Ready().Prepare();

        public override int ExecuteNonQuery() => Ready().ExecuteNonQuery();

        public override object? ExecuteScalar() => Ready().ExecuteScalar();

        protected override DbParameter CreateDbParameter() => draft.CreateParameter();

        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Ready().ExecuteReader(behavior);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                GiveBack();
                draft.Dispose();
            }

            base.Dispose(disposing);
        }

        private SqliteCommand Ready()
        {
            GiveBack();
            taken = connection.Take(draft.CommandText);
            taken.CommandTimeout = CommandTimeout;
            taken.Transaction = draft.Transaction;
            foreach (var parameter in draft.Parameters)
                taken.Parameters.Add(parameter);

            return taken;
        }

        private void GiveBack()
        {
            if (taken is not null)
                connection.GiveBack(taken);

            taken = null;
        }
    }
}
