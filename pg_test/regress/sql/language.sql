-- LANGUAGE wasm: functions whose body is a UDF's name@version, or a module.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude

-- How making a function fails, or that it doesn't.
CREATE FUNCTION making(signature text, body text, options text DEFAULT 'STABLE') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT failure(format('CREATE FUNCTION %s LANGUAGE wasm %s AS %L', signature, options, body))
$$;
-- WAT text of a module that imports a getter of a parameter called p, and does what the instructions say; it has
-- room for an answer at 16, and for a text's length at 8.
CREATE FUNCTION asking(getter text, result text, instructions text) RETURNS text LANGUAGE sql AS $$
    SELECT format('(module (import "env" "get_param_%s" (func $ask (param i32 i32 %s) (result i32)))
        (memory (export "memory") 2) (data (i32.const 0) "p")
        (global $n (mut i32) (i32.const 0)) (global $kept (mut i64) (i64.const 0))
        (func (export "filter") (param $ctx i64) (result %s)
            (global.set $n (i32.add (global.get $n) (i32.const 1))) (i32.store (i32.const 8) (i32.const 1000)) %s))',
        getter, CASE getter WHEN 'string' THEN 'i32 i32' ELSE 'i32' END, result, instructions)
$$;
-- And one that answers a constant.
CREATE FUNCTION answering(type text, instruction text) RETURNS text LANGUAGE sql AS $$
    SELECT format('(module (func (export "filter") (param i64) (result %s) %s))', type, instruction)
$$;

-- A UDF: keeps documents whose field "n" is between two parameters.
SELECT register('between', '1.0.0', '(module (import "env" "get_field_i64" (func $get (param i64 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "n")
    (func (export "filter") (param $ctx i64) (param $low i64) (param $high i64) (result i32)
        (if (call $get (local.get $ctx) (i32.const 0) (i32.const 1) (i32.const 8)) (then (return (i32.const 0))))
        (i32.and (i64.le_s (local.get $low) (i64.load (i32.const 8))) (i64.ge_s (local.get $high) (i64.load (i32.const 8)))))
    (func (export "width") (param $ctx i64) (param $low i64) (param $high i64) (result i64) (i64.sub (local.get $high) (local.get $low))))',
    '{"parameters": [{"name": "low", "type": "i64"}, {"name": "high", "type": "i64", "default": 100}], "returns": [{"type": "bool"}]}');
CREATE FUNCTION inside(doc jsonb, low bigint, high bigint DEFAULT 10) RETURNS boolean LANGUAGE wasm IMMUTABLE PARALLEL SAFE COST 5 AS 'between@1.0.0';
SELECT inside('{"n": 7}', 5), inside('{"n": 11}', 5), inside('{"n": 11}', 5, 12), inside('{"n": 11}', high => 12, low => 5), inside('{}', 5);
-- A NULL document is no call. A parameter that is NULL is none: its UDF's default, or an error where it needs one.
SELECT inside(NULL, 5), inside(NULL, NULL), inside('{"n": 99}', 5, NULL), inside('{"n": 101}', 5, NULL);
SELECT failure($$SELECT inside('{}', NULL)$$);
SELECT low, inside('{"n": 7}', low) FROM unnest(ARRAY[5, 8]::bigint[]) AS low;
SELECT failure($$SELECT inside('{"n": 7}', low) FROM unnest(ARRAY[5, NULL]::bigint[]) AS low$$);
CREATE FUNCTION strictly(doc jsonb, low bigint, high bigint) RETURNS boolean LANGUAGE wasm STRICT AS 'between@1.0.0';
SELECT strictly('{"n": 7}', 5, NULL), strictly('{"n": 7}', NULL, 5), strictly(NULL, 5, 6), strictly('{"n": 7}', 5, 7);
-- Another export; its result is what SQL says. Space around a body is none of it.
CREATE FUNCTION width(doc jsonb, low bigint, high bigint) RETURNS numeric LANGUAGE wasm AS '
    between@1.0.0#width
