-- The audit trail: what was done, by whom, and how it ended.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
SET client_min_messages = warning;
DROP ROLE IF EXISTS quidditch_author, quidditch_reader, quidditch_monitor;
RESET client_min_messages;
CREATE ROLE quidditch_author;
CREATE ROLE quidditch_reader;
CREATE ROLE quidditch_monitor;
GRANT pg_read_all_stats TO quidditch_monitor;
GRANT EXECUTE ON FUNCTION quidditch.register_udf, quidditch.unregister_udf, quidditch.delete_udf TO quidditch_author;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO PUBLIC;
-- Only what is recorded from here on, in this database.
SELECT clock_timestamp() AS begun \gset
CREATE VIEW recorded AS SELECT * FROM quidditch.udf_audit WHERE recorded_at >= :'begun' AND database = current_database();
CREATE VIEW trail AS SELECT operation, udf, role, success, sqlstate, message FROM recorded;

SELECT register('f', '1.0.0', filter());
SELECT * FROM trail;
SELECT recorded_at <= clock_timestamp() AS at, session_role, pid = pg_backend_pid() AS pid, duration > 0 AS duration, parameters_digest FROM recorded;
-- The same again, another module, nothing that is a module, no version.
SET client_min_messages = warning;
SELECT register('f', '1.0.0', filter());
RESET client_min_messages;
SELECT f FROM refusal(filter('i32.const 0'), name => 'f') AS f LIMIT 1;
SELECT f FROM refusal('(module') AS f LIMIT 1;
SELECT f FROM refusal(filter(), version => '1') AS f LIMIT 1;
SELECT f FROM refusal('(module (import "env" "has_field" (func (param i64 i32 i32) (result i32))) (memory (export "memory") 1) (func (export "filter") (param i64) (result i32) (i32.const 1)))', '{"permissions": []}') AS f LIMIT 1;
SELECT quidditch.upload_udf('{"name": "everything", "version": "1.0.0", "wasm_base64": "AGFzbQEAAAABBgFgAX4BfwMCAQAHCgEGZmlsdGVyAAAKBgEEAEEBCw=="}');
SELECT * FROM trail OFFSET 1;

-- Others' attempts, and that they stay though their transactions are rolled back. A role by SET ROLE.
SELECT clock_timestamp() AS begun \gset
CREATE OR REPLACE VIEW recorded AS SELECT * FROM quidditch.udf_audit WHERE recorded_at >= :'begun' AND database = current_database();
SET ROLE quidditch_author;
SELECT failure($$SELECT quidditch.unregister_udf('f', '1.0.0')$$);
BEGIN;
SELECT register('rolled_back', '1.0.0', filter());
ROLLBACK;
SELECT failure($$SELECT quidditch.delete_udf('nothing', '1.0.0')$$);
SELECT quidditch.unregister_udf('nothing', '1.0.0');
-- An error of the server's own.
SET default_transaction_read_only = on;
SELECT register('read_only', '1.0.0', filter());
RESET default_transaction_read_only;
RESET ROLE;
SELECT quidditch.unregister_udf('everything', '1.0.0');
SELECT operation, udf, role, session_role, success, sqlstate, message FROM recorded;
-- Resetting the statistics is a change.
SELECT quidditch.reset_udf_statistics('f'), quidditch.reset_udf_statistics();
SELECT operation, udf, role, success FROM recorded WHERE operation = 'reset statistics';
-- Names and messages of any length.
SELECT octet_length(refusal('', name => repeat('ä', 1000))) > 0;
SELECT left(udf, 3), octet_length(udf), octet_length(message) FROM recorded ORDER BY recorded_at DESC LIMIT 1;

-- Rights and keys, and who was refused: by rights, for want of a signature, at a function in language wasm.
SELECT clock_timestamp() AS begun \gset
CREATE OR REPLACE VIEW recorded AS SELECT * FROM quidditch.udf_audit WHERE recorded_at >= :'begun' AND database = current_database();
SELECT quidditch.revoke_udf('f', 'public');
SELECT quidditch.grant_udf('f', 'quidditch_author', '1.0.0');
SELECT failure($$SELECT quidditch.grant_udf('f', 'nobody')$$);
SELECT quidditch.add_trusted_key('signer', E'-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIR2pf/8Wei22rGBLoO/wslsPnn3K\npTirj0Nm8+9uxHMuN9XVMgilk4SKkKpQOqiIlTOUmSCYrIIO2c/fJMrRCA==\n-----END PUBLIC KEY-----');
SELECT failure($$SELECT quidditch.add_trusted_key('other', 'no key')$$) LIMIT 1;
SELECT quidditch.revoke_trusted_key('signer');
DELETE FROM quidditch.trusted_key;
CREATE FUNCTION f(doc jsonb) RETURNS boolean LANGUAGE wasm AS 'f@1.0.0';
CREATE FUNCTION inline(doc jsonb) RETURNS boolean LANGUAGE wasm AS '(module (func (export "filter") (param i64) (result i32) i32.const 1))';
GRANT EXECUTE ON FUNCTION f, inline TO quidditch_reader;
SET ROLE quidditch_reader;
SELECT f FROM failure($$SELECT quidditch.call_udf('f', '{}')$$) AS f LIMIT 1;
SELECT f FROM failure($$SELECT f('{}')$$) AS f LIMIT 1;
RESET ROLE;
SET quidditch.require_signature = on;
SELECT f FROM failure($$SELECT f('{}')$$) AS f LIMIT 1;
SELECT f FROM failure($$SELECT inline('{}')$$) AS f LIMIT 1;
RESET quidditch.require_signature;
SELECT f('{}'), inline('{}');
SELECT operation, udf, role, success, sqlstate, message FROM recorded ORDER BY recorded_at;
-- Who may not bring code pushes out no changes.
SET ROLE quidditch_reader;
SELECT regexp_replace(f, 'pg_temp_\d+', 'pg_temp') FROM failure($$CREATE FUNCTION pg_temp.mine(doc jsonb) RETURNS boolean LANGUAGE wasm AS '(module)'$$) AS f LIMIT 1;
RESET ROLE;
SELECT operation, role, success, sqlstate FROM recorded WHERE udf ~ 'mine';
-- Calls of functions are recorded as those of UDFs; their parameters may be others in each row.
SET quidditch.audit_calls = 1;
SELECT f('{}'), inline('{}');
RESET quidditch.audit_calls;
SELECT operation, udf, success, parameters_digest FROM recorded WHERE operation = 'call' AND success ORDER BY recorded_at;
DROP FUNCTION f, inline;

