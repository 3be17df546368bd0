-- Calling UDFs: typed results, every kind of document, failures.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude

-- A module whose filter returns a constant of a type.
CREATE FUNCTION register_constant(name text, instruction text, wasm_type text, declared text DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
    SELECT register(name, '1.0.0', format('(module (func (export "filter") (param i64) (result %s) %s))', wasm_type, instruction),
        CASE WHEN declared IS NULL THEN '{}' ELSE jsonb_build_object('returns', jsonb_build_array(jsonb_build_object('type', declared))) END)
$$;

-- Results. Undeclared ones go by the export's type, an i32 being a bool.
SELECT n, wasm_type, declared, register_constant('c' || n, instruction, wasm_type, declared),
    quidditch.call_udf('c' || n, '{}') AS result, jsonb_typeof(quidditch.call_udf('c' || n, '{}'))
FROM (VALUES
    (1, 'i32.const 0', 'i32', NULL), (2, 'i32.const -7', 'i32', NULL), (3, 'i32.const -7', 'i32', 'bool'),
    (4, 'i32.const -7', 'i32', 'i32'), (5, 'i32.const 0x80000000', 'i32', 'i32'),
    (6, 'i64.const 0x7fffffffffffffff', 'i64', NULL), (7, 'i64.const 0x8000000000000000', 'i64', 'i64'),
    (8, 'f32.const 0.1', 'f32', NULL), (9, 'f32.const 0x1.fffffep+127', 'f32', 'f32'), (10, 'f32.const nan', 'f32', 'f32'),
    (11, 'f64.const 0.1', 'f64', NULL), (12, 'f64.const -0', 'f64', 'f64'), (13, 'f64.const 0x0.0000000000001p-1022', 'f64', 'f64'),
    (14, 'f64.const nan', 'f64', 'f64'), (15, 'f64.const -nan:0x4000000000001', 'f64', 'f64'), (16, 'f64.const inf', 'f64', 'f64'),
    (17, 'f64.const -inf', 'f64', 'f64'), (18, 'f64.const 1e300', 'f64', 'f64'), (19, 'f64.const 5', 'f64', 'f64')
) AS v(n, instruction, wasm_type, declared) ORDER BY n;

-- String results: of any length, and what is none.
SELECT register('echo', '1.0.0', '(module
    (import "env" "get_field_string" (func $get (param i64 i32 i32 i32 i32) (result i32)))
    (import "env" "set_result_string" (func $set (param i32 i32) (result i32)))
    (memory (export "memory") 40) (data (i32.const 0) "s")
    (func (export "filter") (param $ctx i64) (result i32) (local $status i32)
        (i32.store (i32.const 8) (i32.const 2500000))
        (local.set $status (call $get (local.get $ctx) (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 8)))
        (if (local.get $status) (then (return (local.get $status))))
        (call $set (i32.const 16) (i32.load (i32.const 8)))))', '{"returns": [{"type": "string"}]}');
SELECT quidditch.call_udf('echo', '{"s": ""}'), quidditch.call_udf('echo', '{"s": "grün \"☃\" 😀\n"}');
SELECT quidditch.call_udf('echo', jsonb_build_object('s', repeat('ab', 1000000))) ->> 0 = repeat('ab', 1000000);
SELECT d.document, failure(format('SELECT quidditch.call_udf(''echo'', %L)', d.document)) FROM (VALUES ('{}'), ('{"s": 5}')) AS d(document);
SELECT register('silent', '1.0.0', filter('i32.const 0'), '{"returns": [{"type": "string"}]}');
SELECT quidditch.call_udf('silent', '{}');
SELECT register('latin1', '1.0.0', '(module (import "env" "set_result_string" (func $set (param i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "a\ff\00b")
    (func (export "filter") (param i64) (result i32) (call $set (i32.const 0) (i32.const 2)))
    (func (export "nul") (param i64) (result i32) (call $set (i32.const 2) (i32.const 2)))
    (func (export "outside") (param i64) (result i32) (call $set (i32.const 65535) (i32.const 2)))
    (func (export "negative") (param i64) (result i32) (call $set (i32.const 0) (i32.const -1))))', '{"returns": [{"type": "string"}]}');
SELECT register('latin1_' || export, '1.0.0', source, jsonb_build_object('returns', returns, 'function_name', export))
FROM quidditch.udf, unnest(ARRAY['nul', 'outside', 'negative']) AS export WHERE name = 'latin1';
SELECT failure(format('SELECT quidditch.call_udf(%L, ''{}'')', name)) FROM unnest(ARRAY['latin1', 'latin1_nul', 'latin1_outside', 'latin1_negative']) AS name;

-- Documents of every kind. The getter's status: 0 found, 1 not found, 2 of another type.
CREATE FUNCTION register_getter(name text, getter text, path text) RETURNS void LANGUAGE sql AS $$
    SELECT register(name, '1.0.0', format('(module
        (import "env" "%s" (func $get (param i64 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) %s)
        (func (export "filter") (param $ctx i64) (result i32)
            (call $get (local.get $ctx) (i32.const 0) (i32.const %s) (i32.const 1024))))',
        getter, to_json(path), octet_length(path)), '{"returns": [{"type": "i32"}]}')
$$;
SELECT register_getter('number', 'get_field_f64', 'a');
SELECT left(d.document::text, 30), quidditch.call_udf('number', d.document)
FROM (VALUES (NULL::jsonb), ('null'), ('true'), ('5'), ('"a"'), ('[]'), ('["a"]'), ('[{"a": 1}]'), ('{}'), ('{"a": 1}'), ('{"a": 1.5}'), ('{"a": "1"}'),
    ('{"a": null}'), ('{"a": [1]}'), ('{"a": {}}'), ('{"A": 1}'), ('{"aa": 1}'), ('{"a": 1e308}'), ('{"a": 1e309}'), ('{"a": -1e400}'), ('{"a": 1e-400}')) AS d(document);
SELECT register_getter('element', 'get_field_i64', '[1].x');
SELECT quidditch.call_udf('element', '[{"x": 1}, {"x": 2}]'), quidditch.call_udf('element', '[{"x": 1}]'), quidditch.call_udf('element', '{"1": {"x": 1}}');
SELECT quidditch.call_udf('element', '[0, {"x": 9223372036854775807}]'), quidditch.call_udf('element', '[0, {"x": 9223372036854775808}]'),
    quidditch.call_udf('element', '[0, {"x": 1.0}]'), quidditch.call_udf('element', '[0, {"x": 1.5}]');

-- A NULL document is no call; NULL where a UDF must be named is an error.
SELECT quidditch.call_udf('number', NULL), quidditch.test_udf('number', NULL) -> 'error' ->> 'message';
SELECT failure($$SELECT quidditch.call_udf(NULL, NULL)$$);
SELECT failure($$SELECT quidditch.call_udf('nowhere', '{}')$$);

-- However a value is stored: short header, inline, compressed, out of line, both.
CREATE TABLE stored (how text, document jsonb);
ALTER TABLE stored ALTER document SET STORAGE EXTERNAL;
INSERT INTO stored VALUES ('short', '{"a": 1}'), ('inline', jsonb_build_object('a', 1, 'b', repeat('x', 1000))),
    ('external', jsonb_build_object('b', (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 3000) AS i), 'a', 1));
