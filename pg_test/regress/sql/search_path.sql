-- A user's own functions, operators and tables, first in his search_path, are not what the catalog is read with.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
SET client_min_messages = warning;
DROP ROLE IF EXISTS quidditch_mallory;
RESET client_min_messages;
CREATE ROLE quidditch_mallory;
GRANT quidditch_mallory TO CURRENT_USER;
GRANT CREATE, USAGE ON SCHEMA test TO quidditch_mallory;
GRANT EXECUTE ON FUNCTION quidditch.register_udf, quidditch.unregister_udf TO quidditch_mallory;
SELECT register('f', '1.0.0', filter());
CREATE TABLE caught (what text, as_user name);
GRANT INSERT ON caught TO PUBLIC;

SET ROLE quidditch_mallory;
-- Whatever the queries could name without a schema.
CREATE FUNCTION trap(text, text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN INSERT INTO test.caught VALUES ('=(text, text)', current_user); RETURN true; END$$;
CREATE OPERATOR = (LEFTARG = text, RIGHTARG = text, FUNCTION = trap);
CREATE FUNCTION to_jsonb(anyelement) RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN INSERT INTO test.caught VALUES ('to_jsonb', current_user); RETURN '{}'; END$$;
CREATE FUNCTION octet_length(bytea) RETURNS int LANGUAGE plpgsql AS $$BEGIN INSERT INTO test.caught VALUES ('octet_length', current_user); RETURN 0; END$$;
CREATE FUNCTION encode(bytea, text) RETURNS text LANGUAGE plpgsql AS $$BEGIN INSERT INTO test.caught VALUES ('encode', current_user); RETURN ''; END$$;
CREATE FUNCTION sha256(bytea) RETURNS bytea LANGUAGE plpgsql AS $$BEGIN INSERT INTO test.caught VALUES ('sha256', current_user); RETURN ''; END$$;
CREATE FUNCTION now() RETURNS timestamptz LANGUAGE plpgsql AS $$BEGIN INSERT INTO test.caught VALUES ('now', current_user); RETURN NULL; END$$;
CREATE FUNCTION trap(jsonb, jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT NULL::jsonb';
CREATE OPERATOR || (LEFTARG = jsonb, RIGHTARG = jsonb, FUNCTION = trap);
CREATE DOMAIN regrole AS int;
CREATE DOMAIN oid AS text;
CREATE DOMAIN text AS int;
CREATE DOMAIN jsonb AS int;
CREATE TABLE udf (name pg_catalog.text);
CREATE TEMP TABLE udf (name pg_catalog.text);
CREATE TEMP TABLE udfs (name pg_catalog.text);
SET search_path = test, pg_temp, pg_catalog;
-- They work, for whoever asks for them.
SELECT 'a'::pg_catalog.text = 'b'::pg_catalog.text;

SELECT (quidditch.register_udf('g', '1.0.0', pg_catalog.convert_to('(module (func (export "filter") (param i64) (result i32) i32.const 0))', 'UTF8'))) OPERATOR(pg_catalog.->>) 'success';
SELECT quidditch.call_udf('f', '{}'), quidditch.call_udf('g', '{}'), quidditch.call_udf('g', '{}', '{}', '1.0.0');
SELECT (quidditch.get_udf('f')) OPERATOR(pg_catalog.->>) 'name', pg_catalog.jsonb_array_length(quidditch.list_udfs()), pg_catalog.jsonb_array_length(quidditch.udf_versions('g'));
SELECT (quidditch.test_udf('nowhere', '{}')) OPERATOR(pg_catalog.->) 'error' OPERATOR(pg_catalog.->>) 'message';
SELECT name, size OPERATOR(pg_catalog.>) 0, pg_catalog.length(sha256), owner FROM quidditch.udfs ORDER BY name;
SELECT quidditch.unregister_udf('g', '1.0.0');
RESET ROLE;

-- As a superuser with that search_path, too.
SELECT (quidditch.register_udf('h', '1.0.0', pg_catalog.convert_to('(module (func (export "filter") (param i64) (result i32) i32.const 0))', 'UTF8'))) OPERATOR(pg_catalog.->>) 'success';
SELECT quidditch.call_udf('h', '{}'), quidditch.unregister_udf('h', '1.0.0');
SET search_path = pg_catalog;
-- One call was caught: the one made on purpose.
SELECT what, as_user FROM test.caught;
SELECT name, owner FROM quidditch.udfs;

SET search_path = test, public;
SET client_min_messages = warning;
DROP OWNED BY quidditch_mallory CASCADE;
DROP ROLE quidditch_mallory;
