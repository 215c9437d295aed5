"""Writes the public API from the route declarations: infra/api.yaml for API Gateway, docs/openapi.json for clients."""