';
SELECT width('{}', 5, 12), width('{}', -9223372036854775808, 0), width('null', 1, 3), width('[]', 1, 3);
-- Without names: in the parameters' order. In other types: the same values.
CREATE FUNCTION unnamed(jsonb, smallint, numeric) RETURNS boolean LANGUAGE wasm AS 'between@1.0.0';
SELECT unnamed('{"n": 7}', 5::smallint, 7.0), unnamed('{"n": 7}', 5::smallint, 6);
SELECT failure($$SELECT unnamed('{"n": 7}', 5::smallint, 7.5)$$);
CREATE FUNCTION "Odd ""name"""("a 'doc'" jsonb, low integer, high real) RETURNS boolean LANGUAGE wasm AS 'between@1.0.0';
SELECT failure($$SELECT "Odd ""name"""('{}', 5, 7.25)$$);

-- Without a version: the latest one, at each call.
CREATE FUNCTION latest(doc jsonb) RETURNS integer LANGUAGE wasm STABLE AS 'constant';
SELECT making('latest(doc jsonb, x text) RETURNS integer', 'constant');
SELECT register('constant', '1.0.0', filter('i32.const 100'), '{"returns": [{"type": "i32"}]}');
CREATE FUNCTION latest(doc jsonb) RETURNS integer LANGUAGE wasm STABLE AS 'constant';
SELECT latest('{}');
SELECT register('constant', '1.1.0', filter('i32.const 110'), '{"returns": [{"type": "i32"}]}');
SELECT latest('{}');
SELECT making('immutable(doc jsonb) RETURNS integer', 'constant', 'IMMUTABLE');
BEGIN;
ALTER FUNCTION latest IMMUTABLE;
SELECT failure($$SELECT latest('{}')$$);
ROLLBACK;

-- Arguments of every type, as the guest gets them.
SELECT making('p_i64(p ' || type || ') RETURNS bigint', asking('i64', 'i64', '(if (call $ask (i32.const 0) (i32.const 1) (i32.const 16)) (then (return (i64.const -1)))) (i64.load (i32.const 16))'), 'IMMUTABLE')
FROM unnest(ARRAY['smallint', 'integer', 'bigint', 'real', 'double precision', 'numeric', 'boolean', 'text']) AS type;
SELECT p_i64((-32768)::smallint), p_i64(2147483647), p_i64(9223372036854775807), p_i64(16777216::real), p_i64(-5::float8), p_i64(7::numeric),
    p_i64(1.5::float8), p_i64(true), p_i64('7'::text), p_i64(NULL::bigint);
SELECT making('p_f64(p ' || type || ') RETURNS double precision', asking('f64', 'f64', '(if (call $ask (i32.const 0) (i32.const 1) (i32.const 16)) (then (return (f64.const -1)))) (f64.load (i32.const 16))'), 'IMMUTABLE')
FROM unnest(ARRAY['bigint', 'real', 'double precision', 'numeric']) AS type;
SELECT p_f64(9007199254740992), p_f64(9007199254740993), p_f64(0.1::real), p_f64(0.1::float8), p_f64(0.1::numeric), p_f64('-Infinity'::float8), p_f64('NaN'::numeric),
    p_f64(1.7976931348623157e308::numeric), p_f64(5e-324::numeric);
SELECT n, failure(format('SELECT p_f64(%L::numeric)', n))
FROM unnest(ARRAY['1.8e308', '9007199254740993', '0.12345678901234567', '0.123456789012345678', '1e-400', '1e131071', '-Infinity']) AS n;
SELECT making('p_bool(p boolean) RETURNS integer', asking('bool', 'i32', '(if (call $ask (i32.const 0) (i32.const 1) (i32.const 16)) (then (return (i32.const -1)))) (i32.load (i32.const 16))'), 'IMMUTABLE');
SELECT p_bool(true), p_bool(false), p_bool(NULL);
SELECT making('p_length(p ' || type || ') RETURNS integer', asking('string', 'i32', '(if (call $ask (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 8)) (then (return (i32.const -1)))) (i32.load (i32.const 8))'), 'IMMUTABLE')
FROM unnest(ARRAY['text', 'varchar(3)']) AS type;
SELECT p_length(''::text), p_length('grün ☃'::text), p_length('abc'::varchar), p_length(NULL::text), p_length(repeat('x', 1000));
-- However it is stored.
CREATE TABLE texts (t text);
ALTER TABLE texts ALTER t SET STORAGE EXTERNAL;
INSERT INTO texts VALUES ('short'), (repeat('y', 200)), (NULL);
ALTER TABLE texts ALTER t SET STORAGE MAIN;
INSERT INTO texts VALUES (repeat('z', 900));
SELECT p_length(t) FROM texts;
-- An export that takes numbers gets them as it takes them.
SELECT making(format('passed(p %s) RETURNS %s', sql, result), format('(module (func (export "filter") (param i64 %s) (result %1$s) (local.get 1)))', wasm), 'IMMUTABLE')
FROM (VALUES ('integer', 'i32', 'integer'), ('bigint', 'i32', 'integer'), ('smallint', 'i64', 'bigint'), ('real', 'f32', 'real'), ('double precision', 'f64', 'double precision'),
    ('numeric', 'f32', 'numeric'), ('boolean', 'i32', 'boolean'), ('text', 'i32', 'text'), ('double precision', 'f32', 'real'), ('boolean', 'i64', 'bigint')) AS v(sql, wasm, result);
