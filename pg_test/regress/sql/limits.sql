-- What a query may take: memory for its patterns and words, places in a plan.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
SET statement_timeout = '10s';
-- An interval of numbers is a small pattern, however long the numbers are.
SELECT '{"n": "00500"}'::jsonb @@@ '{"regexp": {"n": "<1-999999999999999999>"}}', '{"n": "0"}'::jsonb @@@ '{"regexp": {"n": "<1-999999999999999999>"}}';
-- One that would be large is refused, and so are many; the same one in many places is one.
SELECT failure($$SELECT '{}'::jsonb @@@ '{"regexp": {"a": "((a|b){100}){120}"}}'$$);
SELECT f ~ '^54000: .* too many or too large patterns$' AS refused FROM failure(format('SELECT ''{}''::jsonb @@@ %L', (SELECT jsonb_build_object('bool', jsonb_build_object('should', jsonb_agg(jsonb_build_object('wildcard', jsonb_build_object('a', i || '*x'))))) FROM generate_series(1, 2000) AS i))) AS f LIMIT 1;
SELECT '{}'::jsonb @@@ (SELECT jsonb_build_object('bool', jsonb_build_object('should', jsonb_agg(jsonb_build_object('wildcard', jsonb_build_object('a' || i, 'a*x'))))) FROM generate_series(1, 2000) AS i);
-- Words of a text count as clauses, n-grams too.
SELECT failure(format('SELECT ''{}''::jsonb @@@ %L', jsonb_build_object('match', jsonb_build_object('a', jsonb_build_object('query', repeat('abcdefghij', 100), 'analyzer', 'ngram(1,50)')))));
SELECT failure($$SELECT count(*) FROM quidditch.analyze('ngram(1,50)', repeat('abcdefghij', 1000))$$);
-- So many guests are in a query at most, also where the planner would take it apart.
CREATE TABLE doc AS SELECT '{"n": 1}'::jsonb AS doc;
SELECT failure(format('SELECT FROM doc WHERE doc @@@ %L', (SELECT jsonb_build_object('bool', jsonb_build_object('must', jsonb_agg('{"wasm_udf": {"name": "f"}}'::jsonb))) FROM generate_series(1, 101))));
SELECT quidditch.validate_query(jsonb_build_object('bool', jsonb_build_object('must', (SELECT jsonb_agg('{"wasm_udf": {"name": "f"}}'::jsonb) FROM generate_series(1, 101)))));
-- Sixteen pieces of code are clauses of their own, and the others one more.
CREATE FUNCTION clauses(query jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE format('EXPLAIN (FORMAT json) SELECT FROM doc WHERE doc @@@ %L', query) INTO plan;
    RETURN regexp_count(plan -> 0 -> 'Plan' ->> 'Filter', '@@@');
END
$$;
SELECT n, clauses(jsonb_build_object('bool', jsonb_build_object('must', (SELECT jsonb_agg(jsonb_build_object('expr', 'n < ' || i)) FROM generate_series(1, n) AS i)))) FROM unnest(ARRAY[2, 16, 17, 40]) AS n;
-- Somebody else's operator of that name changes neither what is split nor a score.
CREATE OPERATOR test.@@@ (LEFTARG = jsonb, RIGHTARG = jsonb, FUNCTION = quidditch.negated_score);
SET search_path = public, test;
SELECT pg_typeof(doc <@> '{"bool": {"filter": [{"expr": "n >= 1"}, {"exists": {"field": "n"}}]}}') FROM doc;
EXPLAIN (COSTS OFF) SELECT FROM doc WHERE doc @@@ '{"bool": {"filter": [{"expr": "n >= 1"}, {"exists": {"field": "n"}}]}}';
