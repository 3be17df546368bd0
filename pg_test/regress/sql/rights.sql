-- Who may do what.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
SET client_min_messages = warning;
DROP ROLE IF EXISTS quidditch_reader, quidditch_author, quidditch_other, quidditch_team;
RESET client_min_messages;
CREATE ROLE quidditch_reader;
CREATE ROLE quidditch_author;
CREATE ROLE quidditch_other;
CREATE ROLE quidditch_team;
GRANT quidditch_team TO quidditch_author;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO PUBLIC;

-- The grants, as they are.
SELECT proname, array_to_string(proacl, ' ') FROM pg_proc
WHERE pronamespace = 'quidditch'::regnamespace AND NOT has_function_privilege('quidditch_reader', oid, 'EXECUTE') ORDER BY proname;
-- (The owner's MAINTAIN is 17's.)
SELECT relname, relkind, replace(array_to_string(relacl, ' '), 'postgres=arwdDxtm/', 'postgres=arwdDxt/') FROM pg_class
WHERE relnamespace = 'quidditch'::regnamespace AND relkind IN ('r', 'v') ORDER BY relname;
-- Nothing runs with its owner's rights.
SELECT count(*) FROM pg_proc WHERE pronamespace = 'quidditch'::regnamespace AND prosecdef;

SELECT register('public', '1.0.0', filter());

-- Everybody may look and call.
SET ROLE quidditch_reader;
SELECT quidditch.call_udf('public', '{}'), quidditch.test_udf('public', '{}') -> 'result', quidditch.get_udf('public') -> 'owner',
    jsonb_array_length(quidditch.list_udfs()), jsonb_array_length(quidditch.udf_versions('public'));
SELECT name, octet_length(module) FROM quidditch.udf;
SELECT name, size FROM quidditch.udfs;
-- And no more than that.
SELECT refusal(filter());
SELECT failure($$SELECT quidditch.upload_udf('{}')$$);
SELECT failure($$SELECT quidditch.unregister_udf('public', '1.0.0')$$);
SELECT failure($$SELECT quidditch.delete_udf('public', '1.0.0')$$);
SELECT failure($$INSERT INTO quidditch.udf SELECT * FROM quidditch.udf$$);
SELECT failure($$UPDATE quidditch.udf SET module = ''$$);
SELECT failure($$DELETE FROM quidditch.udf$$);
SELECT failure($$TRUNCATE quidditch.udf$$);
SELECT failure($$DELETE FROM quidditch.udfs$$);
SELECT failure($$ALTER TABLE quidditch.udf DISABLE TRIGGER udf_changed$$);
SELECT failure($$SELECT quidditch.udf_changed()$$);
SELECT failure($$CREATE TABLE quidditch.mine ()$$);
SELECT setting, failure(format('SET quidditch.%s = %L', setting, value))
FROM (VALUES ('max_memory', '1GB'), ('max_execution_time', '0'), ('max_stack', '384kB'), ('max_module_size', '64MB'), ('max_log_size', '1MB'),
    ('max_log_lines', '10000'), ('code_cache', 'off'), ('log_level', 'off')) AS s(setting, value);
RESET ROLE;
RESET quidditch.log_level;

-- A role that was granted it registers UDFs, and they are its own.
GRANT EXECUTE ON FUNCTION quidditch.register_udf, quidditch.unregister_udf, quidditch.delete_udf, quidditch.upload_udf TO quidditch_author, quidditch_other;
SET ROLE quidditch_author;
SELECT refusal(filter(), name => 'mine');
SELECT refusal(filter(), name => 'mine', version => '1.1.0');
SELECT name, version, owner, current_user FROM quidditch.udfs ORDER BY name, version;
-- Registering leaves the user who he was, also when it fails.
SELECT refusal('(module'), current_user;
-- Not the owner.
SELECT failure($$SELECT quidditch.unregister_udf('public', '1.0.0')$$);
SELECT failure($$SELECT quidditch.delete_udf('public', '1.0.0')$$);
SELECT failure($$INSERT INTO quidditch.udf SELECT * FROM quidditch.udf$$);
SET ROLE quidditch_other;
SELECT failure($$SELECT quidditch.unregister_udf('mine', '1.0.0')$$);
-- A new version changes what the name means, so a name is its owner's.
SELECT refusal(filter(), name => 'mine', version => '1.2.0');
SET ROLE quidditch_author;
SELECT quidditch.unregister_udf('mine', '1.0.0'), quidditch.delete_udf('mine', '1.1.0');
RESET ROLE;

-- A member of the owning role may, a superuser too.
GRANT EXECUTE ON FUNCTION quidditch.register_udf TO quidditch_team;
SET ROLE quidditch_team;
SELECT refusal(filter(), name => 'ours');
SET ROLE quidditch_author;
SELECT quidditch.unregister_udf('ours', '1.0.0');
RESET ROLE;

-- Who runs a UDF needs no right on the schema it works in, and it works under row security and without a search_path.
SET ROLE quidditch_reader;
SET search_path = '';
SET row_security = off;
SELECT quidditch.call_udf('public', '{}');
RESET row_security;
RESET search_path;
SET search_path = test, public;
RESET ROLE;

-- A SECURITY DEFINER function that registers does so as its owner.
CREATE FUNCTION register_for_author() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS
    $$SELECT quidditch.register_udf('defined', '1.0.0', '(module (func (export "filter") (param i64) (result i32) i32.const 1))') ->> 'success'$$;
GRANT CREATE ON SCHEMA test TO quidditch_author;
ALTER FUNCTION register_for_author() OWNER TO quidditch_author;
SET ROLE quidditch_reader;
SELECT register_for_author();
RESET ROLE;
SELECT owner FROM quidditch.udfs WHERE name = 'defined';

DELETE FROM quidditch.udf;
DROP FUNCTION register_for_author();
DROP OWNED BY quidditch_reader, quidditch_author, quidditch_other, quidditch_team;
DROP ROLE quidditch_reader, quidditch_author, quidditch_other, quidditch_team;
