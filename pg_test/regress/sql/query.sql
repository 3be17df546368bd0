-- document @@@ query.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude

CREATE TABLE doc (id int PRIMARY KEY, doc jsonb);
INSERT INTO doc VALUES
    (1, '{"name": "Apple", "price": 1.5, "stock": 10, "tags": ["fruit", "red"], "organic": true, "maker": {"country": "FR"}}'),
    (2, '{"name": "apple", "price": 5, "stock": 0, "tags": ["fruit"], "organic": false, "maker": {"country": "DE"}}'),
    (3, '{"name": "Brick", "price": 5.0, "tags": [], "organic": null, "parts": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}]}'),
    (4, '{"name": "Car", "price": 12345678901234567890.5, "a.b": {"c": "dotted"}}'),
    (5, '{}'),
    (6, '[]'),
    (7, '["fruit", 5, {"name": "Inner"}]'),
    (8, '"scalar"'),
    (9, 'null'),
    (10, NULL);

-- The ids of the documents that match.
CREATE FUNCTION ids(query jsonb) RETURNS text LANGUAGE sql AS
    $$SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), 'none') FROM doc WHERE doc @@@ query$$;
CREATE FUNCTION ids(queries jsonb[]) RETURNS TABLE (q jsonb, matching text) LANGUAGE sql AS
    $$SELECT q, ids(q) FROM unnest(queries) WITH ORDINALITY AS u(q, n) ORDER BY n$$;

SELECT * FROM ids(ARRAY['{"match_all": {}}', '{"match_none": {}}', '{"match_all": {"boost": 2}}']::jsonb[]);
-- term: the whole value and its type; numbers by value; any element of an array.
SELECT * FROM ids(ARRAY['{"term": {"name": "Apple"}}', '{"term": {"name": {"value": "APPLE", "case_insensitive": true}}}', '{"term": {"name": "App"}}',
    '{"term": {"price": 5}}', '{"term": {"price": 5.00}}', '{"term": {"price": "5"}}', '{"term": {"price": 12345678901234567890.5}}', '{"term": {"price": 12345678901234567890}}',
    '{"term": {"organic": true}}', '{"term": {"tags": "fruit"}}', '{"term": {"tags[1]": "red"}}', '{"term": {"tags[-1]": "fruit"}}', '{"term": {"maker.country": "DE"}}',
    '{"term": {"parts.sku": "b"}}', '{"term": {"parts[0].sku": "b"}}', '{"term": {"[\"a.b\"].c": "dotted"}}', '{"term": {"name.keyword": "Apple"}}',
    '{"term": {"absent": "Apple"}}', '{"term": {"maker": "FR"}}']::jsonb[]);
SELECT * FROM ids(ARRAY['{"terms": {"name": ["Apple", "Car", "Dog"]}}', '{"terms": {"price": [1.50, 5]}}', '{"terms": {"tags": ["red", 5, true]}}', '{"terms": {"name": []}}',
    '{"terms": {"name": ["Apple"], "boost": 2}}']::jsonb[]);
-- range: numbers exactly, strings by code point, never across types.
SELECT * FROM ids(ARRAY['{"range": {"price": {"gt": 5}}}', '{"range": {"price": {"gte": 5}}}', '{"range": {"price": {"gt": 1.5, "lt": 5.000000000000000000001}}}',
    '{"range": {"price": {"gt": 12345678901234567890.4999999}}}', '{"range": {"price": {"gt": 12345678901234567890.5}}}', '{"range": {"stock": {"gte": 0, "lte": 0}}}',
    '{"range": {"name": {"gte": "B", "lt": "a"}}}', '{"range": {"name": {"gte": 0}}}', '{"range": {"price": {"gt": "0"}}}', '{"range": {"parts.n": {"gt": 1}}}',
    '{"range": {"price": {"gt": 9, "lt": 1}}}', '{"range": {"price": {"gte": 5, "boost": 2}}}',
    '{"range": {"price": {}}}', '{"range": {"price": {"gt": null, "lt": 2}}}']::jsonb[]);
-- exists: some value that isn't null.
SELECT * FROM ids(ARRAY['{"exists": {"field": "organic"}}', '{"exists": {"field": "tags"}}', '{"exists": {"field": "stock"}}', '{"exists": {"field": "maker"}}',
    '{"exists": {"field": "maker.country"}}', '{"exists": {"field": "absent"}}']::jsonb[]);
