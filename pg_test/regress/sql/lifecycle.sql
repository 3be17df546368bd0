-- An index through what PostgreSQL does with it: each answer is compared with the one without it.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
SET client_min_messages = warning;
CREATE FUNCTION answers(use_index boolean, relation regclass, condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
    PERFORM set_config('enable_seqscan', (NOT use_index)::text, true), set_config('enable_indexscan', use_index::text, true),
        set_config('enable_bitmapscan', use_index::text, true);
    EXECUTE format('SELECT count(*) || '' '' || coalesce(sum(id), 0) FROM %s WHERE %s', relation, condition) INTO found;
    RETURN found;
END $$;
-- What queries find, and whether index and table agree with each other and with the index's own check.
CREATE FUNCTION same(relation regclass, index regclass) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM quidditch.check_index(index, true);
    RETURN QUERY SELECT CASE WHEN a.with = a.without THEN a.with ELSE format('with %s, without %s: %s', a.with, a.without, c) END
    FROM unnest(ARRAY[$q$doc @@@ '{"match": {"title": "seven"}}'$q$, $q$doc @@@ '{"term": {"c": "even"}}'$q$,
        $q$doc @@@ '{"range": {"n": {"gte": 10, "lt": 500}}}'$q$, $q$doc @@@ '{"match_phrase": {"title": "word seven"}}'$q$,
        $q$doc @@@ '{"bool": {"must": {"term": {"c": "odd"}}, "must_not": {"match": {"title": "three"}}}}'$q$]) AS c,
    LATERAL (SELECT answers(true, relation, c) AS with, answers(false, relation, c) AS without) AS a;
END $$;
CREATE FUNCTION document(i int) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('n', i, 'c', CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END,
        'title', 'word ' || (ARRAY['one', 'three', 'five', 'seven'])[i % 4 + 1] || ' of ' || md5(i::text))
$$;

-- Built from rows, in less memory than they take.
CREATE TABLE docs (id int, doc jsonb) WITH (autovacuum_enabled = off);
INSERT INTO docs SELECT i, document(i) FROM generate_series(1, 20000) AS i;
INSERT INTO docs VALUES (0, NULL);
SET maintenance_work_mem = '1MB';
CREATE INDEX docs_index ON docs USING quidditch (doc);
RESET maintenance_work_mem;
SELECT * FROM same('docs', 'docs_index');
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM docs WHERE doc @@@ '{"term": {"n": 77}}';
RESET enable_bitmapscan;
-- The best by score, in the order that sorting gives.
CREATE FUNCTION best(use_index boolean) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('enable_seqscan', (NOT use_index)::text, true), set_config('enable_indexscan', use_index::text, true), set_config('enable_sort', (NOT use_index)::text, true);
    RETURN (SELECT string_agg(round(s::numeric, 6)::text, ' ') FROM (
        SELECT doc <@> '{"match": {"title": "seven"}}' AS s FROM docs WHERE doc @@@ '{"match": {"title": "seven"}}'
        ORDER BY doc <@> '{"match": {"title": "seven"}}' LIMIT 3) AS q);
END $$;
SELECT best(true) = best(false);
-- Pending documents, changed rows, removed ones, what VACUUM makes of them, and a row in a place that was freed.
INSERT INTO docs SELECT i, document(i) FROM generate_series(20001, 21000) AS i;
SELECT * FROM same('docs', 'docs_index');
UPDATE docs SET doc = document(id + 1) WHERE id % 10 = 0;
DELETE FROM docs WHERE id % 3 = 0;
SELECT * FROM same('docs', 'docs_index');
VACUUM docs;
SELECT * FROM same('docs', 'docs_index');
INSERT INTO docs SELECT i, document(i) FROM generate_series(30000, 34000) AS i;
SELECT * FROM same('docs', 'docs_index');
VACUUM (PARALLEL 2, INDEX_CLEANUP ON) docs;
SELECT quidditch.merge_index('docs_index');
SELECT * FROM same('docs', 'docs_index');
SELECT documents = (SELECT count(*) FROM docs), dead, pending, segments FROM quidditch.index_stats('docs_index');
-- No scan of the index alone, even where no column is wanted: rows that VACUUM removed meanwhile would be counted.
BEGIN;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM docs;
SELECT count(*) = (SELECT documents FROM quidditch.index_stats('docs_index')) FROM docs;
COMMIT;
-- What is rolled back.
BEGIN;
SAVEPOINT s;
INSERT INTO docs SELECT i, document(i) FROM generate_series(40000, 40100) AS i;
SELECT answers(true, 'docs', $$doc @@@ '{"range": {"n": {"gte": 40000}}}'$$);
ROLLBACK TO s;
SELECT answers(true, 'docs', $$doc @@@ '{"range": {"n": {"gte": 40000}}}'$$);
COMMIT;
-- New files of it.
REINDEX INDEX docs_index;
SELECT * FROM same('docs', 'docs_index');
REINDEX INDEX CONCURRENTLY docs_index;
SELECT * FROM same('docs', 'docs_index');
VACUUM FULL docs;
SELECT * FROM same('docs', 'docs_index');
TRUNCATE docs;
INSERT INTO docs SELECT i, document(i) FROM generate_series(1, 100) AS i;
SELECT * FROM same('docs', 'docs_index');
DROP INDEX CONCURRENTLY docs_index;
CREATE INDEX CONCURRENTLY docs_index ON docs USING quidditch (doc);
SELECT * FROM same('docs', 'docs_index');
-- Without a log, and temporary.
CREATE UNLOGGED TABLE unlogged (id int, doc jsonb);
CREATE INDEX unlogged_index ON unlogged USING quidditch (doc);
INSERT INTO unlogged SELECT i, document(i) FROM generate_series(1, 1000) AS i;
VACUUM unlogged;
SELECT * FROM same('unlogged', 'unlogged_index');
ALTER TABLE unlogged SET LOGGED;
SELECT * FROM same('unlogged', 'unlogged_index');
CREATE TEMPORARY TABLE temporary (id int, doc jsonb);
CREATE INDEX temporary_index ON temporary USING quidditch (doc);
INSERT INTO temporary SELECT i, document(i) FROM generate_series(1, 1000) AS i;
DELETE FROM temporary WHERE id < 500;
VACUUM temporary;
SELECT * FROM same('temporary', 'temporary_index');
-- With a second index, and of a part of the rows.
CREATE INDEX docs_id ON docs (id);
SET enable_seqscan = off;
SELECT count(*) FROM docs WHERE doc @@@ '{"term": {"c": "even"}}' AND id < 50;
SELECT count(*) FROM docs WHERE doc @@@ '{"match": {"title": "one"}}' OR id = 2;
CREATE INDEX docs_part ON docs USING quidditch (doc) WHERE id > 50;
SELECT quidditch.check_index('docs_part', true);
SELECT count(*) FROM docs WHERE doc @@@ '{"term": {"c": "even"}}' AND id > 50;