-- Calls aren't recorded, unless they are to be. The digest of equal parameters is the same.
SELECT clock_timestamp() AS begun \gset
CREATE OR REPLACE VIEW recorded AS SELECT * FROM quidditch.udf_audit WHERE recorded_at >= :'begun' AND database = current_database();
SELECT register('p', '1.0.0', filter('i32.const 1'), '{"parameters": [{"name": "secret", "type": "string", "required": false}, {"name": "n", "type": "i64", "required": false}]}');
SELECT register('trap', '1.0.0', filter('unreachable'));
SELECT quidditch.call_udf('p', '{}');
SELECT count(*) FROM recorded WHERE operation = 'call';
SET quidditch.audit_calls = 1;
SELECT quidditch.call_udf('p', '{}', '{"secret": "swordfish", "n": 1}');
SELECT quidditch.call_udf('p', '{}', '{"n": 1, "secret": "swordfish"}');
SELECT quidditch.call_udf('p', '{}', '{"n": 2, "secret": "swordfish"}');
SELECT count(*) FROM generate_series(1, 100) AS i WHERE jsonb_build_object('i', i) @@@ wasm_udf('p');
SELECT f FROM failure($$SELECT quidditch.call_udf('trap', '{}')$$) AS f LIMIT 1;
SELECT operation, udf, role, success, sqlstate, message, count(*), count(DISTINCT parameters_digest) AS parameters, bool_and(duration > 0) AS duration
FROM recorded WHERE operation = 'call' GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 2;
SELECT count(*) FROM recorded AS r WHERE r::text ~ 'swordfish';
SELECT left(encode(sha256('{"n":1,"secret":"swordfish"}'), 'hex'), 32) = parameters_digest FROM recorded WHERE operation = 'call' ORDER BY recorded_at LIMIT 2;
-- A cancelled one.
SELECT register('endless', '1.0.0', filter('(loop (br 0)) (i32.const 1)'));
SET quidditch.max_execution_time = 0;
SET statement_timeout = 50;
SELECT quidditch.call_udf('endless', '{}');
RESET statement_timeout;
RESET quidditch.max_execution_time;
SELECT operation, udf, success, sqlstate, message FROM recorded WHERE udf = 'endless@1.0.0' AND operation = 'call';
-- A part of them. (The number is about 800, and the chance that it is six standard deviations away one in 500 million.)
SET quidditch.audit_calls = 0.1;
SELECT register('many', '1.0.0', filter());
SELECT count(*) FROM generate_series(1, 8000) AS i WHERE jsonb_build_object('i', i) @@@ wasm_udf('many');
SELECT count(*) BETWEEN 640 AND 960 FROM recorded WHERE udf = 'many@1.0.0' AND operation = 'call';
-- All failures.
SELECT count(*) FROM (SELECT failure(format($$SELECT quidditch.call_udf('trap', '{"i": %s}')$$, i)) FROM generate_series(1, 20) AS i) AS f;
SELECT count(*) FROM (SELECT * FROM recorded ORDER BY recorded_at DESC LIMIT 20) AS r WHERE udf = 'trap@1.0.0' AND NOT success;
-- As many as the ring has room for.
SET quidditch.audit_calls = 1;
SELECT count(*) FROM generate_series(1, 3000) AS i WHERE jsonb_build_object('i', i) @@@ wasm_udf('many');
SELECT count(*) = current_setting('quidditch.audit_capacity')::int FROM quidditch.udf_audit WHERE operation = 'call' AND udf = 'many@1.0.0';
RESET quidditch.audit_calls;
-- Many calls push out calls, not changes.
SELECT operation, udf FROM recorded WHERE operation <> 'call';

-- Who may read it.
SET ROLE quidditch_reader;
SELECT failure('SELECT * FROM quidditch.udf_audit');
SELECT failure('SELECT * FROM quidditch.audit_records()');
SELECT failure('SET quidditch.audit_calls = 1');
SET ROLE quidditch_monitor;
SELECT count(*) > 0 FROM quidditch.udf_audit;
RESET ROLE;
SELECT failure('SET quidditch.audit_capacity = 1');
SELECT failure('SET quidditch.max_concurrent_udfs = 1');
SET client_min_messages = warning;
DROP OWNED BY quidditch_author, quidditch_reader, quidditch_monitor;
DROP ROLE quidditch_author, quidditch_reader, quidditch_monitor;
