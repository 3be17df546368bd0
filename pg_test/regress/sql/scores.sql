-- document <@> query: the negated score, where no statistics are needed.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
CREATE TABLE doc (id int, doc jsonb);
INSERT INTO doc VALUES (1, '{"n": 9, "c": "a", "d": "2024-01-01"}'), (2, '{"n": 4, "c": "b", "d": "2024-01-11"}'), (3, '{"c": "a"}'), (4, NULL);
CREATE FUNCTION scores(query jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(id || ':' || round((-(doc <@> query))::numeric, 4)::text, ' ' ORDER BY doc <@> query, id) FROM doc WHERE doc <@> query IS NOT NULL
$$;
-- A clause is worth its boost; bool adds up, and its filters add nothing.
SELECT scores('{"term": {"c": {"value": "a", "boost": 2.5}}}');
SELECT scores('{"bool": {"must": {"match_all": {}}, "should": [{"term": {"c": "a"}}, {"range": {"n": {"gt": 5, "boost": 3}}}], "filter": {"exists": {"field": "c"}}}}');
SELECT scores('{"bool": {"filter": {"term": {"c": "a"}}}}');
SELECT scores('{"constant_score": {"filter": {"match": {"c": "a"}}, "boost": 4}}');
-- The best, and half of the others: 3 + 0.5 * 1.
SELECT scores('{"dis_max": {"queries": [{"term": {"c": "a"}}, {"range": {"n": {"gt": 5, "boost": 3}}}], "tie_breaker": 0.5}}');
SELECT scores('{"boosting": {"positive": {"match_all": {"boost": 8}}, "negative": {"term": {"c": "a"}}, "negative_boost": 0.25}}');
-- Functions: sqrt(n), 1 without the field; 2^-(distance / scale), from 10 days away; n doubled.
SELECT scores('{"function_score": {"field_value_factor": {"field": "n", "modifier": "sqrt"}}}');
SELECT scores('{"function_score": {"exp": {"d": {"origin": "2024-01-01", "scale": "10d"}}}}');
SELECT scores('{"script_score": {"query": {"exists": {"field": "n"}}, "script": {"source": "n * 2 + _score"}}}');
SELECT scores('{"function_score": {"query": {"match_all": {}}, "functions": [{"filter": {"term": {"c": "a"}}, "weight": 5}, {"filter": {"term": {"c": "b"}}, "weight": 7}], "boost_mode": "sum"}}');
SELECT scores('{"function_score": {"query": {"match_all": {}}, "functions": [{"weight": 2}, {"expr": "n"}], "score_mode": "sum", "boost_mode": "replace", "max_boost": 10, "min_score": 3}}');
-- A guest scores, and sees the score so far.
SELECT quidditch.register_udf('double', '1.0.0', convert_to('(module (import "env" "get_score" (func $score (param i64) (result f64))) (memory (export "memory") 1) (func (export "score") (param i64) (result f64) (f64.mul (f64.const 2) (call $score (local.get 0)))))', 'UTF8'),
    '{"function_name": "score", "returns": [{"name": "score", "type": "f64"}]}') ->> 'success' AS registered;
SELECT scores('{"script_score": {"query": {"term": {"c": {"value": "a", "boost": 3}}}, "wasm_udf": {"name": "double"}}}');
SELECT scores('{"function_score": {"query": {"match_all": {"boost": 2}}, "wasm_udf": {"name": "double"}, "weight": 10, "boost_mode": "replace"}}');
-- What doesn't match has no score and comes last, as does NULL.
SELECT id, doc <@> '{"term": {"c": "b"}}' AS score FROM doc ORDER BY doc <@> '{"term": {"c": "b"}}', id;
SELECT id FROM doc WHERE doc @@@ '{"exists": {"field": "n"}}' ORDER BY doc <@> '{"function_score": {"field_value_factor": {"field": "n"}}}' LIMIT 1;
-- How rare a word is, an index knows; where its score doesn't count, nobody asks.
SELECT failure($$SELECT doc <@> '{"match": {"c": "a"}}' FROM doc$$);
SELECT failure($$SELECT doc <@> '{"bool": {"should": [{"term": {"c": "a"}}, {"match_phrase": {"c": "a b"}}]}}' FROM doc$$);
SELECT scores('{"bool": {"must": {"term": {"c": "a"}}, "filter": {"match": {"c": "a"}}, "must_not": {"match": {"c": "z"}}}}');
SELECT scores('{"script_score": {"query": {"match": {"c": "a"}}, "expr": "n"}}');
-- Mistakes in a constant are found at plan time.
SELECT failure($$SELECT FROM doc WHERE false ORDER BY doc <@> '{"trem": {"c": "a"}}'$$);
SELECT failure($$EXPLAIN SELECT FROM doc ORDER BY doc <@> '{"trem": {"c": "a"}}'$$);
