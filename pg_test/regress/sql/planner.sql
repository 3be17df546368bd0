-- What the planner makes of @@@: parts with costs of their own, wherever the clause stands.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
CREATE TABLE doc (id int, doc jsonb) PARTITION BY RANGE (id);
CREATE TABLE doc_low PARTITION OF doc FOR VALUES FROM (0) TO (100);
CREATE TABLE doc_high PARTITION OF doc FOR VALUES FROM (100) TO (200);
INSERT INTO doc SELECT i, jsonb_build_object('n', i, 'c', CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END, 'title', 'number ' || i) FROM generate_series(0, 199) AS i;
ANALYZE doc;
SELECT register('f', '1.0.0', filter());
SET jit = off;
-- The cheap part stays whole; each piece of code is by itself, and the cheapest comes first.
EXPLAIN (COSTS OFF) SELECT id FROM doc_low WHERE doc @@@ '{"bool": {"must": [{"match": {"title": "number"}}, {"expr": "n > 5"}], "filter": [{"wasm_udf": {"name": "f"}}, {"term": {"c": "even"}}], "must_not": {"expr": "n = 8"}}}';
-- A query without code stays as it is, and so does one that is all code.
EXPLAIN (COSTS OFF) SELECT id FROM doc_low WHERE doc @@@ '{"bool": {"must": [{"match": {"title": "number"}}], "filter": [{"term": {"c": "even"}}]}}';
EXPLAIN (COSTS OFF) SELECT id FROM doc_low WHERE doc @@@ '{"wasm_udf": {"name": "f"}}';
-- Alternatives can't be split.
EXPLAIN (COSTS OFF) SELECT id FROM doc_low WHERE doc @@@ '{"bool": {"should": [{"expr": "n > 5"}, {"term": {"c": "even"}}]}}';
-- Nor is a document computed twice.
EXPLAIN (COSTS OFF) SELECT id FROM doc_low WHERE doc || '{}' @@@ '{"bool": {"must": [{"expr": "n > 5"}, {"term": {"c": "even"}}]}}';
-- Bound queries stay bound.
EXPLAIN (COSTS OFF) SELECT id FROM doc_low WHERE doc @@@ '{"query": {"bool": {"must": [{"expr": "n > 5"}, {"term": {"c": "even"}}]}}, "mapping": {"properties": {"c": {"type": "keyword"}}}}';
-- Through partitions, views and subqueries; the parts split no further.
CREATE VIEW even AS SELECT id, doc FROM doc WHERE doc @@@ '{"bool": {"must": [{"expr": "n > 5"}, {"term": {"c": "even"}}]}}';
EXPLAIN (COSTS OFF) SELECT id FROM even WHERE doc @@@ '{"range": {"n": {"lt": 10}}}';
SELECT id FROM even WHERE doc @@@ '{"range": {"n": {"lt": 10}}}' ORDER BY id;
SELECT count(*) FROM (SELECT doc FROM doc OFFSET 0) AS s WHERE doc @@@ '{"bool": {"must": [{"expr": "n > 5"}, {"term": {"c": "even"}}]}}';
-- Inheritance: each child is asked on its own, the parent too.
CREATE TABLE parent (id int, doc jsonb);
CREATE TABLE child (extra int) INHERITS (parent);
INSERT INTO parent VALUES (1, '{"n": 6, "c": "even"}'), (2, '{"n": 4, "c": "even"}');
INSERT INTO child VALUES (3, '{"n": 8, "c": "even"}', 0), (4, '{"n": 9, "c": "odd"}', 0);
EXPLAIN (COSTS OFF) SELECT id FROM parent WHERE doc @@@ '{"bool": {"must": [{"expr": "n > 5"}, {"term": {"c": "even"}}]}}';
SELECT id FROM parent WHERE doc @@@ '{"bool": {"must": [{"expr": "n > 5"}, {"term": {"c": "even"}}]}}' ORDER BY id;
-- NOT, too, and a document that is NULL.
SELECT count(*) FROM doc WHERE NOT doc @@@ '{"bool": {"must": [{"expr": "n > 5"}, {"term": {"c": "even"}}]}}';
SELECT id FROM (VALUES (1, NULL::jsonb), (2, '{"n": 1}')) AS v (id, doc) WHERE NOT doc @@@ '{"bool": {"must": [{"expr": "n > 5"}, {"term": {"c": "even"}}]}}';
-- A prepared statement: the first five plans see the value, a generic one doesn't.
PREPARE search (jsonb) AS SELECT count(*) FROM doc WHERE doc @@@ $1;
EXECUTE search('{"bool": {"must": [{"expr": "n > 5"}, {"term": {"c": "even"}}]}}');
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE search('{"term": {"c": "even"}}');
EXECUTE search('{"bool": {"must": [{"expr": "n > 5"}, {"term": {"c": "even"}}]}}');
EXECUTE search('{"term": {"c": "even"}}');
RESET plan_cache_mode;
-- Mistakes in a constant are found before any row, also where there are none.
SELECT failure($$SELECT FROM doc WHERE id < 0 AND doc @@@ '{"bool": {"must": [{"expr": "n >"}]}}'$$);
SELECT failure($$EXPLAIN SELECT FROM doc WHERE doc @@@ '{"mtch": {"a": "b"}}'$$);
-- A query that is wrong at no place that matters raises nothing.
SELECT count(*) FROM doc WHERE doc @@@ NULL;
-- Row-level security: its own condition comes first, since @@@ isn't leakproof.
CREATE POLICY low ON doc_low USING (id < 10);
ALTER TABLE doc_low ENABLE ROW LEVEL SECURITY;
CREATE ROLE planner_reader;
GRANT SELECT ON doc_low TO planner_reader;
SET ROLE planner_reader;
EXPLAIN (COSTS OFF) SELECT id FROM doc_low WHERE doc @@@ '{"bool": {"must": [{"expr": "n > 5"}, {"term": {"c": "even"}}]}}';
SELECT id FROM doc_low WHERE doc @@@ '{"bool": {"must": [{"expr": "n > 5"}, {"term": {"c": "even"}}]}}' ORDER BY id;
RESET ROLE;
-- A security barrier, too.
CREATE VIEW barrier WITH (security_barrier) AS SELECT id, doc FROM doc_high WHERE id % 50 = 0;
EXPLAIN (COSTS OFF) SELECT id FROM barrier WHERE doc @@@ '{"bool": {"must": [{"expr": "n > 5"}, {"term": {"c": "even"}}]}}';
-- Parallel plans give the same answer.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT count(*) FROM doc_high WHERE doc @@@ '{"bool": {"must": [{"expr": "n > 105"}, {"wasm_udf": {"name": "f"}}]}}';
SELECT count(*) FROM doc_high WHERE doc @@@ '{"bool": {"must": [{"expr": "n > 105"}, {"wasm_udf": {"name": "f"}}]}}';
-- Estimates follow the kind of clause.
CREATE FUNCTION estimated(query jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE format('EXPLAIN (FORMAT json) SELECT FROM doc_high WHERE doc @@@ %L', query) INTO plan;
    RETURN plan -> 0 -> 'Plan' ->> 'Plan Rows';
END
$$;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
SELECT estimated('{"match_all": {}}') AS every, estimated('{"match_none": {}}') AS none, estimated('{"term": {"c": "even"}}') < estimated('{"range": {"n": {"gt": 1}}}') AS term_below_range;
DROP OWNED BY planner_reader;
DROP ROLE planner_reader;
