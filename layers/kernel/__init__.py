"""What every bounded context shares: HTTP, events, errors, telemetry, settings, ids, money and DynamoDB."""
