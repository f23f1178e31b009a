// Package openapitest makes the OpenAPI 3.1 document of the API from what is registered and from the wire types, and checks real
// answers against it. Routes say their sentence, authentication scheme and verb; Operations says what they take and give; the fields of a
// document, with what is written beside them, come from the types themselves. api/openapi.json is what it makes; tests keep it so.
package openapitest
