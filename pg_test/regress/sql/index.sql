-- The access method: its statements, options, plans, and what happens to an index with its table.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
SET jit = off;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE doc (id int PRIMARY KEY, kind text, doc jsonb, other text);
INSERT INTO doc SELECT i, CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END,
    jsonb_build_object('n', i, 'title', CASE WHEN i % 3 = 0 THEN 'quick fox' ELSE 'lazy dog ' || i END, 'in', jsonb_build_object('n', -i))
    FROM generate_series(1, 3000) AS i;
ANALYZE doc;
-- What can't be indexed.
SELECT failure('CREATE INDEX ON doc USING quidditch (doc, kind)');
SELECT failure('CREATE INDEX ON doc USING quidditch (doc, doc)');
SELECT failure('CREATE UNIQUE INDEX ON doc USING quidditch (doc)');
SELECT failure('CREATE INDEX ON doc USING quidditch (doc) INCLUDE (id)');
SELECT failure('CREATE INDEX ON doc USING quidditch (other)');
SELECT failure('CREATE INDEX ON doc USING quidditch (doc DESC)');
SELECT failure('CREATE INDEX ON doc USING quidditch (doc jsonb_path_ops)');
SELECT replace(failure, 'public.', '') FROM failure('ALTER TABLE doc ADD EXCLUDE USING quidditch (doc WITH @@@)');
SELECT failure('CREATE INDEX ON doc USING quidditch (jsonb_build_object(kind, now()))');
-- Storage parameters, and mistakes in them.
SELECT failure($$CREATE INDEX ON doc USING quidditch (doc) WITH (fillfactor = 90)$$);
SELECT failure($$CREATE INDEX ON doc USING quidditch (doc) WITH (pending_limit = 1)$$);
SELECT failure($$CREATE INDEX ON doc USING quidditch (doc) WITH (k1 = -1)$$);
SELECT failure($$CREATE INDEX ON doc USING quidditch (doc) WITH (b = 2)$$);
SELECT failure($$CREATE INDEX ON doc USING quidditch (doc) WITH (positions = maybe)$$);
SELECT failure($$CREATE INDEX ON doc USING quidditch (doc) WITH (analyzer = 'klingon')$$);
SELECT failure($$CREATE INDEX ON doc USING quidditch (doc) WITH (mapping = '{"properties": {')$$);
SELECT failure($$CREATE INDEX ON doc USING quidditch (doc) WITH (mapping = '[]')$$);
SELECT failure($$CREATE INDEX ON doc USING quidditch (doc) WITH (mapping = '{"properties": {"in": {"properties": {"n": {"type": "lnog"}}}}}')$$);
SELECT failure($$CREATE INDEX ON doc USING quidditch (doc) WITH (mapping = '{"properties": {"title": {"type": "text", "analyser": "english"}}}')$$);
SELECT failure($$CREATE INDEX ON doc USING quidditch (doc) WITH (mapping = '{"analyzer": "english"}', analyzer = 'german')$$);
CREATE INDEX searched ON doc USING quidditch (doc quidditch.jsonb_ops) WITH (mapping = '{"properties": {"title": {"type": "text", "analyzer": "english"}}}', k1 = 1.5, b = 0.5, pending_limit = 64, positions = true);
\d searched
SELECT documents, dead, pending, segments, needs_reindex FROM quidditch.index_stats('searched');
SELECT quidditch.check_index('searched', heapallindexed => true);
-- The mapping holds with the index and without: a term of the title is a word, stemmed.
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM doc WHERE doc @@@ '{"term": {"title": "fox"}}';
SELECT count(*) FROM doc WHERE doc @@@ '{"term": {"title": "fox"}}';
SET enable_seqscan = on; SET enable_bitmapscan = off; SET enable_indexscan = off;
SELECT count(*) FROM doc WHERE doc @@@ '{"term": {"title": "fox"}}';
RESET enable_seqscan; RESET enable_bitmapscan; RESET enable_indexscan;
-- What it was built with stays until it is built again; scores change at once.
ALTER INDEX searched SET (mapping = '{}', k1 = 1.2);
SELECT needs_reindex FROM quidditch.index_stats('searched');
SELECT count(*) FROM doc WHERE doc @@@ '{"term": {"title": "fox"}}';
REINDEX INDEX searched;
SELECT needs_reindex FROM quidditch.index_stats('searched');
SELECT count(*) FROM doc WHERE doc @@@ '{"term": {"title": "fox"}}';
ALTER INDEX searched RESET (mapping, k1, b);
SELECT failure('ALTER INDEX searched SET (mapping = ''{"properties": 5}'')');
SELECT failure('ALTER INDEX searched SET (fastupdate = off)');
SELECT reloptions FROM pg_class WHERE relname = 'searched';
-- Plans: few rows by the index, many without; the best ones by the index alone.
EXPLAIN (COSTS OFF) SELECT id FROM doc WHERE doc @@@ '{"term": {"n": 5}}';
EXPLAIN (COSTS OFF) SELECT id FROM doc WHERE doc @@@ '{"match_all": {}}';
EXPLAIN (COSTS OFF) SELECT id FROM doc WHERE doc @@@ '{"match": {"title": "7"}}' ORDER BY doc <@> '{"match": {"title": "7"}}' LIMIT 3;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM doc WHERE doc @@@ '{"range": {"n": {"lt": 20}}}' AND kind = 'even';
EXPLAIN (COSTS OFF) SELECT id FROM doc WHERE doc @@@ '{"term": {"n": 5}}' OR doc @@@ '{"term": {"n": 6}}';
SELECT id FROM doc WHERE doc @@@ '{"term": {"n": 5}}' OR doc @@@ '{"term": {"n": 6}}' ORDER BY id;
-- The query from another table.
CREATE TABLE wanted (id int, query jsonb);
INSERT INTO wanted VALUES (1, '{"term": {"n": 17}}'), (2, '{"match": {"title": "290"}}'), (3, NULL), (4, '{"match_none": {}}'), (5, '{"range": {"n": {"gte": 2999}}}');
SET enable_bitmapscan = off;
SELECT plan('SELECT w.id, d.id FROM wanted w JOIN doc d ON d.doc @@@ w.query ORDER BY 1, 2');
SELECT w.id, d.id FROM wanted w JOIN doc d ON d.doc @@@ w.query ORDER BY 1, 2;
SELECT w.id, (SELECT d.id FROM doc d WHERE d.doc @@@ w.query ORDER BY d.doc <@> w.query, d.id LIMIT 1) FROM wanted w ORDER BY 1;
RESET enable_bitmapscan;
-- Prepared statements, with plans that don't know the query.
SET plan_cache_mode = force_generic_plan;
PREPARE search (jsonb) AS SELECT count(*), min(id) FROM doc WHERE doc @@@ $1;
EXPLAIN (COSTS OFF) EXECUTE search('{"term": {"n": 5}}');
EXECUTE search('{"term": {"n": 5}}');
EXECUTE search('{"match": {"title": "fox"}}');
EXECUTE search(NULL);
SELECT failure($$EXECUTE search('{"trem": {"n": 5}}')$$);
PREPARE best (jsonb, int) AS SELECT id FROM doc WHERE doc @@@ $1 ORDER BY doc <@> $1 LIMIT $2;
EXECUTE best('{"match": {"title": "dog 7"}}', 1);
EXECUTE best('{"match": {"title": "dog 8"}}', 1);
DEALLOCATE ALL;
RESET plan_cache_mode;
-- Cursors go on where they were, backwards too, and see what was there when they were opened.
BEGIN;
DECLARE forwards CURSOR FOR SELECT id FROM doc WHERE doc @@@ '{"range": {"n": {"lte": 3}}}';
DECLARE ranked SCROLL CURSOR FOR SELECT id FROM doc WHERE doc @@@ '{"terms": {"n": [4, 5, 6]}}'
    ORDER BY doc <@> '{"bool": {"should": [{"term": {"n": {"value": 5, "boost": 3}}}, {"term": {"n": {"value": 6, "boost": 2}}}, {"term": {"n": 4}}]}}';