ALTER TABLE stored ALTER document SET STORAGE MAIN;
INSERT INTO stored VALUES ('compressed', jsonb_build_object('b', repeat('x', 100000), 'a', 1));
ALTER TABLE stored ALTER document SET STORAGE EXTENDED;
INSERT INTO stored VALUES ('compressed and external', jsonb_build_object('a', 1, 'b', (SELECT string_agg(rpad(md5(i::text), 100), '') FROM generate_series(1, 3000) AS i)));
SELECT how, pg_column_size(document) < 127 AS short, pg_column_compression(document) AS compression,
    pg_column_size(document) > 8192 AS "out of line", quidditch.call_udf('number', document), quidditch.test_udf('number', document) -> 'result'
FROM stored;

-- Failures have a SQLSTATE, and what the guest logged before is in the detail.
SELECT register('trap', '1.0.0', filter('unreachable'));
SELECT register('divide', '1.0.0', filter('(i32.div_s (i32.const 1) (i32.const 0))'));
SELECT register('overflow', '1.0.0', filter('(i32.div_s (i32.const 0x80000000) (i32.const -1))'));
SELECT register('outside', '1.0.0', filter('(i32.load (i32.const 65533))'));
SELECT register('convert', '1.0.0', filter('(i32.trunc_f64_s (f64.const nan))'));
SELECT register('recursion', '1.0.0', '(module (func $f (export "filter") (param i64) (result i32) (call $f (local.get 0)) (i32.const 1) i32.add))');
SELECT register('loop', '1.0.0', filter('(loop (br 0)) (i32.const 1)'), '{"limits": {"max_execution_time": 50}}');
SELECT register('grow', '1.0.0', '(module (memory (export "memory") 1) (func (export "filter") (param i64) (result i32)
    (if (i32.eq (memory.grow (i32.const 1000)) (i32.const -1)) (then unreachable)) (i32.const 1)))');
SELECT register('refused_growth', '1.0.0', '(module (memory (export "memory") 1) (func (export "filter") (param i64) (result i32) (memory.grow (i32.const 1000))))',
    '{"returns": [{"type": "i32"}]}');
SELECT register('exit', '1.0.0', '(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (memory (export "memory") 1)
    (func (export "filter") (param i64) (result i32) (call $exit (i32.const 3)) (i32.const 1)))');
