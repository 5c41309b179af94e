using System.Text.Json;

namespace ApiConnections.Samples.Maintenance;

/// <summary>What a client sends to make or change a work order; fields that are not sent stay as they are.</summary>
internal sealed record WorkOrderInput(string? Description, string? AssetCode, int? OtStatus, int? Priority, string? Responsible, DateTimeOffset? DueDate)
{
    private const int MaxText = 500;

    /// <summary>The input, or the answer that says what is wrong with it.</summary>
    public static async Task<(WorkOrderInput? Input, IResult? Refusal)> Read(HttpRequest request, bool isNew)
    {
        if (!request.HasJsonContentType())
            return (null, Envelope.Refuse(415, "The body must be JSON: Content-Type: application/json."));

        try
        {
            var input = await JsonSerializer.DeserializeAsync(request.Body, MaintenanceJson.Default.WorkOrderInput, request.HttpContext.RequestAborted);
            if (input is null)
                return (null, Envelope.Refuse(400, "The body must be a JSON object."));

            var errors = input.Errors(isNew);
            return errors.Count > 0 ? (null, Envelope.Refuse(errors)) : (input, null);
        }
        catch (JsonException)
        {
            return (null, Envelope.Refuse(400, "The body is not a JSON object with the fields description, asset_code, ot_status, priority, responsible, due_date."));
        }
        catch (BadHttpRequestException e)
        {
            return (null, Envelope.Refuse(e.StatusCode, e.StatusCode == 413 ? "The body is longer than 16 KiB." : "The body cannot be read."));
        }
    }

    private Dictionary<string, string> Errors(bool isNew)
    {
        var errors = new Dictionary<string, string>();
        if (isNew ? string.IsNullOrWhiteSpace(Description) : Description is not null && string.IsNullOrWhiteSpace(Description))
            errors["description"] = "must not be empty";
        else if (Description?.Length > MaxText)
            errors["description"] = $"must have at most {MaxText} characters";

        if (isNew && AssetCode is null)
            errors["asset_code"] = "is missing";
        else if (AssetCode is not null && !Assets.All.Any(asset => asset.Code == AssetCode))
            errors["asset_code"] = "must be the code of an asset";

        if (OtStatus is < 1 or > 4)
            errors["ot_status"] = "must be 1 (in process), 2 (in review), 3 (completed) or 4 (cancelled)";
        if (Priority is < 1 or > 5)
            errors["priority"] = "must be from 1 to 5";
        if (Responsible?.Length > MaxText)
            errors["responsible"] = $"must have at most {MaxText} characters";
        return errors;
    }
}