SELECT passed(-7), passed(2147483647::bigint), passed(7::smallint), passed(0.1::real), passed(-0.0::float8), passed('NaN'::float8), passed(0.1::numeric), passed(8388607.5::numeric), passed(true), passed(false);
SELECT call, failure('SELECT passed(' || call || ')') FROM unnest(ARRAY['2147483648', '-2147483649', 'NULL::int', '0.123456789::numeric', '1e39::numeric']) AS call;

-- Results of every type: the same values, or an error.
SELECT making(format('r%s() RETURNS %s', row_number() OVER (), sql), answering(wasm, wasm || '.const ' || value), 'IMMUTABLE')
FROM (VALUES ('smallint', 'i32', '-32768'), ('smallint', 'i32', '32768'), ('integer', 'i64', '2147483647'), ('integer', 'i64', '2147483648'), ('bigint', 'i32', '-1'),
    ('bigint', 'f64', '1e15'), ('bigint', 'f64', '1e19'), ('bigint', 'f64', '0.5'), ('bigint', 'f32', 'nan'), ('integer', 'f64', '-0'), ('real', 'f32', '0.1'),
    ('real', 'i32', '16777216'), ('real', 'i32', '16777217'), ('double precision', 'f64', '0.1'), ('double precision', 'f32', '0.1'), ('double precision', 'i64', '9007199254740993'),
    ('double precision', 'f64', '-inf'), ('numeric', 'f64', '0.1'), ('numeric', 'f32', '0.1'), ('numeric', 'i64', '-9223372036854775808'), ('numeric', 'f64', '1e300'), ('numeric', 'f64', 'nan'),
    ('numeric', 'f64', 'inf'), ('boolean', 'i32', '2'), ('boolean', 'i32', '0'), ('integer', 'i32', '0'), ('integer', 'i32', '3')) AS v(sql, wasm, value);