SELECT register('start', '1.0.0', '(module (func $start unreachable) (start $start) (func (export "filter") (param i64) (result i32) (i32.const 1)))');
SELECT register('initialize', '1.0.0', '(module (func (export "_initialize") unreachable) (func (export "filter") (param i64) (result i32) (i32.const 1)))');
SELECT register('talks', '1.0.0', '(module (import "env" "log" (func $log (param i32 i32 i32))) (memory (export "memory") 1) (data (i32.const 0) "careful!")
    (func (export "filter") (param i64) (result i32) (call $log (i32.const 2) (i32.const 0) (i32.const 8)) (call $log (i32.const 9) (i32.const 0) (i32.const 4)) unreachable))');
-- As a runtime does that has no memory left: it prints a long trace, in pieces, and exits.
SELECT register('trace', '1.0.0', '(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (memory (export "memory") 1)
    (data (i32.const 0) "\20\00\00\00\05\00\00\00" "\25\00\00\00\01\00\00\00" "\26\00\00\00\01\00\00\00") (data (i32.const 32) "line a\n")
    (func (export "filter") (param i64) (result i32)
        (loop (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 48))) (drop (call $write (i32.const 2) (i32.const 8) (i32.const 2) (i32.const 48)))
            (i32.store8 (i32.const 37) (i32.add (i32.load8_u (i32.const 37)) (i32.const 1))) (br_if 0 (i32.le_u (i32.load8_u (i32.const 37)) (i32.const 122))))
        (if (i32.eq (memory.grow (i32.const 1000)) (i32.const -1)) (then (call $exit (i32.const 2)))) (i32.const 1)))');
SELECT register('start_trace', '1.0.0', '(module (import "env" "log" (func $log (param i32 i32 i32))) (memory (export "memory") 1) (data (i32.const 0) "started")
    (func (export "_initialize") (call $log (i32.const 1) (i32.const 0) (i32.const 7)) unreachable) (func (export "filter") (param i64) (result i32) (i32.const 1)))');
SELECT name, failure(format('SELECT quidditch.call_udf(%L, ''{}'')', name))
FROM unnest(ARRAY['trap', 'divide', 'overflow', 'outside', 'convert', 'recursion', 'loop', 'grow', 'exit', 'start', 'initialize', 'talks', 'trace', 'start_trace']) AS name;
-- Memory that is refused is refused, and no error unless the guest makes it one.
SELECT quidditch.call_udf('refused_growth', '{}');

-- test_udf answers all of it in JSON.
SELECT jsonb_pretty(quidditch.test_udf('talks', '{}') - 'execution_time_ms');
SELECT jsonb_pretty(quidditch.test_udf('number', '{"a": 1}') - 'execution_time_ms');
SELECT jsonb_typeof(t -> 'execution_time_ms'), (t ->> 'execution_time_ms')::float8 BETWEEN 0 AND 5000 FROM quidditch.test_udf('number', '{}') AS t;
SELECT jsonb_pretty(quidditch.test_udf('nowhere', '{}'));
SELECT jsonb_pretty(quidditch.test_udf('number', '{}', '{"x": 1}'));
SELECT jsonb_pretty(quidditch.test_udf(NULL, '{}'));

-- The log, as messages of the server.
SELECT register('log', '1.0.0', '(module (import "env" "log" (func $log (param i32 i32 i32))) (memory (export "memory") 1) (data (i32.const 0) "a line\ff\00.")
    (func (export "filter") (param i64) (result i32) (call $log (i32.const 0) (i32.const 0) (i32.const 6)) (call $log (i32.const -5) (i32.const 0) (i32.const 9))
        (call $log (i32.const 1) (i32.const 65535) (i32.const 9)) (call $log (i32.const 3) (i32.const 0) (i32.const 0)) (i32.const 1)))');
SELECT quidditch.call_udf('log', '{}');
SET quidditch.log_level = notice;
SELECT quidditch.call_udf('log', '{}');
SET quidditch.log_level = off;
SELECT quidditch.call_udf('log', '{}');
RESET quidditch.log_level;

-- Many lines: some are kept, the rest is counted.
SELECT register('flood', '1.0.0', '(module (import "env" "log" (func $log (param i32 i32 i32))) (memory (export "memory") 1) (data (i32.const 0) "more")
    (func (export "filter") (param i64) (result i32) (local $n i32)
        (loop (call $log (i32.const 1) (i32.const 0) (i32.const 4)) (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 100000)))) (i32.const 1)))');
SELECT jsonb_array_length(t -> 'logs'), t -> 'logs' -> -1 FROM quidditch.test_udf('flood', '{}') AS t;
SET quidditch.max_log_lines = 2;
SELECT quidditch.test_udf('flood', '{}') -> 'logs';
RESET quidditch.max_log_lines;
SET quidditch.max_log_size = 0;
SELECT quidditch.test_udf('flood', '{}') -> 'logs';
RESET quidditch.max_log_size;
