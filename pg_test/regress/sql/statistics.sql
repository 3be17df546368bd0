-- What is counted of calls: exactly, though few of them are measured.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
-- Everything starts at zero.
SELECT quidditch.reset_udf_statistics();
SELECT count(*), quidditch.udf_calls_not_counted() FROM quidditch.udf_statistics;
SELECT quidditch.track_udfs, setting, context FROM (SELECT current_setting('quidditch.track_udfs') AS track_udfs) AS quidditch, pg_settings WHERE name = 'quidditch.track_udfs';
CREATE TABLE docs AS SELECT jsonb_build_object('n', i) AS doc FROM generate_series(1, 5050) AS i;
CREATE FUNCTION counted(wanted text) RETURNS TABLE (version text, calls bigint, kept bigint, errors bigint, instances bigint, compiles bigint, cache_hits bigint, timed bigint) LANGUAGE sql AS $$
    SELECT version, calls, kept, errors, instances, compiles, cache_hits, timed_calls FROM quidditch.udf_statistics
    WHERE database = current_database() AND name = wanted ORDER BY version
$$;

-- Registering compiles; the first call of the session loads what that left on disk; the next one has it.
SELECT register('odd', '1.0.0', $$(module
    (import "env" "get_field_i64" (func $get (param i64 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "n")
    (func (export "filter") (param i64) (result i32)
        (drop (call $get (local.get 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (i32.and (i32.load (i32.const 8)) (i32.const 1))))$$);
SELECT * FROM counted('odd');
SELECT quidditch.call_udf('odd', '{"n": 1}');
SELECT * FROM counted('odd');
-- A scan: an instance, a call for each row. Of 5050 calls the first eight are measured, and each 128th for those before it:
-- 5050 = 8 + 39 * 128 + 50, so the last 50 are as good as not measured. And one was before.
SELECT count(*) FROM docs WHERE doc @@@ wasm_udf('odd');
SELECT * FROM counted('odd');
SELECT compile_time > 0 AND total_time > 0 AND min_time > 0 AND min_time <= p50_time AND p50_time <= p95_time AND p95_time <= p99_time AND p99_time <= max_time
    AND mean_time BETWEEN min_time AND max_time AS times, (SELECT sum(n) FROM unnest(histogram) AS n) = timed_calls AS histogram, array_length(histogram, 1), peak_memory,
    last_call BETWEEN stats_since AND clock_timestamp() AS since, last_error_time, last_error_sqlstate, last_error
FROM quidditch.udf_statistics WHERE name = 'odd';
-- LIMIT ends a scan early.
SELECT count(*) FROM (SELECT FROM docs WHERE doc @@@ wasm_udf('odd') LIMIT 3) AS three;
SELECT calls, kept FROM counted('odd');
-- Each place of a statement has its own instance.
SELECT quidditch.call_udf('odd', doc), quidditch.call_udf('odd', doc) FROM docs LIMIT 2;
SELECT calls, kept, instances FROM counted('odd');
-- So has each version.
SELECT register('odd', '2.0.0', filter());
SELECT quidditch.call_udf('odd', '{}'), quidditch.test_udf('odd', '{}') -> 'result', quidditch.call_udf('odd', '{}', version => '1.0.0');
SELECT version, calls, kept, instances FROM counted('odd');
-- A statement that is rolled back has made its calls all the same.
BEGIN;
SELECT quidditch.call_udf('odd', '{}');
ROLLBACK;
SELECT version, calls FROM counted('odd');
-- Every worker counts.
SELECT register('even', '1.0.0', filter());
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT plan($$SELECT count(*) FROM docs WHERE doc @@@ wasm_udf('even')$$);
SELECT count(*) FROM docs WHERE doc @@@ wasm_udf('even');
RESET max_parallel_workers_per_gather;
RESET min_parallel_table_scan_size;
RESET parallel_tuple_cost;
RESET parallel_setup_cost;
SELECT calls, kept FROM counted('even');

-- Failures, by what they are.
SELECT register('trap', '1.0.0', filter('unreachable'));
SELECT register('grow', '1.0.0', filter('(if (i32.eq (memory.grow (i32.const 65535)) (i32.const -1)) (then unreachable)) (i32.const 1)'));
SELECT register('deep', '1.0.0', '(module (func $f (export "filter") (param i64) (result i32) (i32.add (i32.const 1) (call $f (local.get 0)))))');
SELECT register('loop', '1.0.0', filter('(loop (br 0)) (i32.const 1)'), '{"limits": {"max_execution_time": 20}}');
SELECT register('endless', '1.0.0', filter('(loop (br 0)) (i32.const 1)'));
SELECT register('start', '1.0.0', '(module (func $s unreachable) (start $s) (func (export "filter") (param i64) (result i32) (i32.const 1)))');
SELECT left(failure(format('SELECT quidditch.call_udf(%L, ''{}'')', name)), 48) FROM unnest(ARRAY['trap', 'grow', 'deep', 'loop', 'start']) AS name;
SELECT quidditch.test_udf('trap', '{}') -> 'error' ->> 'sqlstate';
SET quidditch.max_execution_time = 0;
SET statement_timeout = 50;
SELECT quidditch.call_udf('endless', '{}');
RESET statement_timeout;
RESET quidditch.max_execution_time;
SELECT name, calls, kept, errors, traps, memory_errors AS memory, stack_errors AS stack, timeouts, cancelled, other_errors AS other, instances, peak_memory FROM quidditch.udf_statistics
WHERE name IN ('trap', 'grow', 'deep', 'loop', 'endless', 'start') ORDER BY name;
SELECT name, last_error_sqlstate, last_error, last_error_time BETWEEN stats_since AND clock_timestamp() AS at FROM quidditch.udf_statistics
WHERE name IN ('trap', 'grow', 'deep', 'loop', 'endless', 'start') ORDER BY name;
-- What never came to a call isn't one.
SELECT f FROM failure($$SELECT quidditch.call_udf('odd', '{}', '{"x": 1}')$$) AS f LIMIT 1;
SELECT version, calls, errors FROM counted('odd');

-- In JSON; the latest version without one, zeros for one that was never called.
SELECT key, value FROM jsonb_each(quidditch.udf_stats('odd', '1.0.0')) WHERE key IN ('name', 'version', 'calls', 'kept', 'errors', 'timed_calls');
SELECT quidditch.udf_stats('odd') -> 'version';
SELECT register('never', '1.0.0', filter('i32.const 7'));
SELECT quidditch.reset_udf_statistics();
SELECT quidditch.udf_stats('never');
SELECT failure($$SELECT quidditch.udf_stats('nothing')$$);
SELECT failure($$SELECT quidditch.udf_stats('odd', '9.0.0')$$);
SELECT failure($$SELECT quidditch.udf_stats(NULL)$$);

-- Resetting one, by its name or with its version; others keep theirs.
SELECT quidditch.call_udf('odd', '{}'), quidditch.call_udf('odd', '{}', version => '1.0.0'), quidditch.call_udf('even', '{}');
SELECT name, version, calls FROM quidditch.udf_statistics ORDER BY name, version;
SELECT quidditch.reset_udf_statistics('odd@1.0.0');
SELECT name, version, calls FROM quidditch.udf_statistics ORDER BY name, version;
SELECT quidditch.reset_udf_statistics('odd');
SELECT quidditch.reset_udf_statistics('nothing');
SELECT name, version, calls, timed_calls, last_call IS NULL FROM quidditch.udf_statistics ORDER BY name, version;

-- Turned off, nothing is counted; the superuser's to say.
SET quidditch.track_udfs = off;
SELECT count(*) FROM docs WHERE doc @@@ wasm_udf('even');
SELECT register('uncounted', '1.0.0', filter());
RESET quidditch.track_udfs;
SELECT name, calls FROM quidditch.udf_statistics WHERE name IN ('even', 'uncounted');
-- A UDF that is gone leaves its row.
SELECT quidditch.unregister_udf('even', '1.0.0');
SELECT name, calls FROM quidditch.udf_statistics WHERE name = 'even';

-- Everybody sees the counters; what an error said, the owner and the readers of all statistics.
SET client_min_messages = warning;
DROP ROLE IF EXISTS quidditch_reader, quidditch_author, quidditch_monitor;
RESET client_min_messages;
CREATE ROLE quidditch_reader;
CREATE ROLE quidditch_author;
CREATE ROLE quidditch_monitor;
GRANT pg_read_all_stats TO quidditch_monitor;
GRANT EXECUTE ON FUNCTION quidditch.register_udf TO quidditch_author;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO PUBLIC;
SET ROLE quidditch_author;
SELECT register('mine', '1.0.0', filter('unreachable'));
RESET ROLE;
SELECT f FROM failure($$SELECT quidditch.call_udf('mine', '{}')$$) AS f LIMIT 1;
SELECT f FROM failure($$SELECT quidditch.call_udf('trap', '{}')$$) AS f LIMIT 1;
CREATE VIEW errors AS SELECT name, errors, last_error_sqlstate, last_error FROM quidditch.udf_statistics WHERE name IN ('mine', 'trap') ORDER BY name;
CREATE FUNCTION errors() RETURNS TABLE (name text, errors bigint, sqlstate text, message text) LANGUAGE sql AS $$
    SELECT name, errors, last_error_sqlstate, last_error FROM quidditch.udf_statistics WHERE name IN ('mine', 'trap') ORDER BY name
$$;
GRANT EXECUTE ON FUNCTION errors() TO PUBLIC;
SET ROLE quidditch_reader;
SELECT * FROM errors();
SELECT quidditch.udf_stats('mine') ->> 'last_error';
SELECT failure('SELECT quidditch.reset_udf_statistics()');
SELECT failure('SET quidditch.track_udfs = off');
SET ROLE quidditch_author;
SELECT * FROM errors();
SET ROLE quidditch_monitor;
SELECT * FROM errors();
RESET ROLE;
-- Another database's are there for the readers of all statistics.
SELECT bool_and(datid = (SELECT oid FROM pg_database WHERE datname = current_database())) FROM quidditch.udf_counters();

-- Functions in language wasm: one call for each row, also where a guest that keeps its parameter is tried and left.
CREATE FUNCTION asking(condition text) RETURNS text LANGUAGE sql RETURN format('(module (import "env" "get_param_i64" (func $ask (param i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "p") (global $n (mut i32) (i32.const 0))
    (func (export "filter") (param i64) (result i64) (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (if %s (then (drop (call $ask (i32.const 0) (i32.const 1) (i32.const 16))))) (i64.load (i32.const 16))))', condition);
SELECT register(name, '1.0.0', asking(condition), '{"parameters": [{"name": "p", "type": "i64"}], "returns": [{"type": "i64"}]}')
    FROM (VALUES ('asks', '(i32.const 1)'), ('keeps', '(i32.eq (global.get $n) (i32.const 1))')) AS guests(name, condition);
CREATE FUNCTION asks(p bigint) RETURNS bigint LANGUAGE wasm AS 'asks@1.0.0';
CREATE FUNCTION keeps(p bigint) RETURNS bigint LANGUAGE wasm AS 'keeps@1.0.0';
CREATE FUNCTION inline(p bigint) RETURNS bigint LANGUAGE wasm AS '(module (func (export "filter") (param i64 i64) (result i64) local.get 1))';
SELECT sum(asks(i)), sum(keeps(i)), sum(inline(i)), sum(asks(7)) FROM generate_series(1, 100) AS i;
SELECT name, version, calls, errors, instances > 90 AS many_instances FROM quidditch.udf_statistics
    WHERE database = current_database() AND name IN ('asks', 'keeps', 'inline(bigint)') ORDER BY name;
DROP FUNCTION asks, keeps, inline;

-- Whoever registers a name next doesn't see the last error of before; versions have a length.
SELECT register('passed_on', '1.0.0', filter('unreachable'));
SELECT f FROM failure($$SELECT quidditch.call_udf('passed_on', '{}')$$) AS f LIMIT 1;
SELECT last_error FROM quidditch.udf_statistics WHERE database = current_database() AND name = 'passed_on';
SELECT quidditch.unregister_udf('passed_on', '1.0.0');
SELECT register('passed_on', '1.0.0', filter());
SELECT errors, last_error, last_error_sqlstate FROM quidditch.udf_statistics WHERE database = current_database() AND name = 'passed_on';
SELECT failure(format('SELECT quidditch.register_udf(%L, %L, %L)', 'long', '1.0.0-' || repeat('a', 59), filter()));

-- Compiled code, on disk and in this session.
SELECT name, count(*), bool_and(bytes > 1000), bool_and(written_at < clock_timestamp()), bool_or(is_loaded) FROM quidditch.udf_cache WHERE name = 'never' OR name = 'odd' AND version = '1.0.0' GROUP BY name ORDER BY name;
SET quidditch.code_cache = off;
SELECT name, version, engine, bytes, is_loaded FROM quidditch.udf_cache WHERE name = 'odd';
RESET quidditch.code_cache;
SELECT count(*) FROM quidditch.compiled_code(NULL) AS none, quidditch.compiled_code('x') AS other;
-- Instances, which last as long as their statement.
SELECT count(*) FROM quidditch.udf_instances;
BEGIN;
DECLARE c CURSOR FOR SELECT doc FROM docs WHERE doc @@@ wasm_udf('odd', version => '1.0.0');
FETCH 3 FROM c;
SELECT name, version, role, since < clock_timestamp(), calls, memory FROM quidditch.udf_instances;
CLOSE c;
SELECT count(*) FROM quidditch.udf_instances;
COMMIT;
SET client_min_messages = warning;
DROP OWNED BY quidditch_author, quidditch_reader, quidditch_monitor;
DROP ROLE quidditch_author, quidditch_reader, quidditch_monitor;
