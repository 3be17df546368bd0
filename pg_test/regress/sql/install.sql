-- What CREATE EXTENSION makes.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude

SELECT extversion = default_version, extrelocatable, nspname FROM pg_extension
JOIN pg_available_extensions ON name = extname JOIN pg_namespace AS n ON n.oid = extnamespace WHERE extname = 'quidditch';

CREATE VIEW member AS
    SELECT classid, objid, objsubid, pg_describe_object(classid, objid, objsubid) AS description
    FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
    AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'quidditch');
-- (From 17 on, row types are members too.)
SELECT description FROM member WHERE classid <> 'pg_type'::regclass ORDER BY description COLLATE "C";

-- Each has a comment, and each column of the tables.
SELECT description FROM member WHERE objid <> 0 AND classid <> 'pg_type'::regclass AND obj_description(objid, classid::regclass::name) IS NULL;
SELECT attrelid::regclass, attname FROM pg_attribute JOIN member ON classid = 'pg_class'::regclass AND objid = attrelid
WHERE description ~ '^table' AND attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL;
SELECT obj_description(oid, 'pg_extension') FROM pg_extension WHERE extname = 'quidditch';
-- Comments are one line, without a full stop, like PostgreSQL's own.
SELECT description, obj_description(objid, classid::regclass::name) FROM member
WHERE obj_description(objid, classid::regclass::name) ~ '\.$|\n|^ | $';

-- The functions are what they say: all in C, none leaks its arguments, those that change the catalog never in parallel.
SELECT p.oid::regprocedure, lanname, provolatile, proparallel, proisstrict, proleakproof FROM pg_proc AS p JOIN pg_language AS l ON l.oid = prolang
JOIN member ON classid = 'pg_proc'::regclass AND objid = p.oid ORDER BY p.oid::regprocedure::text COLLATE "C";
SELECT oprname, oprleft::regtype, oprright::regtype, oprresult::regtype, oprcode, oprrest, oprjoin FROM pg_operator JOIN member ON classid = 'pg_operator'::regclass AND objid = pg_operator.oid;

-- The settings.
SELECT quidditch.list_udfs();
SELECT name, setting, unit, context, min_val, max_val, enumvals FROM pg_settings WHERE name LIKE 'quidditch.%' ORDER BY name;
-- (From 17 on, ranges have units.)
SELECT regexp_replace(failure(format('SET quidditch.%s = %L', name, value)), '(\(\d+) \w+ (\.\. \d+) \w+\)', '\1 \2)') FROM (VALUES ('max_memory', '1kB'), ('max_memory', '2GB'), ('max_stack', '1MB'), ('max_execution_time', '-1'), ('log_level', 'loud'), ('code_cache', 'maybe')) AS v(name, value);

-- What pg_dump takes along.
SELECT c.relname, condition FROM pg_extension, unnest(extconfig, extcondition) AS u(oid, condition) JOIN pg_class AS c USING (oid) WHERE extname = 'quidditch' ORDER BY relname;

-- The operator and wasm_udf() go to the schema the user chose; the rest stays in quidditch.
BEGIN;
SET LOCAL client_min_messages = warning;
DROP EXTENSION quidditch;
CREATE SCHEMA "Chosen Schema";
CREATE EXTENSION quidditch SCHEMA "Chosen Schema";
SELECT description FROM member WHERE description ~ 'Chosen' ORDER BY 1;
SELECT count(*) FROM member WHERE description ~ 'public\.';
SELECT '{"a": 1}'::jsonb OPERATOR("Chosen Schema".@@@) '{"term": {"a": 1}}', "Chosen Schema".wasm_udf('f');
SET LOCAL search_path = "Chosen Schema", test;
SELECT '{"a": 1}'::jsonb @@@ '{"term": {"a": 2}}';
ROLLBACK;

-- Dropping it leaves nothing, and a view on it is protected.
CREATE VIEW uses AS SELECT '{"a": 1}'::jsonb @@@ '{"match_all": {}}' AS matches;
SELECT left(f, 200) FROM failure('DROP EXTENSION quidditch') AS f WHERE f NOT LIKE '  detail%';
BEGIN;
SET LOCAL client_min_messages = warning;
DROP EXTENSION quidditch CASCADE;
SELECT count(*) FROM pg_namespace WHERE nspname = 'quidditch';
SELECT count(*) FROM pg_proc WHERE probin LIKE '%quidditch%';
ROLLBACK;
SELECT matches FROM uses;
-- A schema of that name that is there already.
BEGIN;
SET LOCAL client_min_messages = warning;
DROP EXTENSION quidditch CASCADE;
CREATE SCHEMA quidditch;
SELECT failure('CREATE EXTENSION quidditch');
ROLLBACK;