FETCH 1 FROM forwards;
DELETE FROM doc WHERE id = 2;
INSERT INTO doc VALUES (10000, 'new', '{"n": 3}');
FETCH ALL FROM forwards;
FETCH 2 FROM ranked;
FETCH ALL FROM ranked;
FETCH BACKWARD 2 FROM ranked;
FETCH FIRST FROM ranked;
FETCH LAST FROM ranked;
FETCH NEXT FROM ranked;
ROLLBACK;
-- Subtransactions that are rolled back leave nothing that is seen.
BEGIN;
INSERT INTO doc VALUES (10001, 'new', '{"n": 10001}');
SAVEPOINT s;
INSERT INTO doc VALUES (10002, 'new', '{"n": 10002}');
UPDATE doc SET doc = '{"n": 10003}' WHERE id = 10001;
SELECT id, doc FROM doc WHERE doc @@@ '{"range": {"n": {"gt": 10000}}}' ORDER BY id;
ROLLBACK TO s;
SELECT id, doc FROM doc WHERE doc @@@ '{"range": {"n": {"gt": 10000}}}' ORDER BY id;
SAVEPOINT s;
CREATE INDEX other ON doc USING quidditch (doc);
ROLLBACK TO s;
COMMIT;
SELECT id, doc FROM doc WHERE doc @@@ '{"range": {"n": {"gt": 10000}}}' ORDER BY id;
SELECT quidditch.check_index('searched', true);
-- Expressions, and a condition.
CREATE INDEX within ON doc USING quidditch ((doc -> 'in'));
CREATE INDEX part ON doc USING quidditch ((doc || '{"a": 1}')) WHERE kind = 'odd';
ANALYZE doc;
EXPLAIN (COSTS OFF) SELECT id FROM doc WHERE doc -> 'in' @@@ '{"term": {"n": -8}}';
SELECT id FROM doc WHERE doc -> 'in' @@@ '{"term": {"n": -8}}';
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM doc WHERE (doc || '{"a": 1}') @@@ '{"term": {"n": 9}}' AND kind = 'odd';
SELECT id FROM doc WHERE (doc || '{"a": 1}') @@@ '{"term": {"n": 9}}' AND kind = 'odd';
SELECT plan($$SELECT id FROM doc WHERE (doc || '{"a": 1}') @@@ '{"term": {"n": 9}}'$$);
RESET enable_bitmapscan;
SELECT documents FROM quidditch.index_stats('part');
DROP INDEX within, part;
-- Rows without a document are in the order, last, and match nothing.
INSERT INTO doc VALUES (10004, 'new', NULL), (10005, 'new', 'null');
SELECT id FROM doc WHERE doc @@@ '{"bool": {"must_not": {"exists": {"field": "n"}}}}';
SELECT id, doc <@> '{"terms": {"n": [4, 5]}}' FROM doc WHERE kind <> 'odd' ORDER BY doc <@> '{"terms": {"n": [4, 5]}}' LIMIT 1;
SELECT count(*) FROM (SELECT id FROM doc ORDER BY doc <@> '{"match": {"title": "fox"}}') AS s;
-- TRUNCATE, committed, rolled back, and of a table that is new.
BEGIN;
TRUNCATE doc;
SELECT count(*) FROM doc WHERE doc @@@ '{"exists": {"field": "n"}}';
INSERT INTO doc VALUES (1, 'new', '{"n": 1}');
SELECT count(*) FROM doc WHERE doc @@@ '{"exists": {"field": "n"}}';
ROLLBACK;
SELECT count(*) FROM doc WHERE doc @@@ '{"exists": {"field": "n"}}';
BEGIN;
CREATE TABLE fresh (doc jsonb);
INSERT INTO fresh VALUES ('{"a": 1}');
CREATE INDEX ON fresh USING quidditch (doc) WITH (mapping = '{"properties": {"a": {"type": "long"}}}');
SELECT count(*) FROM fresh WHERE doc @@@ '{"term": {"a": 1}}';
TRUNCATE fresh;
SELECT count(*) FROM fresh WHERE doc @@@ '{"term": {"a": 1}}';
INSERT INTO fresh VALUES ('{"a": 1}'), ('{"a": 2}');
SELECT count(*) FROM fresh WHERE doc @@@ '{"term": {"a": 1}}';
COMMIT;
SELECT count(*) FROM fresh WHERE doc @@@ '{"term": {"a": 1}}';
SELECT quidditch.check_index('fresh_doc_idx', true);
-- Rewrites, of the table and of the index.
ALTER TABLE doc ALTER COLUMN other TYPE int USING length(other);
SELECT quidditch.check_index('searched', true);
CLUSTER doc USING doc_pkey;
VACUUM FULL doc;
ALTER TABLE doc SET UNLOGGED;
ALTER TABLE doc SET LOGGED;
SELECT quidditch.check_index('searched', true);
REINDEX INDEX CONCURRENTLY searched;
REINDEX TABLE doc;
SELECT count(*) FROM doc WHERE doc @@@ '{"match": {"title": "fox"}}';
-- A column dropped before it.
ALTER TABLE doc DROP COLUMN kind;
INSERT INTO doc (id, doc) VALUES (10006, '{"n": 10006}');
SELECT id FROM doc WHERE doc @@@ '{"term": {"n": 10006}}';
SELECT quidditch.check_index('searched', true);
CREATE INDEX CONCURRENTLY second ON doc USING quidditch (doc);
SELECT quidditch.check_index('second', true);
DROP INDEX CONCURRENTLY second;
-- Unlogged and temporary tables.
CREATE UNLOGGED TABLE unlogged (doc jsonb);
CREATE INDEX ON unlogged USING quidditch (doc);
INSERT INTO unlogged SELECT jsonb_build_object('n', i) FROM generate_series(1, 2000) AS i;
SELECT count(*) FROM unlogged WHERE doc @@@ '{"range": {"n": {"lt": 11}}}';
SELECT quidditch.check_index('unlogged_doc_idx', true);
CREATE TEMPORARY TABLE passing (doc jsonb) ON COMMIT DELETE ROWS;
CREATE INDEX ON passing USING quidditch (doc);
BEGIN;
INSERT INTO passing SELECT jsonb_build_object('n', i) FROM generate_series(1, 2000) AS i;
SELECT count(*) FROM passing WHERE doc @@@ '{"range": {"n": {"lt": 11}}}';
COMMIT;
SELECT count(*) FROM passing WHERE doc @@@ '{"range": {"n": {"lt": 11}}}';
DROP TABLE passing;
-- Partitions: those attached and created later get the index.
CREATE TABLE whole (id int, doc jsonb) PARTITION BY RANGE (id);
CREATE TABLE low PARTITION OF whole FOR VALUES FROM (0) TO (100);
CREATE INDEX whole_doc ON whole USING quidditch (doc) WITH (k1 = 2);
CREATE TABLE high PARTITION OF whole FOR VALUES FROM (100) TO (200);
CREATE TABLE top (LIKE whole);
INSERT INTO top VALUES (250, '{"n": 250, "t": "fox"}');
ALTER TABLE whole ATTACH PARTITION top FOR VALUES FROM (200) TO (300);
INSERT INTO whole SELECT i, jsonb_build_object('n', i, 't', repeat('fox ', 1 + i / 50)) FROM generate_series(0, 199) AS i;
SELECT relname, reloptions FROM pg_class WHERE relname ~ '^(low|high|top)_doc' ORDER BY 1;
EXPLAIN (COSTS OFF) SELECT id FROM whole WHERE doc @@@ '{"terms": {"n": [50, 150, 250]}}';
SELECT id FROM whole WHERE doc @@@ '{"terms": {"n": [50, 150, 250]}}' ORDER BY id;
SET enable_sort = off; SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM whole WHERE doc @@@ '{"match": {"t": "fox"}}' ORDER BY doc <@> '{"match": {"t": "fox"}}' LIMIT 2;
SELECT id FROM whole WHERE doc @@@ '{"match": {"t": "fox"}}' ORDER BY doc <@> '{"match": {"t": "fox"}}' LIMIT 1;
RESET enable_sort; RESET enable_bitmapscan;
SELECT failure($$SELECT quidditch.check_index('whole_doc')$$);
UPDATE whole SET id = id + 100 WHERE id = 42;
SELECT id FROM whole WHERE doc @@@ '{"term": {"n": 42}}';
ALTER TABLE whole DETACH PARTITION low;
SELECT quidditch.check_index('low_doc_idx', true);
DROP TABLE low, whole;
-- Looking after an index.
DELETE FROM doc WHERE id % 2 = 0;
INSERT INTO doc (id, doc) SELECT i, jsonb_build_object('n', i) FROM generate_series(20000, 20099) AS i;
VACUUM doc;
SELECT documents - dead AS live FROM quidditch.index_stats('searched');
SELECT quidditch.merge_index('searched');
SELECT documents, dead, pending, segments FROM quidditch.index_stats('searched');
SELECT count(*) FROM doc WHERE doc @@@ '{"exists": {"field": "n"}}';
SELECT quidditch.check_index('searched', true);
-- Of what isn't an index of this kind.
SELECT failure($$SELECT quidditch.check_index('doc')$$);
SELECT failure($$SELECT quidditch.merge_index('doc_pkey')$$);
SELECT failure($$SELECT quidditch.index_stats('doc_pkey')$$);
SELECT quidditch.check_index(NULL), quidditch.merge_index(NULL);
SELECT * FROM quidditch.index_stats(NULL);
-- Only a table's owner may do that, who needs no other rights.
CREATE ROLE index_owner;
CREATE ROLE index_reader;
GRANT ALL ON SCHEMA test TO index_owner;
GRANT SELECT ON doc TO index_reader;
SET ROLE index_reader;
SELECT failure($$SELECT quidditch.check_index('searched')$$);
SELECT failure($$SELECT quidditch.merge_index('searched')$$);
SELECT failure($$SELECT * FROM quidditch.index_stats('searched')$$);
SELECT count(*) FROM doc WHERE doc @@@ '{"term": {"n": 5}}';
SET ROLE index_owner;
CREATE TABLE own (doc jsonb);
INSERT INTO own VALUES ('{"a": 1}');
CREATE INDEX ON own USING quidditch (doc);
SELECT quidditch.check_index('own_doc_idx', true), quidditch.merge_index('own_doc_idx');
SELECT documents FROM quidditch.index_stats('own_doc_idx');
RESET ROLE;
DROP OWNED BY index_owner, index_reader;
DROP ROLE index_owner, index_reader;
-- It is an access method like others.
SELECT amname, amhandler, amtype FROM pg_am WHERE amname = 'quidditch';
SELECT amvalidate(oid) FROM pg_opclass WHERE opcmethod = (SELECT oid FROM pg_am WHERE amname = 'quidditch');
SELECT name, pg_indexam_has_property((SELECT oid FROM pg_am WHERE amname = 'quidditch'), name) AS am FROM unnest('{can_order,can_unique,can_multi_col,can_exclude,can_include}'::text[]) AS name;
SELECT name, pg_index_has_property('searched', name) AS index FROM unnest('{clusterable,index_scan,bitmap_scan,backward_scan}'::text[]) AS name;
SELECT name, pg_index_column_has_property('searched', 1, name) AS key FROM unnest('{asc,orderable,distance_orderable,returnable,search_array,search_nulls}'::text[]) AS name;
DROP INDEX searched;
SELECT count(*) FROM doc WHERE doc @@@ '{"term": {"n": 5}}';
