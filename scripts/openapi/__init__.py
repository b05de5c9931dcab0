"""The OpenAPI document as it was promised, kept in docs/openapi.json."""
