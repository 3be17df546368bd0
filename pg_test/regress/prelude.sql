-- Included by every suite: an empty schema to work in, no UDFs, output that is easy to read.
\set ECHO none
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS test CASCADE;
CREATE SCHEMA test;
GRANT USAGE ON SCHEMA test TO PUBLIC;
SET search_path = test, public;
DELETE FROM quidditch.udf;
DELETE FROM quidditch.udf_grant;

-- Runs a statement and says how it failed: SQLSTATE and message, then detail and hint.
CREATE FUNCTION failure(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    state text;
    message text;
    detail text;
    hint text;
BEGIN
    EXECUTE statement;
    RETURN NEXT 'no error';
EXCEPTION WHEN query_canceled OR OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT state || ': ' || message;
    IF detail <> '' THEN RETURN NEXT '  detail: ' || replace(detail, E'\n', E'\n          '); END IF;
    IF hint <> '' THEN RETURN NEXT '  hint: ' || hint; END IF;
END
$$;

-- A statement's plan as every PostgreSQL prints it: 18 adds that a node was disabled.
CREATE FUNCTION plan(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP
        CONTINUE WHEN line ~ '^ *Disabled: true$';
        RETURN NEXT line;
    END LOOP;
END
$$;

-- Registers WAT text; says nothing.
CREATE FUNCTION register(name text, version text, wat text, metadata jsonb DEFAULT '{}') RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM quidditch.register_udf(name, version, convert_to(wat, 'UTF8'), metadata);
END
$$;

-- A module whose filter answers a constant, or does what the instructions say.
CREATE FUNCTION filter(instructions text DEFAULT 'i32.const 1') RETURNS text LANGUAGE sql AS $$
    SELECT '(module (memory (export "memory") 1) (func (export "filter") (param $ctx i64) (result i32) '
        || instructions || '))'
$$;

-- How registering fails.
CREATE FUNCTION refusal(wat text, metadata jsonb DEFAULT '{}', name text DEFAULT 'u', version text DEFAULT '1.0.0')
    RETURNS SETOF text LANGUAGE sql AS $$
    SELECT failure(format('SELECT quidditch.register_udf(%L, %L, convert_to(%L, ''UTF8''), %L)',
        name, version, wat, metadata))
$$;

RESET client_min_messages;
\pset format unaligned
\pset tuples_only
\pset null '<NULL>'
\set ECHO all
