-- What the host lets a module do.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
-- A module that imports one host function.
CREATE FUNCTION importing(import text, type text, module text DEFAULT 'env') RETURNS text LANGUAGE sql AS $$
    SELECT format('(module (import "%s" "%s" (func %s)) (memory (export "memory") 1)
        (func (export "filter") (param i64) (result i32) i32.const 1))', module, import, type)
$$;
CREATE TABLE host (import text, type text, module text DEFAULT 'env');
INSERT INTO host (import, type) VALUES
    ('has_field', '(param i64 i32 i32) (result i32)'),
    ('get_field_string', '(param i64 i32 i32 i32 i32) (result i32)'), ('get_field_json', '(param i64 i32 i32 i32 i32) (result i32)'),
    ('get_field_i64', '(param i64 i32 i32 i32) (result i32)'), ('get_field_f64', '(param i64 i32 i32 i32) (result i32)'),
    ('get_field_bool', '(param i64 i32 i32 i32) (result i32)'), ('get_field_bool', '(param i64 i32 i32) (result i32)'),
    ('get_field_int64', '(param i64 i32 i32) (result i64)'), ('get_field_float64', '(param i64 i32 i32) (result f64)'),
    ('get_array_length', '(param i64 i32 i32 i32) (result i32)'), ('get_document_id', '(param i64 i32 i32) (result i32)'),
    ('log', '(param i32 i32 i32)'), ('log', '(param i32 i32)'),
    ('get_param_string', '(param i32 i32 i32 i32) (result i32)'), ('get_param_i64', '(param i32 i32 i32) (result i32)'),
    ('get_param_f64', '(param i32 i32 i32) (result i32)'), ('get_param_bool', '(param i32 i32 i32) (result i32)'),
    ('get_score', '(param i64) (result f64)'), ('set_result_string', '(param i32 i32) (result i32)');
INSERT INTO host VALUES
    ('fd_write', '(param i32 i32 i32 i32) (result i32)', 'wasi_snapshot_preview1'),
    ('random_get', '(param i32 i32) (result i32)', 'wasi_snapshot_preview1'),
    ('proc_exit', '(param i32)', 'wasi_snapshot_preview1');

-- Each import with no permission, with the one, with the other.
SELECT import, type,
    (SELECT string_agg(f, '') FROM refusal(importing(import, type, module), '{"permissions": []}', 'a' || n) AS f) AS none,
    (SELECT f = 'no error' FROM refusal(importing(import, type, module), '{"permissions": ["read_document"]}', 'b' || n) AS f LIMIT 1) AS reads,
    (SELECT f = 'no error' FROM refusal(importing(import, type, module), '{"permissions": ["write_log"]}', 'c' || n) AS f LIMIT 1) AS logs
FROM (SELECT *, row_number() OVER () AS n FROM host) AS h ORDER BY n;
DELETE FROM quidditch.udf;

-- Both, unless the metadata says less; those for the world outside never.
SELECT register('f', '1.0.0', importing('has_field', '(param i64 i32 i32) (result i32)'));
SELECT permissions FROM quidditch.udfs;
SELECT refusal(filter(), jsonb_build_object('permissions', jsonb_build_array('read_document', p))) FROM unnest(ARRAY['network_access', 'file_access', 'NETWORK_ACCESS', '']) AS p;
-- Nothing imports a file or a socket, whatever it is allowed.
SELECT (SELECT string_agg(f, '') FROM refusal(importing(import, '(param i32) (result i32)', 'wasi_snapshot_preview1')) AS f) ~ format('"?%s"?', import) AS refused
FROM unnest(ARRAY['path_open', 'fd_read', 'sock_accept', 'sock_send']) AS import;

-- The superuser may narrow what was registered: that counts at the next call.
SELECT quidditch.call_udf('f', '{}');
UPDATE quidditch.udf SET permissions = '{write_log}';
SELECT failure($$SELECT quidditch.call_udf('f', '{}')$$);
SELECT failure($$SELECT '{}'::jsonb @@@ wasm_udf('f')$$);
UPDATE quidditch.udf SET permissions = '{}';
SELECT failure($$SELECT quidditch.call_udf('f', '{}')$$);
UPDATE quidditch.udf SET permissions = '{NULL,fly,file_access}';
SELECT failure($$SELECT quidditch.call_udf('f', '{}')$$);
UPDATE quidditch.udf SET permissions = '{read_document}';
SELECT quidditch.call_udf('f', '{}');
DELETE FROM quidditch.udf;
