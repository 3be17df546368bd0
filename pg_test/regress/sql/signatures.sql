-- Who vouches for a UDF.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
DELETE FROM quidditch.trusted_key;
-- (module (func (export "filter") (param i64) (result i32) i32.const 1)), and signatures that openssl made of the manifest of s@1.0.0:
-- as it writes them, as the two numbers, with -s modulo the order, with a newline behind the manifest, by another key,
-- and of that with the metadata called rich below.
\set module '0061736d0100000001060160017e017f03020100070a010666696c74657200000a0601040041010b'
\set alice '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIR2pf/8Wei22rGBLoO/wslsPnn3K\npTirj0Nm8+9uxHMuN9XVMgilk4SKkKpQOqiIlTOUmSCYrIIO2c/fJMrRCA==\n-----END PUBLIC KEY-----'
\set bob '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEUoRZreo++b4k5STfwrHXemvZcdd/\npeyBLfhqtb525h39emgZBGb8nWpde92rmCYQ2I1H+9Fbkf0RuH8TopEcUw==\n-----END PUBLIC KEY-----'
\set der 'MEUCIHKoDFU9zm6iarE3vQ0W3aC22jBccB3maSfyxIOaClAcAiEAi+eO181ZTa+8TbOp9bFlBoG++rUjDuJmY3OTZ3DcEPY='
\set raw 'cqgMVT3ObqJqsTe9DRbdoLbaMFxwHeZpJ/LEg5oKUByL547XzVlNr7xNs6n1sWUGgb76tSMO4mZjc5NncNwQ9g=='
\set twin 'MEQCIHKoDFU9zm6iarE3vQ0W3aC22jBccB3maSfyxIOaClAcAiB0GHEnMqayUUOyTFYKTpr5Oyf/+IQIvB6QRjdbi4cUWw=='
\set line 'MEYCIQDf78sxO7lPgmRWhUwEfSQS//anJh/2v0cKExJpF2UfRwIhAM3nJDspH3mzYDBHHtgee9vf8Pi3wb/aSHoPvt9bXI0h'
\set by_bob 'MEQCIHRCCLqH1gpVsPAWHyvhh5qorchWVDtvAStRysdXwF2lAiAxzRzxf9rHRyZ1wDPq2h5n+XoXTVtFisw65LeDWVnH+w=='
\set rich 'MEYCIQCwn1wzwhWY3HTVnGLkcMIpA0ZSE826GADHJVW5JebQiQIhAPgE+qU5L8366Ph+b9gwchXyzj7/fZhlVPBUEPSCfeih'
\set p384 '-----BEGIN PUBLIC KEY-----\nMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEOhudFEIyIT1/NipiYWFwHBv91f4gQDTz\nK7+u1ewb2IJ1xu6jfqQagTGtcYUoHXW//PwtMW1/g6gs3Nj5VQvO43UfkBy9k19A\nrAPfP2Aom2kJhtEcGWjf2pKOD+bf2jsS\n-----END PUBLIC KEY-----'
\set k256 '-----BEGIN PUBLIC KEY-----\nMFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEL6oaRb1bbg7ZPJ18n954otkEVc2hue71\nZVB2PhKFLj/0CTki2U7QcUj60WztQCw8nnqB1sVK9RA+us4UuldN9w==\n-----END PUBLIC KEY-----'
\set ed25519 '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAWpod1D11/axMYQ4Z+hpAMfBPALqExPVm1xfA6VStXK0=\n-----END PUBLIC KEY-----'
\set compressed '-----BEGIN PUBLIC KEY-----\nMDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACIR2pf/8Wei22rGBLoO/wslsPnn3K\npTirj0Nm8+9uxHM=\n-----END PUBLIC KEY-----'
\set off_curve '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIR2pf/8Wei22rGBLoO/wslsPnn3K\npTirj0Nm8+9uxHMuN9XVMgilk4SKkKpQOqiIlTOUmSCYrIIO2c/fJMrRCQ==\n-----END PUBLIC KEY-----'
CREATE FUNCTION module() RETURNS bytea LANGUAGE sql IMMUTABLE RETURN decode(:'module', 'hex');
-- How registering goes; nothing stays.
CREATE FUNCTION attempt(metadata jsonb, name text DEFAULT 's', version text DEFAULT '1.0.0', module bytea DEFAULT module()) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT failure(format('SELECT quidditch.register_udf(%L, %L, %L, %L)', name, version, module, metadata));
    PERFORM quidditch.unregister_udf(name, version);