-- bool
SELECT * FROM ids(ARRAY['{"bool": {}}', '{"bool": {"must": {"term": {"price": 5}}}}', '{"bool": {"must": [{"term": {"price": 5}}, {"term": {"tags": "fruit"}}]}}',
    '{"bool": {"filter": [{"exists": {"field": "name"}}], "must_not": [{"term": {"price": 5}}]}}', '{"bool": {"must_not": {"exists": {"field": "name"}}}}',
    '{"bool": {"should": [{"term": {"name": "Apple"}}, {"term": {"name": "Car"}}]}}',
    '{"bool": {"must": {"exists": {"field": "name"}}, "should": [{"term": {"name": "Apple"}}]}}',
    '{"bool": {"must": {"exists": {"field": "name"}}, "should": [{"term": {"name": "Apple"}}], "minimum_should_match": 1}}',
    '{"bool": {"should": [{"term": {"price": 5}}, {"term": {"name": "apple"}}, {"term": {"tags": "fruit"}}], "minimum_should_match": 2}}',
    '{"bool": {"should": [{"term": {"price": 5}}, {"term": {"name": "apple"}}, {"term": {"tags": "fruit"}}], "minimum_should_match": "67%"}}',
    '{"bool": {"should": [{"term": {"price": 5}}, {"term": {"name": "apple"}}, {"term": {"tags": "fruit"}}], "minimum_should_match": -1}}',
    '{"bool": {"must": [{"bool": {"should": [{"bool": {"must_not": [{"match_none": {}}]}}]}}, {"term": {"organic": false}}], "boost": 1.5}}',
    '{"bool": {"must": []}}', '{"bool": {"must": {"match_none": {}}, "should": {"match_all": {}}}}']::jsonb[]);

-- NULL on either side is NULL, whatever the other side is.
SELECT (NULL::jsonb @@@ '{"match_all": {}}') IS NULL, ('{}'::jsonb @@@ NULL) IS NULL, (NULL::jsonb @@@ '{"nonsense": 1}') IS NULL;

-- Everywhere an expression may stand.
SELECT id, doc @@@ '{"term": {"tags": "fruit"}}' FROM doc ORDER BY id;
SELECT count(*) FILTER (WHERE doc @@@ '{"term": {"tags": "fruit"}}'), bool_or(doc @@@ '{"match_none": {}}') FROM doc;
SELECT string_agg(id::text, ' ' ORDER BY id) FROM doc WHERE NOT doc @@@ '{"term": {"tags": "fruit"}}';
UPDATE doc SET id = id + 100 WHERE doc @@@ '{"term": {"name": "Car"}}' RETURNING id;
DELETE FROM doc WHERE doc @@@ '{"term": {"name": "Car"}}' RETURNING id;

-- A query for each row, from a join; the same ones in another order.
CREATE TABLE saved (n int, query jsonb);
INSERT INTO saved VALUES (1, '{"term": {"price": 5}}'), (2, '{"exists": {"field": "stock"}}'), (3, NULL), (4, '{"match_none": {}}'), (5, '{"term": {"price": 1.5}}');
SELECT n, string_agg(id::text, ' ' ORDER BY id) FROM saved JOIN doc ON doc @@@ query GROUP BY n ORDER BY n;
SELECT id, string_agg(n::text, ' ' ORDER BY n) FROM doc JOIN saved ON doc @@@ query GROUP BY id ORDER BY id;
SELECT count(*) FROM doc, generate_series(0, 9) AS p WHERE doc @@@ jsonb_build_object('range', jsonb_build_object('price', jsonb_build_object('gte', p)));

-- Prepared: as parameters, planned for each value and once for all.
PREPARE search(jsonb) AS SELECT string_agg(id::text, ' ' ORDER BY id) FROM doc WHERE doc @@@ $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE search('{"term": {"price": 5}}');
EXECUTE search('{"term": {"name": "Apple"}}');
EXECUTE search(NULL);
SELECT failure($$EXECUTE search('{"trem": {"price": 5}}')$$);
EXECUTE search('{"term": {"price": 5}}');
SET plan_cache_mode = force_custom_plan;
EXECUTE search('{"term": {"price": 5}}');
EXECUTE search('{"term": {"name": "Apple"}}');
RESET plan_cache_mode;
-- In a function, where the call site lives on.
CREATE FUNCTION matching(query jsonb) RETURNS bigint LANGUAGE plpgsql AS $$BEGIN RETURN count(*) FROM doc WHERE doc @@@ query; END$$;
SELECT n, matching(query) FROM saved ORDER BY n;
CREATE FUNCTION one(document jsonb, query jsonb) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RETURN document @@@ query; END$$;
SELECT one('{"a": 1}', '{"term": {"a": 1}}'), one('{"a": 1}', '{"term": {"a": 2}}'), one('{"a": 2}', '{"term": {"a": 2}}'), one(NULL, '{}');
-- One of many queries, each in its turn.
SELECT id FROM doc WHERE doc @@@ ANY (ARRAY['{"term": {"name": "Brick"}}', '{"term": {"name": "Apple"}}']::jsonb[]) ORDER BY id;
SELECT id FROM doc WHERE doc @@@ ALL (ARRAY['{"term": {"price": 5}}', '{"term": {"tags": "fruit"}}']::jsonb[]) ORDER BY id;

-- Documents and queries stored compressed and out of line.
INSERT INTO doc VALUES (11, jsonb_build_object('name', 'Big', 'text', (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 3000) AS i))),
    (12, jsonb_build_object('name', 'Big', 'text', repeat('long ', 100000)));
