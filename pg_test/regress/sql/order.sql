-- Scores of rows that an ordered scan has just returned: the scan knows them, and answers for nothing else.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
CREATE TABLE two (id int PRIMARY KEY, a jsonb, b jsonb, note text) WITH (fillfactor = 50, autovacuum_enabled = false);
INSERT INTO two VALUES (1, '{"k": "x"}', '{"k": "y"}'), (2, '{"k": "y"}', '{"k": "x"}'), (3, '{"k": "x"}', '{"k": "x"}'), (4, NULL, '{"k": "x"}');
CREATE INDEX two_a ON two USING quidditch (a);
SET enable_seqscan = off;
SET enable_sort = off;
-- By one column, of another column too; then by a query that isn't the order's.
\set three '{"term": {"k": {"value": "x", "boost": 3}}}'
\set five '{"term": {"k": {"value": "x", "boost": 5}}}'
SELECT plan(format('SELECT id FROM two ORDER BY a <@> %L', :'three'));
SELECT id, a <@> :'three' AS a, b <@> :'three' AS b, a <@> :'five' AS five FROM two ORDER BY a <@> :'three';
SELECT id, (a || '{}') <@> :'three' AS other, a <@> :'three' AS a FROM two WHERE a @@@ :'three' ORDER BY a <@> :'three';
-- Rows that were updated in place, whose index entry is that of their first version.
UPDATE two SET note = 'new', b = a WHERE id = 1;
UPDATE two SET note = 'newer', b = '{"k": "x"}' WHERE id = 1;
SELECT id, note, a <@> :'three' AS a, b <@> :'three' AS b FROM two ORDER BY a <@> :'three' LIMIT 2;
-- One scan within another, each with its own row.
SELECT o.id, i.id, o.a <@> :'three' AS outer, i.a <@> :'five' AS inner, i.a <@> :'three' AS other
    FROM (SELECT * FROM two ORDER BY a <@> :'three' LIMIT 2) AS o,
    LATERAL (SELECT * FROM two ORDER BY a <@> (:'five'::jsonb || jsonb_strip_nulls(jsonb_build_object('z', nullif(o.id, o.id)))) LIMIT 2) AS i;
-- A row that was returned with older statistics: documents that are the same have the same score in a statement.
INSERT INTO two SELECT i, '{"k": "fox"}' FROM generate_series(11, 20) AS i;
BEGIN;
DECLARE c CURSOR FOR SELECT id, round((a <@> '{"match": {"k": "fox"}}')::numeric, 6) FROM two WHERE a @@@ '{"match": {"k": "fox"}}' ORDER BY a <@> '{"match": {"k": "fox"}}';
CREATE TEMP TABLE before AS SELECT DISTINCT a <@> '{"match": {"k": "fox"}}' AS score FROM two WHERE id > 10;
FETCH 3 FROM c;
INSERT INTO two SELECT i, '{"k": "hen"}' FROM generate_series(101, 900) AS i;
SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = off;
SELECT count(*), count(DISTINCT a <@> '{"match": {"k": "fox"}}') AS scores, bool_or(a <@> '{"match": {"k": "fox"}}' = score) AS stale
    FROM two, before WHERE id BETWEEN 11 AND 20;
FETCH 1 FROM c;
COMMIT;
-- The same where the value lies outside of the row.
INSERT INTO two VALUES (1000, jsonb_build_object('k', 'x', 'long', (SELECT string_agg(md5(i::text), ' ') FROM generate_series(1, 3000) AS i)));
SELECT id, a <@> :'three' AS a, pg_column_size(a) > 8000 AS is_long FROM two WHERE a @@@ '{"exists": {"field": "long"}}' ORDER BY a <@> :'three';
-- Functions that search while a scan is open.
CREATE FUNCTION best(query jsonb) RETURNS int LANGUAGE plpgsql STABLE AS $$BEGIN RETURN (SELECT id FROM two ORDER BY a <@> query LIMIT 1); END$$;
SELECT id, a <@> :'three' AS a, best(:'five') AS best FROM two WHERE a @@@ :'three' ORDER BY a <@> :'three' LIMIT 2;
-- A scan that failed on the way answers nothing afterwards.
SELECT failure(format('SELECT 1 / (id - 3), a <@> %L FROM two ORDER BY a <@> %L', :'three', :'three'));
SELECT id, a <@> :'three' AS a FROM two WHERE id = 3;
-- A cursor that failed after a savepoint has a scan still, but no row.
BEGIN;
DECLARE c CURSOR FOR SELECT 1 / (id - 11), a <@> '{"match": {"k": "fox"}}' FROM two WHERE a @@@ '{"match": {"k": "fox"}}' ORDER BY a <@> '{"match": {"k": "fox"}}';
SAVEPOINT s;
FETCH c;
ROLLBACK TO s;
INSERT INTO two SELECT i, '{"k": "hen"}' FROM generate_series(2001, 9000) AS i;
SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off;
SELECT count(*), count(DISTINCT a <@> '{"match": {"k": "fox"}}') AS scores FROM two WHERE id BETWEEN 11 AND 20;
DROP INDEX two_a;
SELECT id, a <@> :'three' AS a FROM two WHERE id = 3;
ROLLBACK;
-- An inner scan that stopped at its LIMIT, ordered by a query that was where the next row's query is now.
CREATE TABLE part (id int, doc jsonb) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (1000);
INSERT INTO part SELECT i, jsonb_build_object('n', i) FROM generate_series(1, 500) AS i;
CREATE INDEX ON part_1 USING quidditch (doc);
ANALYZE part;
SELECT count(own) AS own, count(best) AS best, count(*) FILTER (WHERE best <> id + 1) AS wrong FROM (
    SELECT id, own, (SELECT b.id FROM part AS b ORDER BY b.doc <@> a.q LIMIT 1) AS best
    FROM (SELECT id, x.doc <@> x.q AS own, x.q FROM (
        SELECT id, doc, jsonb_build_object('term', jsonb_build_object('n', id + 1)) AS q FROM part OFFSET 0) AS x OFFSET 0) AS a OFFSET 0) AS s
    WHERE id < 500;
-- Partitions whose indexes have no common one: their scores can't be compared, with or without them.
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (1000) TO (2000);
INSERT INTO part VALUES (1, '{"t": "fox"}'), (1001, '{"t": "fox"}'), (1002, '{"t": "fox"}');
CREATE INDEX ON part_2 USING quidditch (doc);
SET enable_seqscan = on;
SELECT id, doc <@> '{"match": {"t": "fox"}}' AS score FROM part ORDER BY doc <@> '{"match": {"t": "fox"}}' LIMIT 2;
SET enable_indexscan = off;
SELECT id, doc <@> '{"match": {"t": "fox"}}' AS score FROM part ORDER BY doc <@> '{"match": {"t": "fox"}}' LIMIT 2;
RESET enable_indexscan;
-- A view's reader, where planning takes the statistics of the index over all rows and the scan that of some.
CREATE INDEX two_some ON two USING quidditch (a) WHERE id < 100;
CREATE VIEW foxes AS SELECT id, a <@> '{"match": {"k": "fox"}}' AS score FROM two WHERE id < 100 ORDER BY a <@> '{"match": {"k": "fox"}}' LIMIT 2;
SELECT plan('SELECT * FROM foxes');
CREATE ROLE regress_reader;
GRANT SELECT ON foxes TO regress_reader;
SET enable_seqscan = off;
SET ROLE regress_reader;
SELECT id, score < 0 AS scored FROM foxes;
RESET ROLE;
DROP VIEW foxes;
DROP ROLE regress_reader;