END $$;
CREATE FUNCTION signed(signature text, by text DEFAULT 'alice', more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('signature', signature, 'signed_by', by) || more
$$;

-- What is signed: canonical JSON, one line.
SELECT quidditch.manifest('s', '1.0.0', module());
SELECT encode(sha256(module()), 'hex') = quidditch.manifest('s', '1.0.0', module())::jsonb ->> 'sha256' AS digest;
-- Text and binary of one module are one, and so is whatever doesn't change what the UDF does.
SELECT count(DISTINCT m) FROM unnest(ARRAY[
    quidditch.manifest('s', '1.0.0', module()), quidditch.manifest('s', '1.0.0', '(module (func (export "filter") (param i64) (result i32) i32.const 1))'),
    quidditch.manifest('s', '1.0.0', module(), '{"description": "d", "author": "a", "tags": ["t"], "source": "s", "metadata": {"a": 1}, "pool_size": 9, "language": "c"}'),
    quidditch.manifest('s', '1.0.0', module(), '{"permissions": ["write_log", "read_document", "write_log"], "limits": {}, "returns": [], "parameters": []}'),
    quidditch.manifest('s', '1.0.0', module(), signed(:'der'))]) AS m;
-- However numbers and limits are written, they are one text: shortest, as RFC 8785 has them, but integers with all digits.
SELECT quidditch.manifest('s', '1.0.0', module(), ('{"parameters": [{"type": "' || type || '", "name": "p", "default": ' || value || '}]}')::jsonb) ::json #> '{parameters,0,default}' AS default
FROM (VALUES ('i64', '3.0'), ('i64', '9223372036854775807'), ('i64', '-9223372036854775808'), ('i32', '-0'), ('f64', '1.50'), ('f64', '1e21'), ('f64', '1e20'), ('f64', '0.000001'),
    ('f64', '1e-7'), ('f64', '-0.0'), ('f64', '5e-324'), ('f64', '1.7976931348623157e308'), ('f64', '0.1'), ('f32', '0.1'), ('f32', '16777217'), ('bool', 'true'), ('string', '"plain"'),
    ('string', '""'), ('string', '"quote \" slash / back \\ tab \t nl \n bell \u0007 del \u007f é 𝄞 \u2028"'), ('string', 'null')) AS v(type, value);
-- Of everything there is, before and after: the row's texts were written otherwise.
\set full '{"returns": [{"type": "bool", "name": "keep"}], "limits": {"max_stack": "64kB", "max_memory": "1MB", "max_execution_time": "50ms"}, "permissions": ["write_log"], "function_name": "filter", "parameters": [{"type": "string", "name": "z", "description": "last", "required": false}, {"required": true, "name": "a", "type": "i64"}, {"name": "m", "type": "f64", "default": 100e-2}]}'
SELECT quidditch.manifest('s.t-u_v', '1.0.0-rc.1+b.2', module(), :'full');
SELECT quidditch.register_udf('s.t-u_v', '1.0.0-rc.1+b.2', module(), :'full') ->> 'success';
SELECT quidditch.udf_manifest('s.t-u_v', '1.0.0-rc.1+b.2') = quidditch.manifest('s.t-u_v', '1.0.0-rc.1+b.2', module(), :'full') AS same,
    quidditch.udf_manifest('s.t-u_v') = quidditch.udf_manifest('s.t-u_v', '1.0.0-rc.1+b.2') AS latest;
SELECT failure($$SELECT quidditch.udf_manifest('s')$$);
SELECT failure($$SELECT quidditch.udf_manifest('s.t-u_v', '2.0.0')$$);
-- It is checked as if it were registered.
SELECT failure($$SELECT quidditch.manifest('s', '1.0', '')$$);
SELECT failure($$SELECT quidditch.manifest('s', '1.0.0', '\x00')$$);
SELECT failure($$SELECT quidditch.manifest('s', '1.0.0', module(), '{"limits": {"max_memory": "2GB"}}')$$);
SELECT failure($$SELECT quidditch.manifest('s', '1.0.0', NULL)$$);

-- Keys.
SELECT quidditch.add_trusted_key('alice', :'alice', '2020-01-01 00:00+00', comment => 'Alice, of the tests');
SELECT name, public_key, valid_from, valid_until, revoked_at, comment FROM quidditch.trusted_key;
SELECT failure(format('SELECT quidditch.add_trusted_key(%L, %L)', 'alice', :'bob'));
SELECT failure(format('SELECT quidditch.add_trusted_key(%L, %L)', 'again', :'alice'));
-- The same key, whatever it is written like.
SELECT failure(format('SELECT quidditch.add_trusted_key(%L, %L)', 'again', pem)) FROM unnest(ARRAY[:'compressed', replace(:'alice', E'\n', E'\r\n'), E'\n\n' || :'alice' || E'\n\n']) AS pem;
SELECT what, failure(format('SELECT quidditch.add_trusted_key(%L, %L)', 'k', pem)) FROM (VALUES
    ('nothing', ''), ('text', 'alice'), ('another curve', :'p384'), ('a similar curve', :'k256'), ('another kind', :'ed25519'), ('not on the curve', :'off_curve'),
    ('cut off', left(:'alice', 100)), ('another label', replace(:'alice', 'PUBLIC KEY', 'CERTIFICATE')),
    ('private', E'-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----'), ('long', repeat('x', 1000000))) AS v(what, pem);
SELECT failure(format('SELECT quidditch.add_trusted_key(%L, %L)', name, :'bob')) FROM unnest(ARRAY['', repeat('ä', 101), NULL]) AS name;
SELECT failure($$SELECT quidditch.add_trusted_key('k', NULL)$$);
SELECT failure(format('SELECT quidditch.add_trusted_key(%L, %L, %L, %L)', 'k', :'bob', '2021-01-01', '2020-01-01'));
SELECT failure($$SELECT quidditch.revoke_trusted_key('bob')$$);
-- Everybody may see them; who may add them is told so by name, and nobody writes the table.
SET client_min_messages = warning;
DROP ROLE IF EXISTS quidditch_keeper;
RESET client_min_messages;
CREATE ROLE quidditch_keeper;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO PUBLIC;
SET ROLE quidditch_keeper;
SELECT count(*) FROM quidditch.trusted_key;
SELECT failure($$SELECT quidditch.add_trusted_key('k', '')$$);
SELECT failure($$SELECT quidditch.revoke_trusted_key('alice')$$);
SELECT failure($$SELECT quidditch.manifest('s', '1.0.0', module())$$);
SELECT failure($$INSERT INTO quidditch.trusted_key (name, public_key) VALUES ('k', '')$$);
SELECT failure($$UPDATE quidditch.trusted_key SET revoked_at = NULL$$);
SELECT failure($$DELETE FROM quidditch.trusted_key$$);
SELECT s, failure(format('SET quidditch.require_signature = %L', s)) FROM unnest(ARRAY['off', 'warn', 'on']) AS s;
RESET ROLE;
GRANT EXECUTE ON FUNCTION quidditch.add_trusted_key, quidditch.revoke_trusted_key TO quidditch_keeper;
BEGIN;
SET LOCAL ROLE quidditch_keeper;
SELECT quidditch.add_trusted_key('bob', :'bob'), quidditch.revoke_trusted_key('bob'), quidditch.revoke_trusted_key('bob');
SELECT name, valid_from = now() AS now, valid_until, revoked_at = now() AS revoked FROM quidditch.trusted_key ORDER BY name;
ROLLBACK;
DROP OWNED BY quidditch_keeper;
DROP ROLE quidditch_keeper;
SELECT failure('SET quidditch.require_signature = ''maybe''');

-- Metadata.
SELECT attempt(signed(:'der') - 'signed_by');
SELECT attempt(signed(:'der') - 'signature');
SELECT attempt(signed(s)) FROM unnest(ARRAY['', '!', 'AAAA', encode(decode(:'der', 'base64') || '\x00', 'base64'), encode(substr(decode(:'der', 'base64'), 2), 'base64'), repeat('A', 100000),
    encode(decode(repeat('00', 64), 'hex'), 'base64'), encode(decode(repeat('ff', 64), 'hex'), 'base64')]) AS s;
SELECT attempt(signed(NULL));
SELECT attempt('{"signature": "AAAA", "signed_by": 5}');

-- With a key that is known, a signature must be good, whatever the setting.
CREATE FUNCTION attempt_under(setting text, metadata jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('quidditch.require_signature', setting, true);
    RETURN (SELECT string_agg(f, E'\n') FROM attempt(metadata) AS f);
END $$;
SELECT what, attempt_under('off', signed(signature)), attempt_under('warn', signed(signature)) = attempt_under('on', signed(signature)) AS always
FROM (VALUES ('as openssl writes it', :'der'), ('as two numbers', :'raw'), ('its twin', :'twin'), ('with a newline', :'line'), ('lines of base64', :'der' || E'\n  \n'), ('by another', :'by_bob'), ('of other limits', :'rich')) AS v(what, signature);
-- With another, or without one, the setting decides.
SET quidditch.require_signature = off;
SELECT attempt(signed(:'by_bob', 'bob'));
SELECT attempt('{}');
SET quidditch.require_signature = warn;
SELECT attempt(signed(:'by_bob', 'bob'));
SELECT attempt('{}');
SET quidditch.require_signature = on;
SELECT attempt(signed(:'by_bob', 'bob'));
SELECT attempt('{}');
SELECT quidditch.upload_udf(signed(:'der') || jsonb_build_object('name', 's', 'version', '1.0.0', 'wasm_base64', encode(module(), 'base64')));
SELECT signature = decode(:'der', 'base64') AS stored, signed_by FROM quidditch.udf WHERE name = 's';
SELECT quidditch.unregister_udf('s', '1.0.0');

-- It is for this name, version, module, function, these parameters, this result, these permissions and limits.
\set rich_metadata '{"limits": {"max_memory": "1MB", "max_execution_time": 50, "max_stack": 65536}, "permissions": ["read_document"], "returns": [{"type": "i32"}], "parameters": [{"name": "a", "type": "i64", "default": 3}, {"name": "b", "type": "string"}]}'
SELECT attempt(signed(:'rich', more => :'rich_metadata'));
SELECT what, (SELECT f FROM attempt(signed(:'rich', more => :'rich_metadata'::jsonb || more), name, version, module) AS f LIMIT 1) FROM (VALUES
    ('name', 't', '1.0.0', module(), '{}'::jsonb), ('version', 's', '1.0.1', module(), '{}'), ('module', 's', '1.0.0', set_byte(module(), length(module()) - 2, 0), '{}'),
    ('more memory', 's', '1.0.0', module(), '{"limits": {"max_memory": 1048577, "max_execution_time": 50, "max_stack": 65536}}'),
    ('less memory', 's', '1.0.0', module(), '{"limits": {"max_memory": 1048575, "max_execution_time": 50, "max_stack": 65536}}'),
    ('no limit of time', 's', '1.0.0', module(), '{"limits": {"max_memory": "1MB", "max_stack": 65536}}'),
    ('permissions', 's', '1.0.0', module(), '{"permissions": ["read_document", "write_log"]}'), ('result', 's', '1.0.0', module(), '{"returns": []}'),
    ('default', 's', '1.0.0', module(), '{"parameters": [{"name": "a", "type": "i64", "default": 4}, {"name": "b", "type": "string"}]}'),
    ('order', 's', '1.0.0', module(), '{"parameters": [{"name": "b", "type": "string"}, {"name": "a", "type": "i64", "default": 3}]}'),
    ('required', 's', '1.0.0', module(), '{"parameters": [{"name": "a", "type": "i64", "default": 3}, {"name": "b", "type": "string", "required": false}]}'),
    ('spelling', 's', '1.0.0', module(), '{"limits": {"max_stack": "64kB", "max_memory": "1024 kB", "max_execution_time": "50 ms"}, "author": "Eve", "parameters": [{"type": "i64", "description": "first", "default": 3.00, "name": "a", "required": false}, {"name": "b", "type": "string", "required": true}]}')
) AS v(what, name, version, module, more);

-- A row that was changed is refused when it is used next, and good again when the change is taken back.
SELECT quidditch.register_udf('s', '1.0.0', module(), signed(:'rich', more => :'rich_metadata')) ->> 'success';
PREPARE call AS SELECT quidditch.call_udf('s', '{}', '{"b": ""}');
EXECUTE call;
CREATE FUNCTION changed(change text, back text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'UPDATE quidditch.udf SET ' || change || ' WHERE name = ''s''';
    RETURN NEXT (SELECT f FROM failure('EXECUTE call') AS f LIMIT 1);
    RETURN NEXT quidditch.signature_problem('s');
    EXECUTE 'UPDATE quidditch.udf SET ' || back || ' WHERE name = ''s''';
    RETURN NEXT (SELECT f FROM failure('EXECUTE call') AS f LIMIT 1);
END $$;
SELECT c, changed(c, b) FROM (VALUES
    ('max_memory = max_memory + 1', 'max_memory = max_memory - 1'), ('max_execution_time = NULL', 'max_execution_time = 50'), ('max_stack = 65535', 'max_stack = 65536'),
    ('permissions = permissions || ''{write_log}''', 'permissions = ''{read_document}'''), ('version = ''1.0.1''', 'version = ''1.0.0'''),
    ('parameters = jsonb_set(parameters, ''{0,default}'', ''4'')', 'parameters = jsonb_set(parameters, ''{0,default}'', ''3'')'), ('returns = ''[]''', 'returns = ''[{"type": "i32"}]'''),
    ('module = set_byte(module, length(module) - 2, 0), sha256 = sha256(set_byte(module, length(module) - 2, 0))', 'module = set_byte(module, length(module) - 2, 1), sha256 = sha256(set_byte(module, length(module) - 2, 1))'),
    ('signature = set_byte(signature, 20, (get_byte(signature, 20) + 1) % 256)', 'signature = set_byte(signature, 20, (get_byte(signature, 20) + 255) % 256)'),
    ('signature = ''''', format('signature = decode(%L, ''base64'')', :'rich')), ('signature = NULL', format('signature = decode(%L, ''base64'')', :'rich')),
    ('signed_by = ''eve''', 'signed_by = ''alice'''), ('signed_by = NULL', 'signed_by = ''alice'''),
    ('author = ''Eve'', tags = ''{x}''', 'author = NULL')) AS v(c, b);
-- Not even where its digest isn't the module's, which a table's constraint keeps from being.
BEGIN;
ALTER TABLE quidditch.udf DROP CONSTRAINT udf_check;
SELECT quidditch.unregister_udf('s', '1.0.0');
SET LOCAL quidditch.code_cache = off;
CREATE FUNCTION fresh() RETURNS bytea LANGUAGE sql RETURN decode('0061736d0100000001060160017e017f03020100070a010666696c74657200000a07010500418f030b', 'hex');
SELECT quidditch.register_udf('t', '1.0.0', fresh(), '{"returns": [{"type": "i32"}]}') ->> 'success' FROM set_config('quidditch.require_signature', 'off', true);
UPDATE quidditch.udf SET module = module();
SELECT failure($$SELECT quidditch.call_udf('t', '{}')$$);
ROLLBACK;

-- Keys that don't count now.
CREATE FUNCTION key(change text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'UPDATE quidditch.trusted_key SET ' || change || ' WHERE name = ''alice''';
    RETURN QUERY EXECUTE 'SELECT failure(''EXECUTE call'')';
END $$;
SELECT key('valid_until = ''2021-01-01 00:00+00''');
SELECT key('valid_until = NULL, valid_from = ''2120-01-01 00:00+00''');
SELECT key('valid_from = ''2020-01-01 00:00+00'', revoked_at = ''2020-06-01 00:00+00''');
-- Not when registering, either, whatever the setting, nor is it enough that it was signed before.
SET quidditch.require_signature = off;
SELECT quidditch.unregister_udf('s', '1.0.0');
SELECT attempt(signed(:'der'));
UPDATE quidditch.trusted_key SET valid_until = '2021-01-01 00:00+00', revoked_at = NULL;
SELECT attempt(signed(:'der'));
UPDATE quidditch.trusted_key SET valid_until = NULL, valid_from = '2120-01-01 00:00+00';
SELECT attempt(signed(:'der'));
UPDATE quidditch.trusted_key SET valid_from = '-infinity', valid_until = 'infinity';
SELECT attempt(signed(:'der'));
UPDATE quidditch.trusted_key SET public_key = reverse(public_key);
SELECT attempt(signed(:'der'));
UPDATE quidditch.trusted_key SET public_key = reverse(public_key), valid_until = NULL;

-- A key that expires while a session goes on.
SET quidditch.require_signature = on;
SELECT quidditch.register_udf('s', '1.0.0', module(), signed(:'rich', more => :'rich_metadata')) ->> 'success';
UPDATE quidditch.trusted_key SET valid_until = clock_timestamp() + '2 seconds';
EXECUTE call;
SELECT pg_sleep(2.1);
SELECT f FROM failure('EXECUTE call') AS f LIMIT 1;
UPDATE quidditch.trusted_key SET valid_until = NULL;
EXECUTE call;

-- One that is revoked, the setting, and what it says: warnings come with the first use.
SELECT quidditch.revoke_trusted_key('alice'), quidditch.revoke_trusted_key('alice');
SELECT regexp_replace(f, 'revoked at .*', 'revoked at some time.') FROM failure('EXECUTE call') AS f;
UPDATE quidditch.trusted_key SET revoked_at = '2020-06-01 00:00+00';
SET quidditch.require_signature = warn;
EXECUTE call;
EXECUTE call;
SET quidditch.require_signature = off;
EXECUTE call;
SELECT quidditch.signature_problem('s');
UPDATE quidditch.trusted_key SET revoked_at = NULL;
SELECT quidditch.signature_problem('s'), quidditch.signature_problem('s', '1.0.0');
SELECT failure($$SELECT quidditch.signature_problem('s', '2.0.0')$$);
-- A revoked key keeps its name and its bytes.
SELECT quidditch.revoke_trusted_key('alice');
SELECT f FROM failure(format('SELECT quidditch.add_trusted_key(%L, %L)', 'alice', :'bob')) AS f LIMIT 1;
SELECT f FROM failure(format('SELECT quidditch.add_trusted_key(%L, %L)', 'new', :'alice')) AS f LIMIT 1;

-- The same UDF once more: with a new signature that is what changes, for its owner.
UPDATE quidditch.trusted_key SET revoked_at = NULL;
SELECT quidditch.unregister_udf('s', '1.0.0');
SELECT quidditch.register_udf('s', '1.0.0', module()) ->> 'success';
SET quidditch.require_signature = on;
SELECT failure(format('SELECT quidditch.register_udf(''s'', ''1.0.0'', %L)', module()));
SELECT failure(format('SELECT quidditch.register_udf(''s'', ''1.0.0'', %L, %L)', module(), signed(:'by_bob')));
SELECT failure(format('SELECT quidditch.register_udf(''s'', ''1.0.0'', %L, %L)', module(), signed(:'der', more => '{"limits": {"max_memory": "1MB"}}')));
SELECT quidditch.signature_problem('s');
SELECT quidditch.register_udf('s', '1.0.0', module(), signed(:'der')) ->> 'success';
SELECT quidditch.signature_problem('s'), quidditch.call_udf('s', '{}');
SELECT quidditch.register_udf('s', '1.0.0', module(), signed(:'der')) ->> 'success';
SELECT quidditch.register_udf('s', '1.0.0', module()) ->> 'success';
SELECT quidditch.add_trusted_key('bob', :'bob');
SELECT quidditch.register_udf('s', '1.0.0', module(), signed(:'by_bob', 'bob')) ->> 'success';
SELECT signed_by FROM quidditch.udfs WHERE name = 's';
SELECT quidditch.revoke_trusted_key('alice');
SELECT quidditch.call_udf('s', '{}');

-- Functions: what nobody signs is a module in a body, and an export other than the registered one.
\set carol '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3awBycWwIx4GkqZ1dnAm7y+r9hOZ\nTzn4vlL0O8qS6fwVeL8QEl7SL7myXrpGou5zakJLesOPPRrJ628bAaHgGQ==\n-----END PUBLIC KEY-----'
\set of_two 'MEYCIQDzUtKU0a1S9aaP44kgvPk88/eaR2/8R1SJfZ87/lNL2wIhAKEo5tTEdIO+i9HWyZ/CGrxW3SCYqIo+rF59Gm/0JlDT'
SELECT quidditch.add_trusted_key('carol', :'carol');
SELECT quidditch.register_udf('two', '1.0.0', '(module (func (export "filter") (export "same") (param i64) (result i32) i32.const 1) (func (export "other") (param i64) (result i32) i32.const 0))',
    signed(:'of_two', 'carol')) ->> 'success';
CREATE FUNCTION by_name(doc jsonb) RETURNS boolean LANGUAGE wasm AS 'two@1.0.0';
CREATE FUNCTION by_export(doc jsonb) RETURNS boolean LANGUAGE wasm AS 'two@1.0.0#filter';
SELECT by_name('{}'), by_export('{}');
CREATE FUNCTION other(doc jsonb) RETURNS boolean LANGUAGE wasm AS 'two@1.0.0#other';
CREATE FUNCTION inline(doc jsonb) RETURNS boolean LANGUAGE wasm AS '(module (func (export "filter") (param i64) (result i32) i32.const 1))';
SET quidditch.require_signature = warn;
CREATE FUNCTION other(doc jsonb) RETURNS boolean LANGUAGE wasm AS 'two@1.0.0#other';
CREATE FUNCTION inline(doc jsonb) RETURNS boolean LANGUAGE wasm AS '(module (func (export "filter") (param i64) (result i32) i32.const 1))';
SET quidditch.require_signature = off;
SELECT other('{}'), inline('{}');
SET quidditch.require_signature = on;
SELECT other('{}');
SELECT inline('{}');
-- A source is signed as a module is.
\set shout 'def filter(marks: int = 3) -> bool:\n    return (get_field_string("title") or "").count("!") >= marks'
\set of_shout 'MEUCIQC2IbnLJbvHmPrORYARJhVBOYTN20VEDCFIMWiXqPMGpAIgY9HEhskE3Dzb+gwNO94Nq3neiseA7gsXHxYxJvWrPh4='
SELECT quidditch.manifest('shout', '1.0.0', convert_to(:'shout', 'UTF8'), '{"language": "python"}')::jsonb ->> 'sha256' = encode(sha256(convert_to(:'shout', 'UTF8')), 'hex') AS digest;
SELECT f FROM failure(format('SELECT quidditch.register_python(%L, %L, %L, %L)', :'shout', '{}', 'shout', '1.0.0')) AS f LIMIT 1;
SELECT f FROM failure(format('SELECT quidditch.register_python(%L, %L, %L, %L)', :'shout', signed(:'of_shout', 'carol', '{"limits": {"max_memory": 9000000}}'), 'shout', '1.0.0')) AS f LIMIT 1;
SELECT quidditch.register_python(:'shout', signed(:'of_shout', 'carol'), 'shout', '1.0.0') ->> 'success';
SELECT quidditch.call_udf('shout', '{"title": "Help!!!"}'), quidditch.udf_manifest('shout') = quidditch.manifest('shout', '1.0.0', convert_to(:'shout', 'UTF8'), '{"language": "python"}') AS same;
SELECT quidditch.revoke_trusted_key('carol');
SELECT f FROM failure($$SELECT by_name('{}')$$) AS f WHERE f NOT LIKE '  detail%';
DROP FUNCTION by_name, by_export, other, inline;

RESET quidditch.require_signature;
DEALLOCATE call;
DELETE FROM quidditch.udf;
DELETE FROM quidditch.trusted_key;
