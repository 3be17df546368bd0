-- What a session remembers of the catalog: every change is seen by the next statement.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude

SELECT register('f', '1.0.0', filter('i32.const 1'), '{"returns": [{"type": "i32"}]}');
SELECT quidditch.call_udf('f', '{}');
SELECT register('f', '1.1.0', filter('i32.const 2'), '{"returns": [{"type": "i32"}]}');
SELECT quidditch.call_udf('f', '{}'), quidditch.call_udf('f', '{}', version => '1.0.0');
SELECT quidditch.unregister_udf('f', '1.1.0');
SELECT quidditch.call_udf('f', '{}');
SELECT failure($$SELECT quidditch.call_udf('f', '{}', version => '1.1.0')$$);
-- The same name and version with another module.
SELECT register('f', '1.1.0', filter('i32.const 3'), '{"returns": [{"type": "i32"}]}');
SELECT quidditch.call_udf('f', '{}');

-- Prepared statements keep their plan, not the UDF.
PREPARE latest AS SELECT quidditch.call_udf('f', '{}');
PREPARE chosen(text) AS SELECT quidditch.call_udf('f', '{}', version => $1);
SET plan_cache_mode = force_generic_plan;
EXECUTE latest;
EXECUTE chosen('1.0.0');
EXECUTE chosen(NULL);
SELECT register('f', '2.0.0', filter('i32.const 4'), '{"returns": [{"type": "i32"}]}');
EXECUTE latest;
EXECUTE chosen(NULL);
SELECT quidditch.unregister_udf('f', '1.0.0');
SELECT failure($$EXECUTE chosen('1.0.0')$$);
RESET plan_cache_mode;

-- A transaction sees its own changes, and forgets them when it is rolled back; a savepoint likewise.
BEGIN;
SELECT register('f', '3.0.0', filter('i32.const 5'), '{"returns": [{"type": "i32"}]}');
SELECT quidditch.call_udf('f', '{}');
SAVEPOINT s;
SELECT register('f', '4.0.0', filter('i32.const 6'), '{"returns": [{"type": "i32"}]}');
SELECT quidditch.call_udf('f', '{}');
ROLLBACK TO s;
SELECT quidditch.call_udf('f', '{}');
ROLLBACK;
SELECT quidditch.call_udf('f', '{}');
BEGIN;
SELECT quidditch.unregister_udf('f', '2.0.0');
SELECT quidditch.call_udf('f', '{}');
ROLLBACK;
SELECT quidditch.call_udf('f', '{}');

-- So does a function, from one of its statements to the next.
DO $$
BEGIN
    PERFORM register('f', '5.0.0', filter('i32.const 7'), '{"returns": [{"type": "i32"}]}');
    RAISE NOTICE '%', quidditch.call_udf('f', '{}');
    PERFORM quidditch.unregister_udf('f', '5.0.0');
    RAISE NOTICE '%', quidditch.call_udf('f', '{}');
END
$$;

-- Changes that the superuser makes to the table itself, TRUNCATE too.
UPDATE quidditch.udf SET max_execution_time = 1 WHERE name = 'f';
UPDATE quidditch.udf SET version = '9.0.0' WHERE version = '2.0.0';
SELECT quidditch.test_udf('f', '{}') ->> 'version';
BEGIN;
TRUNCATE quidditch.udf;
SELECT failure($$SELECT quidditch.call_udf('f', '{}')$$);
ROLLBACK;
SELECT quidditch.call_udf('f', '{}');
-- Not even a superuser puts bytes there that aren't the digest's.
SELECT f FROM failure($$UPDATE quidditch.udf SET module = 'x' WHERE version = '9.0.0'$$) AS f WHERE f NOT LIKE '  detail%';
SET session_replication_role = replica;
DELETE FROM quidditch.udf WHERE version = '9.0.0';
RESET session_replication_role;
SELECT quidditch.test_udf('f', '{}') ->> 'version';

-- Settings count at once.
SELECT register('grow', '1.0.0', '(module (memory (export "memory") 1) (func (export "filter") (param i64) (result i32) (memory.grow (i32.const 100))))', '{"returns": [{"type": "i32"}]}');
SELECT quidditch.call_udf('grow', '{}');
SET quidditch.max_memory = '1MB';
SELECT quidditch.call_udf('grow', '{}');
RESET quidditch.max_memory;
SELECT quidditch.call_udf('grow', '{}');
SELECT register('deep', '1.0.0', '(module (func $down (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 0))))
    (func (export "filter") (param i64) (result i32) (call $down (i32.const 1000))))', '{"returns": [{"type": "i32"}]}');
SELECT quidditch.call_udf('deep', '{}');
SET quidditch.max_stack = '16kB';
SELECT failure($$SELECT quidditch.call_udf('deep', '{}')$$);
RESET quidditch.max_stack;
SELECT quidditch.call_udf('deep', '{}');

-- A guest's memory lasts from row to row of a statement, and no longer.
SELECT register('count', '1.0.0', '(module (memory (export "memory") 1) (func (export "filter") (param i64) (result i32)
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))) (i32.load (i32.const 0))))', '{"returns": [{"type": "i32"}]}');
SELECT string_agg(quidditch.call_udf('count', '{}')::text, ' ') FROM generate_series(1, 5);
SELECT string_agg(quidditch.call_udf('count', '{}')::text, ' ') FROM generate_series(1, 5);
-- Each place in a statement has its own.
SELECT quidditch.call_udf('count', '{}'), quidditch.call_udf('count', '{}') FROM generate_series(1, 2);
PREPARE counting AS SELECT max(quidditch.call_udf('count', '{}')::int) FROM generate_series(1, 3);
EXECUTE counting;
EXECUTE counting;
-- test_udf starts anew each time.
SELECT string_agg((quidditch.test_udf('count', '{}') -> 'result')::text, ' ') FROM generate_series(1, 3);
-- PL/pgSQL keeps the places of its expressions for a transaction: each statement starts anew there too.
CREATE FUNCTION counted() RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN RETURN quidditch.call_udf('count', '{}'); END$$;
BEGIN;
SELECT counted() FROM generate_series(1, 2);
SELECT counted() FROM generate_series(1, 2);
SELECT register('count', '2.0.0', filter('i32.const 99'), '{"returns": [{"type": "i32"}]}');
SELECT counted();
SELECT quidditch.unregister_udf('count', '2.0.0');
SELECT counted();
SELECT quidditch.unregister_udf('count', '1.0.0');
SELECT failure('SELECT counted()');
COMMIT;
