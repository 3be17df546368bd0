-- The query operator and what helps to write queries, in the schema that CREATE EXTENSION was given.

CREATE FUNCTION quidditch.matches_support(internal)
    RETURNS internal LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'quidditch_matches_support';
COMMENT ON FUNCTION quidditch.matches_support(internal) IS 'planner support for quidditch.matches and quidditch.negated_score';

CREATE FUNCTION quidditch.matches_selectivity(internal, oid, internal, integer)
    RETURNS float8 LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'quidditch_matches_selectivity';
COMMENT ON FUNCTION quidditch.matches_selectivity(internal, oid, internal, integer)
    IS 'restriction selectivity of the @@@ operator';

-- STABLE, because a wasm_udf clause looks its UDF up in the catalog, and dates may be relative to now.
CREATE FUNCTION quidditch.matches(document jsonb, query jsonb)
    RETURNS boolean LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5
    SUPPORT quidditch.matches_support
    AS 'MODULE_PATHNAME', 'quidditch_matches';
COMMENT ON FUNCTION quidditch.matches(jsonb, jsonb) IS 'whether a document matches a query: implementation of the @@@ operator';

CREATE OPERATOR @@@ (
    LEFTARG = jsonb,
    RIGHTARG = jsonb,
    FUNCTION = quidditch.matches,
    RESTRICT = quidditch.matches_selectivity,
    JOIN = contjoinsel
);
COMMENT ON OPERATOR @@@ (jsonb, jsonb) IS 'document matches query';

CREATE FUNCTION quidditch.negated_score(document jsonb, query jsonb)
    RETURNS float8 LANGUAGE c STABLE STRICT PARALLEL SAFE COST 20
    SUPPORT quidditch.matches_support
    AS 'MODULE_PATHNAME', 'quidditch_negated_score';
COMMENT ON FUNCTION quidditch.negated_score(jsonb, jsonb)
    IS 'the negated score of a document, NULL where it does not match: implementation of the <@> operator';

CREATE OPERATOR <@> (
    LEFTARG = jsonb,
    RIGHTARG = jsonb,
    FUNCTION = quidditch.negated_score
);
COMMENT ON OPERATOR <@> (jsonb, jsonb) IS 'negated score of document for query, to order by';

CREATE FUNCTION quidditch.bind_query(query jsonb, index regclass)
    RETURNS jsonb LANGUAGE c STABLE STRICT PARALLEL SAFE COST 10
    AS 'MODULE_PATHNAME', 'quidditch_bind_query';
COMMENT ON FUNCTION quidditch.bind_query(jsonb, regclass)
    IS 'a query bound to the mapping and the statistics of an index; planning puts it around parameters';

-- About queries and text.
CREATE FUNCTION quidditch.validate_query(query jsonb)
    RETURNS jsonb LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100
    AS 'MODULE_PATHNAME', 'quidditch_validate_query';
COMMENT ON FUNCTION quidditch.validate_query(jsonb)
    IS 'whether a query is valid: its canonical form, or what is wrong and where';

CREATE FUNCTION quidditch.explain_query(query jsonb)
    RETURNS text LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100
    AS 'MODULE_PATHNAME', 'quidditch_explain_query';
COMMENT ON FUNCTION quidditch.explain_query(jsonb) IS 'what each clause of a query does, in the order of evaluation';

CREATE FUNCTION quidditch.tokens(analyzer text, input text)
    RETURNS jsonb LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100
    AS 'MODULE_PATHNAME', 'quidditch_tokens';
COMMENT ON FUNCTION quidditch.tokens(text, text) IS 'the tokens of a text as a JSON array: implementation of quidditch.analyze';

CREATE FUNCTION quidditch.analyze(analyzer text, input text)
    RETURNS TABLE ("position" integer, token text, start_offset integer, end_offset integer)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 20
    AS $$
        SELECT * FROM pg_catalog.jsonb_to_recordset(quidditch.tokens(analyzer, input))
            AS t("position" integer, token text, start_offset integer, end_offset integer)
    $$;
COMMENT ON FUNCTION quidditch.analyze(text, text)
    IS 'the tokens that an analyzer makes of a text; offsets count characters';

CREATE FUNCTION wasm_udf(name text, parameters jsonb DEFAULT '{}', version text DEFAULT NULL)
    RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        SELECT pg_catalog.jsonb_build_object('wasm_udf',
            pg_catalog.jsonb_build_object('name', name, 'parameters', COALESCE(parameters, '{}'))
            OPERATOR(pg_catalog.||)
            CASE WHEN version IS NULL THEN '{}' ELSE pg_catalog.jsonb_build_object('version', version) END)
    $$;
COMMENT ON FUNCTION wasm_udf(text, jsonb, text) IS 'the query clause that calls a UDF: {"wasm_udf": {…}}';
