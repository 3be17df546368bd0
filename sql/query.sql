-- The query operator and what helps to write queries, in the schema that CREATE EXTENSION was given.

-- STABLE, because a wasm_udf clause looks its UDF up in the catalog.
CREATE FUNCTION quidditch.matches(document jsonb, query jsonb)
    RETURNS boolean LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5
    AS 'MODULE_PATHNAME', 'quidditch_matches';
COMMENT ON FUNCTION quidditch.matches(jsonb, jsonb) IS 'whether a document matches a query: implementation of the @@@ operator';

CREATE OPERATOR @@@ (
    LEFTARG = jsonb,
    RIGHTARG = jsonb,
    FUNCTION = quidditch.matches,
    RESTRICT = contsel,
    JOIN = contjoinsel
);
COMMENT ON OPERATOR @@@ (jsonb, jsonb) IS 'document matches query';

CREATE FUNCTION wasm_udf(name text, parameters jsonb DEFAULT '{}', version text DEFAULT NULL)
    RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        SELECT pg_catalog.jsonb_build_object('wasm_udf',
            pg_catalog.jsonb_build_object('name', name, 'parameters', COALESCE(parameters, '{}'))
            OPERATOR(pg_catalog.||)
            CASE WHEN version IS NULL THEN '{}' ELSE pg_catalog.jsonb_build_object('version', version) END)
    $$;
COMMENT ON FUNCTION wasm_udf(text, jsonb, text) IS 'the query clause that calls a UDF: {"wasm_udf": {…}}';
