-- Who may run a UDF.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
SET client_min_messages = warning;
DROP ROLE IF EXISTS quidditch_author, quidditch_reader, quidditch_team, quidditch_member, quidditch_reluctant, quidditch_other, "Quidditch ""x", "PUBLIC";
RESET client_min_messages;
CREATE ROLE quidditch_author;
CREATE ROLE quidditch_reader;
CREATE ROLE quidditch_team;
CREATE ROLE quidditch_member IN ROLE quidditch_team;
CREATE ROLE quidditch_reluctant NOINHERIT;
GRANT quidditch_team TO quidditch_reluctant;
CREATE ROLE quidditch_other;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO PUBLIC;
GRANT CREATE ON SCHEMA test TO quidditch_author, quidditch_reader;
GRANT EXECUTE ON FUNCTION quidditch.register_udf, quidditch.unregister_udf TO quidditch_author, quidditch_other;
CREATE VIEW grants AS SELECT name, version, owner, execute_roles FROM quidditch.udfs ORDER BY name, version;
GRANT SELECT ON grants TO PUBLIC;
CREATE TABLE docs AS SELECT i AS id, jsonb_build_object('n', i) AS doc FROM generate_series(1, 3) AS i;
GRANT SELECT ON docs TO PUBLIC;
-- Whether a role may run a version, the latest without one.
CREATE FUNCTION may(role text, version text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
    EXECUTE format('SET ROLE %I', role);
    SELECT string_agg(f, '') INTO answer FROM failure(format('SELECT quidditch.call_udf(''f'', ''{}'', version => %L)', version)) AS f;
    RESET ROLE;
    RETURN answer;
END $$;

-- At first everybody may.
SET ROLE quidditch_author;
SELECT register('f', '1.0.0', filter());
SELECT * FROM grants;
SELECT may(r) FROM unnest(ARRAY['quidditch_author', 'quidditch_reader', 'postgres']) AS r;

-- Until the owner revokes it. He himself and superusers still may.
SET ROLE quidditch_author;
SELECT quidditch.revoke_udf('f', 'public');
SELECT * FROM grants;
SELECT r, may(r) FROM unnest(ARRAY['quidditch_author', 'quidditch_reader', 'quidditch_member', 'postgres']) AS r;
-- However it is called.
SET ROLE quidditch_reader;
SELECT failure($$SELECT quidditch.call_udf('f', '{}')$$);
SELECT quidditch.test_udf('f', '{}');
SELECT failure($$SELECT * FROM docs WHERE doc @@@ wasm_udf('f')$$);
SELECT failure($$SELECT * FROM docs WHERE doc @@@ wasm_udf('f', version => '1.0.0')$$);
SELECT failure($$SELECT * FROM docs WHERE doc @@@ '{"bool": {"must_not": {"nested": {"path": "n", "query": {"wasm_udf": {"name": "f"}}}}}}'$$);
SELECT failure($$SELECT * FROM docs ORDER BY doc <@> '{"script_score": {"query": {"match_all": {}}, "wasm_udf": {"name": "f"}}}'$$);
-- What it is stays known, as what a function is does.
SELECT quidditch.get_udf('f') -> 'execute_roles' AS execute_roles, length(quidditch.get_udf('f') ->> 'source') > 0 AS source,
    quidditch.udf_manifest('f') IS NOT NULL AS manifest;
-- Only the owner changes it, not whoever may run it, and nobody writes the table.
SELECT failure($$SELECT quidditch.grant_udf('f', 'quidditch_reader')$$);
SELECT failure($$SELECT quidditch.grant_udf('f', 'public', '1.0.0')$$);
SELECT failure($$SELECT quidditch.revoke_udf('f', 'quidditch_author')$$);
SELECT failure($$INSERT INTO quidditch.udf_grant VALUES ('f', '1.0.0', 'quidditch_reader')$$);
SELECT failure($$DELETE FROM quidditch.udf_grant$$);
SELECT failure($$UPDATE quidditch.udf SET is_public = true$$);
RESET ROLE;

-- To a role and its members: those that inherit from it.
SET ROLE quidditch_author;
SELECT quidditch.grant_udf('f', 'quidditch_team');
SELECT quidditch.grant_udf('f', 'quidditch_team');
SELECT * FROM grants;
SELECT r, may(r) FROM unnest(ARRAY['quidditch_team', 'quidditch_member', 'quidditch_reluctant', 'quidditch_reader']) AS r;
-- Who may run it may not pass it on.
SET ROLE quidditch_member;
SELECT failure($$SELECT quidditch.grant_udf('f', 'quidditch_reader')$$);
RESET ROLE;
-- A membership that ends counts at the next statement, in a transaction too, and a new one.
BEGIN;
SET LOCAL SESSION AUTHORIZATION quidditch_member;
SELECT quidditch.call_udf('f', '{}');
RESET SESSION AUTHORIZATION;
REVOKE quidditch_team FROM quidditch_member;
SET LOCAL SESSION AUTHORIZATION quidditch_member;
SELECT failure($$SELECT quidditch.call_udf('f', '{}')$$);
ROLLBACK;
SELECT may('quidditch_member');
BEGIN;
SELECT may('quidditch_other');
GRANT quidditch_member TO quidditch_other;
SELECT may('quidditch_other');
ROLLBACK;
SELECT may('quidditch_other');

-- Superusers, and members of the owning role, grant and revoke as the owner.
SELECT quidditch.grant_udf('f', 'quidditch_reader');
SELECT may('quidditch_reader');
BEGIN;
GRANT quidditch_author TO quidditch_other;
SET LOCAL ROLE quidditch_other;
SELECT quidditch.revoke_udf('f', 'quidditch_reader');
SELECT * FROM grants;
RESET ROLE;
SELECT may('quidditch_reader'), may('quidditch_other');
ROLLBACK;
-- What is rolled back never was.
SELECT may('quidditch_reader'), may('quidditch_other');
BEGIN;
SAVEPOINT s;
SELECT quidditch.revoke_udf('f', 'quidditch_reader');
SELECT may('quidditch_reader');
ROLLBACK TO s;
SELECT may('quidditch_reader');
COMMIT;

-- Prepared statements and functions that ran before see a revoke, too.
SET ROLE quidditch_reader;
SET plan_cache_mode = force_generic_plan;
PREPARE matching AS SELECT count(*) FROM docs WHERE doc @@@ wasm_udf('f');
CREATE FUNCTION calling() RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN RETURN quidditch.call_udf('f', '{}'); END$$;
EXECUTE matching;
SELECT calling();
RESET ROLE;
SELECT quidditch.revoke_udf('f', 'quidditch_reader');
SET ROLE quidditch_reader;
SELECT failure('EXECUTE matching');
SELECT failure('SELECT calling()');
RESET ROLE;
SELECT quidditch.grant_udf('f', 'quidditch_reader');
SET ROLE quidditch_reader;
EXECUTE matching;
SELECT calling();
RESET ROLE;
SELECT quidditch.revoke_udf('f', 'quidditch_reader');
DEALLOCATE matching;
DROP FUNCTION calling();
RESET plan_cache_mode;

-- A function that runs as its owner has its owner's right, others have their caller's; so have views.
SET ROLE quidditch_author;
CREATE FUNCTION invoker() RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN RETURN quidditch.call_udf('f', '{}'); END$$;
CREATE FUNCTION as_author() RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = test AS $$BEGIN RETURN invoker(); END$$;
CREATE FUNCTION as_author_directly() RETURNS jsonb LANGUAGE sql SECURITY DEFINER AS $$SELECT quidditch.call_udf('f', '{}')$$;
CREATE VIEW matching AS SELECT * FROM docs WHERE doc @@@ wasm_udf('f');
GRANT SELECT ON matching TO PUBLIC;
SET ROLE quidditch_reader;
CREATE FUNCTION as_reader() RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = test AS $$BEGIN RETURN invoker(); END$$;
SELECT as_author(), as_author_directly();
SELECT failure('SELECT invoker()');
SELECT failure('SELECT * FROM matching');
SET ROLE quidditch_author;
SELECT invoker();
SELECT count(*) FROM matching;
SELECT failure('SELECT as_reader()');
-- The right is asked for again where one place of a statement meets another role.
SELECT failure('SELECT as_author(), as_reader()');
SELECT failure('SELECT as_author(), as_author()');
-- Rows of a cursor are made with the right of who fetches them.
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM docs WHERE doc @@@ wasm_udf('f');
FETCH c;
SET LOCAL ROLE quidditch_reader;
SELECT failure('FETCH c');
ROLLBACK;
RESET ROLE;
DROP FUNCTION as_author(), as_author_directly(), as_reader(), invoker();
DROP VIEW matching;

-- Row security: a policy's UDF needs the right, too.
CREATE TABLE guarded AS SELECT * FROM docs;
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON guarded USING (doc @@@ wasm_udf('f'));
GRANT SELECT ON guarded TO PUBLIC;
SET ROLE quidditch_member;
SELECT count(*) FROM guarded;
SET ROLE quidditch_reader;
SELECT failure('SELECT count(*) FROM guarded');
RESET ROLE;

-- Versions each have theirs. A new one takes over those of the version that the name meant until then.
SET ROLE quidditch_author;
SELECT register('f', '2.0.0', filter('i32.const 2'));
SELECT * FROM grants;
SELECT quidditch.grant_udf('f', 'public', '1.0.0'), quidditch.grant_udf('f', 'quidditch_other', '2.0.0'), quidditch.revoke_udf('f', 'quidditch_team', '2.0.0');
SELECT * FROM grants;
SELECT r, may(r, v), v FROM unnest(ARRAY['quidditch_member', 'quidditch_other']) AS r, unnest(ARRAY['1.0.0', '2.0.0', NULL]) AS v;
-- (The latest one's, whatever the number of the new one.)
SET ROLE quidditch_author;
SELECT register('f', '1.0.1', filter('i32.const 3'));
SELECT register('f', '3.0.0-beta', filter('i32.const 4'));
SELECT * FROM grants;
SELECT quidditch.revoke_udf('f', 'quidditch_other');
SELECT quidditch.grant_udf('f', 'PUBLIC');
SELECT * FROM grants;
SELECT quidditch.unregister_udf('f', '1.0.1'), quidditch.unregister_udf('f', '3.0.0-beta'), quidditch.unregister_udf('f', '1.0.0');
SELECT quidditch.revoke_udf('f', 'public'), quidditch.grant_udf('f', 'quidditch_team');
-- One that was removed leaves nothing, and one that comes new is everybody's.
SELECT quidditch.unregister_udf('f', '2.0.0');
SELECT count(*) FROM quidditch.udf_grant;
SELECT register('f', '2.0.0', filter('i32.const 2'));
SELECT * FROM grants;
RESET ROLE;

-- Not every name is a role.
SELECT failure($$SELECT quidditch.grant_udf('f', 'nobody_of_that_name')$$);
SELECT failure($$SELECT quidditch.grant_udf('f', '')$$);
SELECT failure($$SELECT quidditch.grant_udf('f', repeat('x', 100))$$);
SELECT failure($$SELECT quidditch.grant_udf('g', 'public')$$);
SELECT failure($$SELECT quidditch.revoke_udf('f', 'public', '9.0.0')$$);
SELECT failure(format('SELECT quidditch.grant_udf(%L, %L)', name, grantee)) FROM (VALUES (NULL, 'public'), ('f', NULL)) AS v(name, grantee);
-- Names stand as they are, without quotes; everybody is public, however that is written, unless a role is called so.
CREATE ROLE "Quidditch ""x";
SELECT quidditch.revoke_udf('f', 'Public');
SELECT quidditch.grant_udf('f', 'Quidditch "x');
SELECT * FROM grants;
SELECT may('Quidditch "x');
CREATE ROLE "PUBLIC";
SELECT quidditch.grant_udf('f', 'PUBLIC');
SELECT execute_roles, may('PUBLIC'), may('quidditch_other') FROM grants;
SELECT quidditch.revoke_udf('f', 'PUBLIC');

-- A role that is dropped takes its right with it; another one of that name doesn't get it.
DROP ROLE "Quidditch ""x", "PUBLIC";
SELECT * FROM grants;
CREATE ROLE "Quidditch ""x";
SELECT may('Quidditch "x');
SELECT count(*) FROM quidditch.udf_grant;
SELECT quidditch.grant_udf('f', 'quidditch_team');
SELECT grantee FROM quidditch.udf_grant;
-- Such a right isn't dumped, either: where the dump is restored, its number may be another role's.
SELECT condition FROM pg_extension, unnest(extconfig, extcondition) AS u(relation, condition) WHERE relation = 'quidditch.udf_grant'::regclass;

-- UDFs are given to another owner by the superuser, since REASSIGN OWNED doesn't know them.
REASSIGN OWNED BY quidditch_author TO quidditch_other;
SELECT owner FROM grants;
UPDATE quidditch.udf SET owner = 'quidditch_other' WHERE owner = 'quidditch_author'::regrole;
SELECT may('quidditch_author'), may('quidditch_other');
-- One whose owner was dropped is the superuser's.
DROP OWNED BY quidditch_other;
DROP ROLE quidditch_other;
SELECT may('quidditch_author'), may('quidditch_team'), may('postgres');
SELECT quidditch.grant_udf('f', 'quidditch_author');
SELECT may('quidditch_author');

-- A function takes its caller's right to run the UDF, or its owner's.
SELECT quidditch.register_udf('g', '1.0.0', '(module (func (export "filter") (param i64) (result i32) i32.const 1))') ->> 'success';
SELECT quidditch.revoke_udf('g', 'public');
CREATE FUNCTION g_invoker(doc jsonb) RETURNS boolean LANGUAGE wasm AS 'g@1.0.0';
CREATE FUNCTION g_definer(doc jsonb) RETURNS boolean LANGUAGE wasm SECURITY DEFINER AS 'g@1.0.0';
GRANT EXECUTE ON FUNCTION g_invoker, g_definer TO PUBLIC;
SET ROLE quidditch_reader;
SELECT g_definer('{}'), failure($$SELECT g_invoker('{}')$$);
CREATE FUNCTION g_own(doc jsonb) RETURNS boolean LANGUAGE wasm SECURITY DEFINER AS 'g@1.0.0';
-- What is made all the same doesn't run, and doesn't keep the UDF from being removed.
SET check_function_bodies = off;
CREATE FUNCTION g_own(doc jsonb) RETURNS boolean LANGUAGE wasm SECURITY DEFINER AS 'g@1.0.0';
RESET check_function_bodies;
SELECT failure($$SELECT g_own('{}')$$);
RESET ROLE;
DROP FUNCTION g_invoker, g_definer;
BEGIN;
SELECT quidditch.unregister_udf('g', '1.0.0');
ROLLBACK;
CREATE FUNCTION g_invoker(doc jsonb) RETURNS boolean LANGUAGE wasm AS 'g@1.0.0';
CREATE FUNCTION g_definer(doc jsonb) RETURNS boolean LANGUAGE wasm SECURITY DEFINER AS 'g@1.0.0';
GRANT EXECUTE ON FUNCTION g_invoker, g_definer TO PUBLIC;
SELECT quidditch.grant_udf('g', 'quidditch_reader');
SET ROLE quidditch_reader;
SELECT g_invoker('{}'), g_own('{}');
RESET ROLE;
DROP FUNCTION g_invoker, g_definer, g_own;

-- Removing a UDF removes its grants. A row that the superuser deletes leaves them, but they aren't dumped, and whoever
-- registers that version next begins with none.
SELECT quidditch.unregister_udf('g', '1.0.0');
SELECT count(*) FROM quidditch.udf_grant WHERE name = 'g';
SELECT quidditch.register_udf('g', '1.0.0', '(module (func (export "filter") (param i64) (result i32) i32.const 1))') ->> 'success';
SELECT quidditch.revoke_udf('g', 'public');
SELECT quidditch.grant_udf('g', 'quidditch_reader');
DELETE FROM quidditch.udf WHERE name = 'g';
SELECT count(*) FROM quidditch.udf_grant WHERE name = 'g';
SELECT quidditch.register_udf('g', '1.0.0', '(module (func (export "filter") (param i64) (result i32) i32.const 0))') ->> 'success';
SELECT quidditch.revoke_udf('g', 'public');
SELECT count(*) FROM quidditch.udf_grant WHERE name = 'g';
SET ROLE quidditch_reader;
SELECT failure($$SELECT quidditch.call_udf('g', '{}')$$);
RESET ROLE;

-- What isn't a superuser's can't be set, as the ceilings can't.
SET ROLE quidditch_reader;
SELECT failure('SET quidditch.require_signature = off');
RESET ROLE;

DELETE FROM quidditch.udf_grant;
DELETE FROM quidditch.udf;
DROP TABLE guarded;
DROP OWNED BY quidditch_author, quidditch_reader, quidditch_team, quidditch_member, quidditch_reluctant, "Quidditch ""x";
DROP ROLE quidditch_author, quidditch_reader, quidditch_team, quidditch_member, quidditch_reluctant, "Quidditch ""x";