SELECT r1(), r3(), r5(), r6(), r10(), r11(), r12(), r14(), r15(), r17(), r18(), r19(), r20(), r21() = 1e300, r22(), r23(), r24(), r25(), r26(), r27();
SELECT f, failure(format('SELECT %s()', f)) FROM unnest(ARRAY['r2', 'r4', 'r7', 'r8', 'r9', 'r13', 'r16']) AS f;
-- jsonb is a string, read as JSON.
SELECT making(format('%s(doc jsonb) RETURNS jsonb', name), format('(module (import "env" "set_result_string" (func $set (param i32 i32) (result i32))) (memory (export "memory") 1) (data (i32.const 0) %s)
    (func (export "filter") (param i64) (result i32) (call $set (i32.const 0) (i32.const %s))))', to_json(json), length(json)), 'IMMUTABLE')
FROM (VALUES ('exact', '12345678901234567890.10'), ('broken', '[1,'), ('nothing', '')) AS v(name, json);
SELECT exact('{}');
SELECT failure($$SELECT broken('{}')$$), failure($$SELECT nothing('{}')$$);
-- Without a document, the guest gets an object without keys. Any jsonb is one, and a domain over it.
CREATE FUNCTION anywhere(low bigint) RETURNS boolean LANGUAGE wasm AS 'between@1.0.0';
SELECT anywhere(5), inside('[{"n": 5}]', 5), inside('null', 5), inside('5', 5);

-- Where functions stand.
CREATE TABLE docs (id integer, doc jsonb, low bigint);
INSERT INTO docs SELECT i, jsonb_build_object('n', i), i - i % 3 FROM generate_series(1, 1000) AS i;
SELECT count(*) FROM docs WHERE inside(doc, 10, 19);
SELECT id FROM docs WHERE inside(doc, low, low) AND id < 10;
SELECT id FROM docs ORDER BY inside(doc, 990, 995) DESC, id LIMIT 3;
SELECT inside(doc, 5, 6), count(*) FROM docs GROUP BY 1 ORDER BY 1;
CREATE TABLE guarded (doc jsonb CHECK (inside(doc, 1, 10)), small boolean GENERATED ALWAYS AS (inside(doc, 1, 3)) STORED);
INSERT INTO guarded VALUES ('{"n": 2}'), ('{"n": 9}'), (NULL);
SELECT * FROM guarded;
SELECT failure($$INSERT INTO guarded VALUES ('{"n": 11}')$$);
CREATE INDEX docs_between ON docs (inside(doc, 100, 104)) WHERE inside(doc, 100, 104);
SET enable_seqscan = off;
SELECT plan('SELECT id FROM docs WHERE inside(doc, 100, 104)');
SELECT id FROM docs WHERE inside(doc, 100, 104) ORDER BY id;
RESET enable_seqscan;
CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.doc = jsonb_build_object('was', NEW.doc); RETURN NEW; END $$;
CREATE TRIGGER small BEFORE UPDATE ON docs FOR EACH ROW WHEN (inside(NEW.doc, 1, 3)) EXECUTE FUNCTION say();
UPDATE docs SET low = 0 WHERE id IN (2, 4) RETURNING doc;
PREPARE by_bounds (bigint, bigint) AS SELECT count(*) FROM docs WHERE inside(doc, $1, $2);
SET plan_cache_mode = force_generic_plan;
EXECUTE by_bounds (1, 10);
EXECUTE by_bounds (500, 599);
RESET plan_cache_mode;
CREATE FUNCTION inlined(doc jsonb) RETURNS boolean LANGUAGE sql AS 'SELECT NOT inside(doc, 1, 995)';
CREATE FUNCTION wider(a bigint, b bigint) RETURNS bigint LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS
    '(module (func (export "filter") (param i64 i64 i64) (result i64) (select (local.get 1) (local.get 2) (i64.gt_s (local.get 1) (local.get 2)))))';
CREATE FUNCTION near_to(a bigint, b bigint) RETURNS boolean LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS
    '(module (func (export "filter") (param i64 i64 i64) (result i32) (i64.le_u (i64.add (i64.sub (local.get 1) (local.get 2)) (i64.const 1)) (i64.const 2))))';
SELECT plan('SELECT * FROM docs WHERE inlined(doc)');
SELECT count(*) FROM docs WHERE inlined(doc);
DO $$
DECLARE found integer := 0;
BEGIN
    FOR i IN 1..20 LOOP
        IF inside(jsonb_build_object('n', i), 5, 5 + i / 4) THEN found := found + 1; END IF;
    END LOOP;
    RAISE NOTICE '%', found;
END $$;
SELECT count(*) FILTER (WHERE inside(doc, 1, 9)), bool_or(inside(doc, 1000, 1000)), count(*) FILTER (WHERE strictly(doc, 1, NULL)) FROM docs;
CREATE AGGREGATE widest(bigint) (SFUNC = wider, STYPE = bigint, PARALLEL = SAFE);
SELECT widest(low), widest(-low) FROM docs;
CREATE OPERATOR <=> (FUNCTION = near_to, LEFTARG = bigint, RIGHTARG = bigint);
SELECT 5 <=> 6::bigint, 7::bigint <=> ANY (ARRAY[1, 6, 9]::bigint[]), 7::bigint <=> ALL (ARRAY[6, 7, 9]::bigint[]), 100::bigint <=> ANY (ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 99]::bigint[]);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT plan('SELECT count(*) FROM docs WHERE inside(doc, 100, 199)');
SELECT count(*) FROM docs WHERE inside(doc, 100, 199);
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- Parameters that vary: the instance stays, also where its guest doesn't ask each time; one whose guest keeps what it asked for is made anew.
SELECT making('asks(p bigint) RETURNS bigint', asking('i64', 'i64', '(drop (call $ask (i32.const 0) (i32.const 1) (i32.const 16)))
    (i64.add (i64.load (i32.const 16)) (i64.mul (i64.const 1000) (i64.extend_i32_u (global.get $n))))'));
SELECT string_agg(asks(i / 2)::text, ' ') FROM generate_series(1, 7) AS i;
SELECT string_agg(asks(CASE WHEN i % 3 <> 0 THEN i END)::text, ' ') FROM generate_series(1, 7) AS i;
SELECT making('keeps(p bigint) RETURNS bigint', asking('i64', 'i64', '(if (i32.eq (global.get $n) (i32.const 1)) (then (drop (call $ask (i32.const 0) (i32.const 1) (i32.const 16)))))
    (i64.add (i64.load (i32.const 16)) (i64.mul (i64.const 1000) (i64.extend_i32_u (global.get $n))))'));
SELECT string_agg(keeps(i / 2)::text, ' ') FROM generate_series(1, 7) AS i;
SELECT making('keeps_text(p text) RETURNS integer', asking('string', 'i32', '(if (i32.eq (global.get $n) (i32.const 1)) (then (drop (call $ask (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 8))) (i32.store (i32.const 4) (i32.load (i32.const 8)))))
    (i32.load (i32.const 4))'));
SELECT string_agg(keeps_text(repeat('x', i / 2))::text, ' ') FROM generate_series(1, 7) AS i;
-- One whose guest now and then doesn't ask is made anew then, and where that is often, at once.
SELECT making(format('asks_but_each_%s(p bigint) RETURNS bigint', n), asking('i64', 'i64', format('(if (i32.rem_u (global.get $n) (i32.const %s))
    (then (drop (call $ask (i32.const 0) (i32.const 1) (i32.const 16))))) (i64.extend_i32_u (global.get $n))', n))) FROM unnest(ARRAY[20, 2]) AS n;
SELECT string_agg(i::text, ' ') FILTER (WHERE asks_but_each_20(i) = 1), count(*) FILTER (WHERE asks_but_each_2(i) = 1) FROM generate_series(1, 100) AS i;
-- A trap that comes from the value before doesn't count, one that comes from this one does.
SELECT making('keeps_and_traps(p bigint) RETURNS bigint', asking('i64', 'i64', '(if (i32.eq (global.get $n) (i32.const 1)) (then (drop (call $ask (i32.const 0) (i32.const 1) (i32.const 16))))
    (else (if (i64.eq (i64.load (i32.const 16)) (i64.const 1)) (then unreachable)))) (i64.div_s (i64.const 100) (i64.load (i32.const 16)))'));
SELECT string_agg(keeps_and_traps(i)::text, ' ') FROM generate_series(1, 5) AS i;
SELECT failure($$SELECT keeps_and_traps(i) FROM generate_series(1, -1, -1) AS i$$);
SELECT string_agg(passed(i)::text, ' ') FROM generate_series(-3, 3) AS i;
-- Each place in a statement has its own instance, each statement a new one.
SELECT asks(1), asks(2) FROM generate_series(1, 2);
SELECT asks(1);

-- A function that is replaced, and a UDF that is: seen by the next statement.
CREATE OR REPLACE FUNCTION latest(doc jsonb) RETURNS integer LANGUAGE wasm STABLE AS 'constant@1.0.0';
SELECT latest('{}');
CREATE OR REPLACE FUNCTION latest(doc jsonb) RETURNS integer LANGUAGE wasm IMMUTABLE AS '(module (func (export "f") (param i64) (result i32) i32.const 5))#f';
SELECT latest('{}');
BEGIN;
CREATE OR REPLACE FUNCTION latest(doc jsonb) RETURNS integer LANGUAGE wasm STABLE AS 'constant';
SELECT latest('{}');
ROLLBACK;
SELECT latest('{}');

-- Bodies: a module in base64, line by line too, with an export.
SELECT making('encoded_' || how || '(doc jsonb) RETURNS boolean', body, 'IMMUTABLE')
FROM (SELECT encode(module, 'base64') AS base64 FROM quidditch.udf WHERE name = 'constant' AND version = '1.0.0') AS m,
    LATERAL (VALUES ('plain', base64), ('lines', E'\n ' || regexp_replace(base64, '(.{10})', E'\\1\n  ', 'g')), ('export', base64 || ' # filter '),
        ('cut', left(base64, 30)), ('cut2', left(base64, 32)), ('odd', base64 || '!'), ('none', base64 || '#'), ('other', base64 || '#run')) AS v(how, body);
SELECT encoded_plain('{}'), encoded_lines('{}'), encoded_export('{}');
SELECT making('component(doc jsonb) RETURNS boolean', 'AGFzbQ0AAQA=');
SELECT making('f(doc jsonb) RETURNS boolean', body) FROM unnest(ARRAY['', ' ', '@', 'f@', '@1.0.0', 'between@1', 'between@1.0.0@2', 'between@1.0.0#', '#filter', 'between @1.0.0', 'o''ne"@1.0.0',
    'größe@1.0.0', 'between@9.0.0', 'nowhere@1.0.0', 'betwen@1.0.0', 'between@1.0.0#run', repeat('x', 64), repeat('x', 2000), '(module', '(module)', '(component)', ';; nothing', E'(module) ;; # here',
    '(module (import "env" "clock" (func (result i64))) (func (export "filter") (param i64) (result i32) i32.const 1))', '(module (memory (export "memory") 1000) (func (export "filter") (param i64) (result i32) i32.const 1))']) AS body;
SELECT making('comment(doc jsonb) RETURNS boolean', filter() || ' ;; see #5 (or not)');
SET quidditch.max_module_size = '1kB';
SELECT making('f(doc jsonb) RETURNS boolean', '(module' || repeat(' ', 2000) || ')');
SELECT making('f(doc jsonb) RETURNS boolean', 'AGFzbQEAAAA' || repeat('A', 2000));
RESET quidditch.max_module_size;

-- Declarations that no UDF can have.
CREATE DOMAIN positive AS integer CHECK (value > 0);
CREATE DOMAIN document AS jsonb CHECK (jsonb_typeof(value) = 'object');
SELECT signature, making(signature, 'between@1.0.0') FROM unnest(ARRAY['f(doc jsonb, low bigint) RETURNS SETOF boolean', 'f(doc jsonb, low bigint) RETURNS TABLE (a boolean)',
    'f(doc jsonb, low bigint, OUT a boolean)', 'f(doc jsonb, INOUT low bigint)', 'f(doc jsonb, VARIADIC low bigint[]) RETURNS boolean', 'f(doc anyelement, low bigint) RETURNS boolean',
    'f(doc jsonb, low bigint) RETURNS trigger', 'f(doc jsonb, low bigint) RETURNS void', 'f(doc jsonb, low bigint) RETURNS record', 'f(doc jsonb, low bigint) RETURNS positive',
    'f(doc jsonb, low bigint) RETURNS json', 'f(doc json, low bigint) RETURNS boolean', 'f(low bigint, doc jsonb) RETURNS boolean', 'f(doc jsonb, low date) RETURNS boolean', 'f(doc jsonb, low bytea) RETURNS boolean']) AS signature;
SELECT failure($$CREATE PROCEDURE f(doc jsonb) LANGUAGE wasm AS 'between@1.0.0'$$);
SELECT failure($$CREATE FUNCTION f(doc jsonb, low bigint) RETURNS boolean LANGUAGE wasm WINDOW AS 'between@1.0.0'$$);
SELECT failure($$DO LANGUAGE wasm 'between@1.0.0'$$);
CREATE FUNCTION domains(doc document, low positive) RETURNS boolean LANGUAGE wasm AS 'between@1.0.0';
SELECT domains('{"n": 1}', 1), domains('{"n": 1}', 2);
-- Declarations that don't fit the body.
SELECT signature, making(signature, 'between@1.0.0') FROM unnest(ARRAY['f(doc jsonb) RETURNS boolean', 'f(doc jsonb, high bigint) RETURNS boolean', 'f(doc jsonb, lo bigint) RETURNS boolean',
    'f(doc jsonb, low text) RETURNS boolean', 'f(doc jsonb, low boolean) RETURNS boolean', 'f(doc jsonb, bigint, bigint, bigint) RETURNS boolean', 'f(doc jsonb, bigint, low bigint) RETURNS boolean',
    'f(doc jsonb, low bigint) RETURNS text', 'f(doc jsonb, low bigint) RETURNS jsonb', 'f(doc jsonb, low bigint) RETURNS integer', 'f(doc jsonb, "Low" bigint) RETURNS boolean']) AS signature;
SELECT signature, making(signature, filter()) FROM unnest(ARRAY['f(doc jsonb, text) RETURNS boolean', 'f(doc jsonb, integer) RETURNS boolean', 'f(doc jsonb) RETURNS text', 'f(doc jsonb) RETURNS real']) AS signature;
SELECT making('f(doc jsonb, a bigint, b bigint) RETURNS boolean', '(module (func (export "filter") (param i64 i64) (result i32) i32.const 1))');
SELECT making('g(doc jsonb) RETURNS real', answering('f64', 'f64.const 1'));
SELECT making('g(doc jsonb) RETURNS boolean', answering('i64', 'i64.const 1'));

-- Without checks the call finds out.
SET check_function_bodies = off;
SELECT name, making(format('unchecked_%s(doc jsonb, low %s) RETURNS %s', name, type, result), body) FROM (VALUES ('good', 'bigint', 'boolean', 'between@1.0.0'), ('missing', 'bigint', 'boolean', 'nowhere@1.0.0'),
    ('latest', 'bigint', 'boolean', 'between'), ('mistyped', 'text', 'boolean', 'between@1.0.0'), ('trigger', 'bigint', 'trigger', 'between@1.0.0'), ('any', 'anyelement', 'boolean', 'between@1.0.0'),
    ('garbage', 'bigint', 'boolean', E'\\000 ''"; DROP TABLE docs'), ('empty', 'bigint', 'boolean', ''), ('module', 'bigint', 'boolean', '(module'), ('base64', 'bigint', 'boolean', 'AGFzbQ')) AS v(name, type, result, body);
RESET check_function_bodies;
SELECT unchecked_good('{"n": 5}', 5);
SELECT failure(format($$SELECT unchecked_%s('{}', 5)$$, name)) FROM unnest(ARRAY['missing', 'any', 'garbage', 'empty', 'module', 'base64']) AS name;
SELECT failure($$SELECT unchecked_mistyped('{}', '5')$$), failure($$SELECT unchecked_trigger('{}', 5)$$);
SELECT failure($$CREATE TRIGGER t BEFORE INSERT ON docs EXECUTE FUNCTION unchecked_trigger()$$);
-- The catalog can come later, as in a restore.
SELECT register('nowhere', '1.0.0', source, jsonb_build_object('parameters', parameters)) FROM quidditch.udf WHERE name = 'between';
SELECT unchecked_missing('{"n": 5}', 5);
-- Handler and validator, called by hand.
SELECT failure($$SELECT quidditch.wasm_handler()$$);
SELECT failure($$SELECT quidditch.wasm_validator(0)$$);
SELECT regexp_replace(failure($$SELECT quidditch.wasm_validator('now'::regproc)$$), '\d\d+ ', 'n ', 'g') ~ '^42501: language validation function n called for language n instead of ';
SELECT failure($$SELECT quidditch.wasm_validator('unchecked_garbage'::regproc)$$);
SELECT quidditch.wasm_validator('inside'::regproc), quidditch.wasm_validator(NULL);

-- A UDF that functions use stays.
SELECT failure($$SELECT quidditch.unregister_udf('between', '1.0.0')$$);
SELECT failure($$SELECT quidditch.delete_udf('nowhere', '1.0.0')$$);
-- One without a version needs any.
CREATE FUNCTION any_version(doc jsonb) RETURNS integer LANGUAGE wasm AS 'constant';
SELECT quidditch.unregister_udf('constant', '1.0.0');
SELECT failure($$SELECT quidditch.unregister_udf('constant', '1.1.0')$$);
DROP FUNCTION any_version;
SELECT quidditch.unregister_udf('constant', '1.1.0');
-- A name in another's is another's.
SELECT register('betwee', '1.0.0', filter());
SELECT quidditch.unregister_udf('betwee', '1.0.0');
-- Functions that failed to be made use nothing.
SELECT register('unused', '1.0.0', filter());
SELECT making('f(doc jsonb) RETURNS text', 'unused@1.0.0');
SELECT quidditch.unregister_udf('unused', '1.0.0');

-- Failures of the guest name the function or the UDF.
CREATE FUNCTION traps(doc jsonb, label text) RETURNS boolean LANGUAGE wasm IMMUTABLE AS '(module (func (export "filter") (param i64) (result i32) unreachable))';
SELECT failure($$SELECT traps('{}', 'a')$$);
SELECT register('traps', '1.0.0', filter('unreachable'));
CREATE FUNCTION traps(doc jsonb) RETURNS boolean LANGUAGE wasm IMMUTABLE AS 'traps@1.0.0';
SELECT failure($$SELECT traps('{}')$$);

-- Rights: everybody may use the language; a module in a body takes the right to register one.
SET client_min_messages = warning;
DROP ROLE IF EXISTS quidditch_maker, quidditch_caller;
CREATE ROLE quidditch_maker;
CREATE ROLE quidditch_caller;
RESET client_min_messages;
GRANT ALL ON SCHEMA test TO quidditch_maker;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO PUBLIC;
SET ROLE quidditch_maker;
SELECT making('mine(doc jsonb, low bigint) RETURNS boolean', 'between@1.0.0', 'IMMUTABLE SECURITY DEFINER');
SELECT making('brought(doc jsonb) RETURNS boolean', filter());
SELECT making('brought(doc jsonb) RETURNS boolean', 'AGFzbQEAAAA');
SET check_function_bodies = off;
SELECT making('brought(doc jsonb) RETURNS boolean', filter());
SELECT making('brought(doc jsonb) RETURNS boolean', E'\n\t;; a comment\n' || filter());
RESET check_function_bodies;
RESET ROLE;
GRANT EXECUTE ON FUNCTION quidditch.register_udf TO quidditch_maker;
SET ROLE quidditch_maker;
SELECT making('brought(doc jsonb) RETURNS boolean', filter());
RESET ROLE;
-- What was brought stays when the right goes, as registered UDFs do; it can't be exchanged.
REVOKE EXECUTE ON FUNCTION quidditch.register_udf FROM quidditch_maker;
SET ROLE quidditch_maker;
SELECT brought('{}');
SELECT failure($$CREATE OR REPLACE FUNCTION brought(doc jsonb) RETURNS boolean LANGUAGE wasm AS '(module)'$$);
REVOKE EXECUTE ON FUNCTION mine FROM PUBLIC;
SET ROLE quidditch_caller;
SELECT brought('{}');
SELECT failure($$SELECT mine('{}', 5)$$);
SELECT failure($$SELECT quidditch.wasm_validator('mine'::regproc)$$);
RESET ROLE;
GRANT EXECUTE ON FUNCTION mine TO quidditch_caller;
SET ROLE quidditch_caller;
SELECT mine('{"n": 5}', 5);
RESET ROLE;
REVOKE USAGE ON LANGUAGE wasm FROM PUBLIC;
SET ROLE quidditch_maker;
SELECT making('refused(doc jsonb) RETURNS boolean', 'traps@1.0.0');
RESET ROLE;
GRANT USAGE ON LANGUAGE wasm TO PUBLIC;
-- An instance is one role's, also where two roles share a place: what a guest counts begins anew.
CREATE FUNCTION place(p bigint) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN asks(p); END';
CREATE FUNCTION as_maker(p bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN place(p); END';
SELECT place(i), as_maker(i) FROM generate_series(1, 3) AS i;
ALTER FUNCTION as_maker OWNER TO quidditch_maker;
SELECT place(i), as_maker(i) FROM generate_series(1, 3) AS i;
DROP OWNED BY quidditch_maker, quidditch_caller;
DROP ROLE quidditch_maker, quidditch_caller;

-- Functions go with the extension, when they may.
SELECT left(f, 200) FROM failure('DROP EXTENSION quidditch') AS f WHERE f NOT LIKE '  detail%';
SELECT failure('DROP LANGUAGE wasm');
SELECT count(*) > 50 FROM pg_depend WHERE refclassid = 'pg_language'::regclass AND refobjid = (SELECT oid FROM pg_language WHERE lanname = 'wasm') AND deptype = 'n';
SET client_min_messages = warning;
DROP SCHEMA test CASCADE;
DELETE FROM quidditch.udf;