SELECT ids('{"term": {"name": "Big"}}'::jsonb), ids(jsonb_build_object('term', jsonb_build_object('text', repeat('long ', 100000))));
INSERT INTO saved SELECT 6, jsonb_build_object('terms', jsonb_build_object('name', jsonb_agg('n' || i) || '["Big"]')) FROM generate_series(1, 1000) AS i;
SELECT n, string_agg(id::text, ' ' ORDER BY id) FROM saved JOIN doc ON doc @@@ query WHERE n = 6 GROUP BY n;

-- Mistakes.
SELECT q, failure(format('SELECT ''{}''::jsonb @@@ %L', q)) FROM unnest(ARRAY[
    '[]', '5', 'null', '"match_all"', '{}', '{"match_all": {}, "match_none": {}}', '{"match_al": {}}', '{"Term": {"a": 1}}', '{"nothing_like_it": {}}', '{"": {}}',
    '{"match_all": []}', '{"match_all": {"boots": 2}}', '{"match_all": {"boost": "high"}}', '{"match_all": {"boost": -1}}',
    '{"term": {}}', '{"term": 5}', '{"term": {"a": 1, "b": 2}}', '{"term": {"": 1}}', '{"term": {"a..b": 1}}', '{"term": {"a[": 1}}', '{"term": {"a": null}}', '{"term": {"a": [1]}}',
    '{"term": {"a": {"valeu": 1}}}', '{"term": {"a": {"boost": 1}}}', '{"term": {"a": {"value": 1, "case_insensitive": "yes"}}}',
    '{"terms": {"a": 1}}', '{"terms": {"a": [1, null]}}', '{"terms": {"a": [[1]]}}',
    '{"range": {"price": {"gtt": 5}}}', '{"range": {"price": 5}}', '{"range": {"price": {"gt": true}}}',
    '{"range": {"price": {"gt": 5, "gte": 5}}}', '{"range": {"price": {"gt": 5, "lt": "x"}}}',
    '{"exists": {"feild": "a"}}', '{"exists": {"field": 5}}', '{"exists": {}}', '{"exists": {"field": ""}}',
    '{"bool": {"most": []}}', '{"bool": {"must": 5}}', '{"bool": {"must": [{"term": {"a": 1}}, {"range": {"price": {"gtt": 1}}}]}}', '{"bool": {"must": {"bool": {"should": [{"x": 1}]}}}}',
    '{"bool": {"should": [{"match_all": {}}], "minimum_should_match": "many"}}', '{"bool": {"should": [{"match_all": {}}], "minimum_should_match": 1.5}}'
]) AS q;
-- Of Elasticsearch's, but not here.
SELECT q, failure(format('SELECT ''{}''::jsonb @@@ %L', q)) FROM unnest(ARRAY[
    '{"terms": {"a": {"index": "i", "id": "1", "path": "p"}}}', '{"function_score": {"random_score": {}}}', '{"geo_distance": {"distance": "1km"}}', '{"match": {"a": {"query": "b", "analyzer": "pg:klingon"}}}'
]) AS q;
-- Too large: too deep, too many clauses, too many bytes.
CREATE FUNCTION nested(depth int) RETURNS text LANGUAGE sql AS $$SELECT repeat('{"bool": {"must": [', depth) || '{"match_all": {}}' || repeat(']}}', depth)$$;
SELECT '{}'::jsonb @@@ nested(99)::jsonb;
SELECT left(f, 60), right(f, 40) FROM failure(format('SELECT ''{}''::jsonb @@@ %L', nested(100))) AS f;
SELECT left(f, 60), right(f, 40) FROM failure(format('SELECT ''{}''::jsonb @@@ %L', nested(1000))) AS f;
SELECT failure(format('SELECT ''{}''::jsonb @@@ %L', '{"bool": {"must": [' || repeat('{"match_all": {}}, ', 9999) || '{"match_all": {}}]}}'));
SELECT failure(format('SELECT ''{}''::jsonb @@@ %L', jsonb_build_object('term', jsonb_build_object('a', repeat('x', 1 << 20)))));
-- The caps are settings.
SET quidditch.max_query_depth = 2;
SELECT failure(format('SELECT ''{}''::jsonb @@@ %L', nested(2)));
SET quidditch.max_query_depth = 500;
SELECT '{}'::jsonb @@@ nested(499)::jsonb;
RESET quidditch.max_query_depth;
SET quidditch.max_query_clauses = 2;
SELECT failure($$SELECT '{}'::jsonb @@@ '{"bool": {"must": [{"match_all": {}}, {"match_all": {}}]}}'$$);
RESET quidditch.max_query_clauses;
SET quidditch.max_query_size = '1kB';
SELECT failure(format('SELECT ''{}''::jsonb @@@ %L', jsonb_build_object('term', jsonb_build_object('a', repeat('x', 1000)))));
RESET quidditch.max_query_size;
