-- wasm_udf clauses: UDFs as filters within queries.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude

-- n >= min, by a field and a parameter; excludes what has no number n.
SELECT register('at_least', '1.0.0', '(module
    (import "env" "get_field_f64" (func $field (param i64 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "n")
    (func (export "filter") (param $ctx i64) (param $min f64) (result i32)
        (if (call $field (local.get $ctx) (i32.const 0) (i32.const 1) (i32.const 8)) (then (return (i32.const 0))))
        (f64.ge (f64.load (i32.const 8)) (local.get $min))))',
    '{"parameters": [{"name": "min", "type": "f64", "default": 5}], "returns": [{"type": "bool"}]}');
CREATE TABLE doc AS SELECT i AS id, jsonb_build_object('n', i, 'even', i % 2 = 0) AS doc FROM generate_series(1, 10) AS i;
INSERT INTO doc VALUES (11, '{}'), (12, '{"n": "5"}'), (13, NULL);
CREATE FUNCTION ids(query jsonb) RETURNS text LANGUAGE sql AS
    $$SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), 'none') FROM doc WHERE doc @@@ query$$;

SELECT q, ids(q) FROM unnest(ARRAY['{"wasm_udf": {"name": "at_least", "version": "1.0.0", "parameters": {"min": 8}}}', '{"wasm_udf": {"name": "at_least", "params": {"min": 8}}}',
    '{"wasm_udf": {"name": "at_least"}}', '{"wasm_udf": {"name": "at_least", "parameters": {"min": 1e20}}}',
    '{"bool": {"must": [{"term": {"even": true}}, {"wasm_udf": {"name": "at_least", "parameters": {"min": 8}}}]}}',
    '{"bool": {"filter": {"wasm_udf": {"name": "at_least", "parameters": {"min": 9}}}}}',
    '{"bool": {"must_not": {"wasm_udf": {"name": "at_least"}}}}',
    '{"bool": {"should": [{"wasm_udf": {"name": "at_least", "parameters": {"min": 9}}}, {"wasm_udf": {"name": "at_least", "parameters": {"min": 10}}}, {"term": {"n": 1}}]}}',
    '{"bool": {"should": [{"wasm_udf": {"name": "at_least", "parameters": {"min": 9}}}, {"wasm_udf": {"name": "at_least", "parameters": {"min": 10}}}, {"term": {"n": 1}}], "minimum_should_match": 2}}',
    '{"bool": {"must": [{"bool": {"must_not": [{"bool": {"should": [{"wasm_udf": {"name": "at_least", "parameters": {"min": 4}}}]}}]}}]}}']::jsonb[]) AS q;

-- wasm_udf() writes the clause.
SELECT wasm_udf('at_least'), wasm_udf('at_least', '{"min": 8}'), wasm_udf('at_least', '{"min": 8}', '1.0.0'), wasm_udf('at_least', NULL, NULL), wasm_udf(NULL);
SELECT ids(wasm_udf('at_least', '{"min": 8}')), ids(wasm_udf('at_least', version => '1.0.0'));
-- A constant call of it is one constant in the plan.
EXPLAIN (COSTS OFF) SELECT * FROM doc WHERE doc @@@ wasm_udf('at_least', '{"min": 8}');
-- Whatever else is called so: its parts are PostgreSQL's own.
CREATE FUNCTION jsonb_build_object(VARIADIC text[]) RETURNS jsonb LANGUAGE sql AS 'SELECT ''{"caught": 1}''::jsonb';
SET search_path = test, public, pg_catalog;
SELECT wasm_udf('at_least', '{"min": 8}', '1.0.0');
SET search_path = test, public;
DROP FUNCTION jsonb_build_object(text[]);

-- Every type of result can decide: zero and NaN exclude. A string can't.
SELECT register('constant' || n, '1.0.0', format('(module (func (export "filter") (param i64) (result %s) (%s)))', split_part(instruction, '.', 1), instruction))
FROM (VALUES (1, 'i32.const 0'), (2, 'i32.const -1'), (3, 'i64.const 0'), (4, 'i64.const 0x100000000'), (5, 'f32.const -0'), (6, 'f32.const 1e-40'), (7, 'f32.const nan'),
    (8, 'f64.const 0'), (9, 'f64.const -0.5'), (10, 'f64.const nan'), (11, 'f64.const inf')) AS v(n, instruction);
