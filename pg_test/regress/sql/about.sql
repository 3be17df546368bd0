-- Functions about queries and text.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
-- Offsets count characters, positions count words, also those left out.
SELECT * FROM quidditch.analyze('standard', 'Über O''Neil''s 3.5 km/h');
SELECT * FROM quidditch.analyze('english', 'The foxes of Rome');
SELECT * FROM quidditch.analyze('whitespace', 'A  b');
SELECT * FROM quidditch.analyze('keyword', 'A  b');
SELECT * FROM quidditch.analyze('edge_ngram(1,3)', 'Abcd');
-- PostgreSQL's own don't say where in the text they are.
SELECT "position", token FROM quidditch.analyze('pg:english', 'The foxes of Rome');
SELECT "position", token FROM quidditch.analyze('pg:pg_catalog.simple', 'The foxes');
SELECT count(*) FROM quidditch.analyze('standard', '');
SELECT count(*) FROM quidditch.analyze('standard', NULL);
SELECT name, failure(format('SELECT quidditch.tokens(%L, ''x'')', name)) FROM unnest(ARRAY['', 'englsh', 'ngram(3,2)', 'pg:', 'pg:klingon', 'pg:a.b.c.d']) AS name;
-- A query is answered in its one canonical form, numbers as exact as they came.
SELECT quidditch.validate_query(q) FROM unnest(ARRAY[
    '{"match_all": {}}', '{"term": {"a": 1.50}}', '{"term": {"a": {"value": "x", "boost": 1}}}', '{"bool": {"must": {"range": {"n": {"gt": 12345678901234567890.123, "lte": null}}}, "_name": "n"}}',
    '{"wasm_udf": {"name": "f", "params": {"a": 1}}}', '{"query": {"match": {"a": "b"}}, "mapping": {"properties": {"a": {"type": "text"}}}}', '{"expr": {"op": ">", "left": {"field": "a"}, "right": {"const": 1}}}'
]::jsonb[]) AS q;
SELECT quidditch.validate_query(q) FROM unnest(ARRAY['5', '{}', '{"term": {"a": 1}, "match": {"a": 1}}', '{"bool": {"must": [{"rnage": {"n": {}}}]}}', '{"expr": "a >"}', '{"regexp": {"a": "("}}']::jsonb[]) AS q;
SELECT quidditch.validate_query(NULL) IS NULL AS unknown;
-- What each clause does, in the order of evaluation: the cheap ones first.
SELECT quidditch.explain_query('{"bool": {"must": [{"match": {"title": {"query": "quick brown", "operator": "and"}}}, {"wasm_udf": {"name": "f"}}], "filter": [{"range": {"n": {"gt": 1, "lte": 5}}}], "should": [{"prefix": {"a": "x"}}], "must_not": [{"expr": "n = 3"}]}}');
SELECT failure($$SELECT quidditch.explain_query('{"trem": {"a": 1}}')$$);
