using ApiConnections.Samples.Maintenance;

await MaintenanceApi.Build(args).RunAsync();