SELECT i, '{}'::jsonb @@@ wasm_udf('constant' || i) FROM generate_series(1, 11) AS i;
SELECT register('text', '1.0.0', filter('i32.const 0'), '{"returns": [{"type": "string"}]}');
SELECT failure($$SELECT '{}'::jsonb @@@ wasm_udf('text')$$);

-- Mistakes are found even when no document gets as far as the UDF, but not when there is no row at all.
SELECT q, failure(format('SELECT ''{}''::jsonb @@@ %L', q)) FROM unnest(ARRAY[
    '{"wasm_udf": {}}', '{"wasm_udf": 5}', '{"wasm_udf": "at_least"}', '{"wasm_udf": {"name": 5}}', '{"wasm_udf": {"nmae": "at_least"}}', '{"wasm_udf": {"name": "at_leats"}}',
    '{"wasm_udf": {"name": "at_least", "version": "9.9.9"}}', '{"wasm_udf": {"name": "at_least", "version": 1}}', '{"wasm_udf": {"name": "at_least", "version": null}}',
    '{"wasm_udf": {"name": "at_least", "parameters": []}}', '{"wasm_udf": {"name": "at_least", "parameters": {"mni": 1}}}', '{"wasm_udf": {"name": "at_least", "parameters": {"min": "1"}}}',
    '{"wasm_udf": {"name": "at_least", "parameters": {}, "params": {}}}', '{"wasm_udf": {"name": ""}}',
    '{"bool": {"must": [{"match_none": {}}, {"wasm_udf": {"name": "nowhere"}}]}}']) AS q;
SELECT count(*) FROM doc WHERE false AND doc @@@ wasm_udf('nowhere');
SELECT count(*) FROM (SELECT * FROM doc LIMIT 0) AS d WHERE doc @@@ wasm_udf('nowhere');

-- A failing UDF ends the statement, and the session goes on; a cheaper clause spares it.
SELECT register('trap', '1.0.0', filter('unreachable'));
SELECT failure($$SELECT count(*) FROM doc WHERE doc @@@ wasm_udf('trap')$$);
SELECT ids('{"bool": {"must": [{"wasm_udf": {"name": "trap"}}, {"match_none": {}}]}}'), ids('{"bool": {"should": [{"wasm_udf": {"name": "trap"}}, {"match_all": {}}]}}');
SELECT ids(wasm_udf('at_least'));

-- Prepared, generic and custom; a newer version counts at the next execution.
PREPARE search(jsonb) AS SELECT string_agg(id::text, ' ' ORDER BY id) FROM doc WHERE doc @@@ wasm_udf('at_least', $1);
PREPARE latest AS SELECT string_agg(id::text, ' ' ORDER BY id) FROM doc WHERE doc @@@ wasm_udf('at_least', '{"min": 9}');
SET plan_cache_mode = force_generic_plan;
EXECUTE search('{"min": 9}');
EXECUTE search('{"min": 7}');
EXECUTE latest;
SELECT register('at_least', '1.1.0', filter('(i32.const 1)'), '{"parameters": [{"name": "min", "type": "f64", "default": 5}]}');
EXECUTE search('{"min": 9}');
EXECUTE latest;
SELECT quidditch.unregister_udf('at_least', '1.1.0');
EXECUTE search('{"min": 9}');
EXECUTE latest;
SELECT quidditch.unregister_udf('at_least', '1.0.0');
SELECT failure('EXECUTE latest');
RESET plan_cache_mode;

-- A guest's memory is its clause's, for the statement.
SELECT register('third', '1.0.0', filter('(i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))) (i32.eqz (i32.rem_u (i32.load (i32.const 0)) (i32.const 3)))'));
SELECT count(*) FROM doc WHERE doc @@@ wasm_udf('third');
SELECT count(*) FROM doc WHERE doc @@@ wasm_udf('third');
SELECT id FROM doc WHERE doc @@@ '{"bool": {"must": [{"wasm_udf": {"name": "third"}}, {"wasm_udf": {"name": "third"}}]}}' ORDER BY id;

-- Each clause may have an instance of its own, so there are 100 at most.
SELECT n, failure(format('SELECT ''{}''::jsonb @@@ %L', jsonb_build_object('bool', jsonb_build_object('must_not', jsonb_agg(wasm_udf('third'))))))
FROM (VALUES (100), (101)) AS most (n), generate_series(1, n) GROUP BY n ORDER BY n;
