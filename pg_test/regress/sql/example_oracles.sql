-- UDFs in udfs/ against what SQL computes, over generated documents. Only what differs is printed.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
\cd :suites
\cd ../../udfs
CREATE TABLE example (udf jsonb, module bytea, cases jsonb);
\set add :suites '/example.sql'
\set distances :suites '/string_distances.sql'
\i :distances
\set udf date_range
\i :add
\set udf relevance_boost
\i :add
SELECT count(quidditch.register_udf(udf ->> 'name', udf ->> 'version', module, udf -> 'metadata')) FROM example;
SET timezone = 'UTC';
SET datestyle = ISO;
SELECT setseed(0.5);

-- string_distance: a text and another with a few edits, of few different letters, on both sides of 64 code points.
CREATE FUNCTION distance(a text, b text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    letters text[] := string_to_array(b, NULL);
    above int[] := ARRAY(SELECT generate_series(0, length(b)));
    cells int[];
BEGIN
    FOR i IN 1 .. length(a) LOOP
        cells := ARRAY[i];
        FOR j IN 1 .. length(b) LOOP
            cells[j + 1] := least(above[j] + (substr(a, i, 1) <> letters[j])::int, above[j + 1] + 1, cells[j] + 1);
        END LOOP;
        above := cells;
    END LOOP;
    RETURN above[length(b) + 1];
END
$$;
SELECT distance('kitten', 'sitting'), distance('', 'ab'), distance('ab', ''), distance('', '');
CREATE FUNCTION letters(count int) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(substr('abé€😀', 1 + floor(random() * 5)::int, 1), ''), '') FROM generate_series(1, count)
$$;
CREATE TABLE pair AS
    WITH text AS MATERIALIZED (SELECT n, letters(CASE WHEN n % 8 = 0 THEN 60 + n / 8 % 9 ELSE n % 16 END) AS a FROM generate_series(1, 1000) AS n),
    edited AS MATERIALIZED (SELECT n, a, overlay(a PLACING letters(n % 3) FROM 1 + n % 7 FOR n % 4) AS b FROM text)
    SELECT a, overlay(b PLACING letters(n % 2) FROM 1 + length(b) / 2 FOR n % 3) AS b, n % 5 AS most FROM edited;
CREATE TABLE distances AS SELECT *, distance(a, b) <= most AS near FROM pair;
SELECT count(*) FILTER (WHERE near) BETWEEN 200 AND 800 AS both_outcomes FROM distances;
SELECT name, a, b, most, near FROM distances, quidditch.udfs
WHERE name LIKE 'string\_distance%' AND quidditch.call_udf(name, jsonb_build_object('name', a), jsonb_build_object('field', 'name', 'target', b, 'max_distance', most))::bool <> near;

-- date_range: PostgreSQL reads the same dates, filled up to whole timestamps. NULL is no date.
CREATE FUNCTION first_instant(date text, zone text) RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
    RETURN (date || substr('0001-01-01T00:00:00.000', length(date) + 1) || zone)::timestamptz;
EXCEPTION WHEN datetime_field_overflow THEN
    RETURN NULL;
END
$$;
-- The unit is added to the local time: a month has other days in another zone.
CREATE FUNCTION last_instant(date text, zone text) RETURNS timestamptz LANGUAGE sql AS $$
    SELECT CASE WHEN length(date) = 23 THEN first_instant(date, zone) ELSE (((first_instant(date, 'Z') AT TIME ZONE 'UTC' + CASE length(date)
        WHEN 4 THEN '1 year' WHEN 7 THEN '1 month' WHEN 10 THEN '1 day' WHEN 13 THEN '1 hour' WHEN 16 THEN '1 minute' ELSE '1 second' END::interval)::text
        || zone)::timestamptz - '1 millisecond'::interval) END
$$;
SELECT first_instant('2024-02', '+01:00'), last_instant('2024-02', '+01:00'), last_instant('2024-02-29T10:20:30.123', 'Z'), first_instant('2023-02-29', 'Z');
-- A date with an offset, of any precision; many of them are near each other, some don't exist.
CREATE FUNCTION two(low int, high int) RETURNS text LANGUAGE sql AS $$
    SELECT lpad((low + floor(random() * (high - low + 1)))::text, 2, '0')
$$;
CREATE TYPE dated AS (date text, zone text);
CREATE FUNCTION any_date(n int) RETURNS dated LANGUAGE sql AS $$
    SELECT substr(format('%s-%s-%sT%s:%s:%s.%s', (ARRAY['0001', '1900', '1999', '2000', '2023', '2024', '9998'])[1 + floor(random() * 7)],
            two(1, 12), two(1, 31), two(0, 23), two(0, 59), two(0, 59), lpad(floor(random() * 1000)::text, 3, '0')), 1, length),
        CASE WHEN length > 10 THEN (ARRAY['', 'Z', '+01:00', '-0330', '+14', '-11:59'])[1 + floor(random() * 6)] ELSE '' END
    FROM (SELECT (ARRAY[4, 7, 10, 13, 16, 19, 23])[1 + floor(random() * 7)] AS length OFFSET 0) AS precision
$$;
-- Every other bound is the document's own date with its end left out. Documents hold milliseconds, too.
CREATE TABLE bounded AS
    SELECT n, d.date || d.zone AS date, first_instant(d.date, coalesce(nullif(d.zone, ''), 'Z')) AS at,
        CASE n % 2 WHEN 0 THEN substr(d.date, 1, length(f.date)) ELSE f.date END AS from_date, f.zone AS from_zone,
        CASE n / 2 % 2 WHEN 0 THEN substr(d.date, 1, length(t.date)) ELSE t.date END AS to_date, t.zone AS to_zone,
        (ARRAY['Z', '+01:00', '-08:00'])[1 + n % 3] AS time_zone
    FROM generate_series(1, 4000) AS n, any_date(n) AS d, any_date(n) AS f, any_date(n) AS t;
CREATE TABLE expected AS
    SELECT n, jsonb_build_object('at', CASE WHEN n % 8 = 0 AND at IS NOT NULL THEN to_jsonb((extract(epoch FROM at) * 1000)::bigint) ELSE to_jsonb(date) END) AS doc,
        from_text, to_text, time_zone,
        CASE WHEN first IS NULL OR last IS NULL THEN '"error"' ELSE to_jsonb(at IS NOT NULL AND at >= first AND at <= last) END AS answer
    FROM (SELECT *, from_date || from_offset AS from_text, to_date || to_offset AS to_text,
            first_instant(from_date, coalesce(nullif(from_offset, ''), time_zone)) AS first,
            last_instant(to_date, coalesce(nullif(to_offset, ''), time_zone)) AS last
        FROM (SELECT *, CASE WHEN length(from_date) > 10 THEN from_zone ELSE '' END AS from_offset,
                CASE WHEN length(to_date) > 10 THEN to_zone ELSE '' END AS to_offset FROM bounded) AS offsets) AS instants;
SELECT answer, count(*) > 50 AS often FROM expected GROUP BY answer ORDER BY answer;
CREATE FUNCTION answer(doc jsonb, parameters jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN quidditch.call_udf('date_range', doc, parameters);
EXCEPTION WHEN external_routine_exception THEN
    RETURN '"error"';
END
$$;
SELECT * FROM expected
WHERE answer(doc, jsonb_build_object('field', 'at', 'from', from_text, 'to', to_text, 'time_zone', time_zone)) <> answer ORDER BY n;
-- The clause range with the same bounds agrees.
SELECT * FROM expected WHERE answer <> '"error"' AND to_jsonb(doc @@@ jsonb_build_object('query', jsonb_build_object('range', jsonb_build_object('at',
    jsonb_build_object('gte', from_text, 'lte', to_text, 'time_zone', time_zone))), 'mapping', '{"properties": {"at": {"type": "date"}}}'::jsonb)) <> answer ORDER BY n;
-- What is wrong with a parameter is said.
SELECT failure(format($$SELECT quidditch.call_udf('date_range', '{}', '{"field": "at", "%s": "2023-02-29"}')$$, parameter))
FROM unnest('{from,to,time_zone}'::text[]) AS parameters(parameter);

-- relevance_boost: the order and the scores of script_score are those of the formula over the inner query's scores, with an
-- index and without one. Some documents have no popularity, and many have equal scores of the search.
CREATE TABLE product (id int PRIMARY KEY, doc jsonb);
INSERT INTO product SELECT n, jsonb_strip_nulls(jsonb_build_object('title', repeat('fox ', n % 4) || repeat('hen ', n % 7) || 'pen',
    'kind', CASE WHEN n % 3 = 0 THEN 'a' ELSE 'b' END, 'sold', CASE WHEN n % 10 > 0 THEN floor(random() * 1000) END)) FROM generate_series(1, 2000) AS n;
CREATE INDEX product_index ON product USING quidditch (doc);
ANALYZE product;
CREATE FUNCTION boosted(inner_query jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('script_score', jsonb_build_object('query', inner_query, 'wasm_udf',
        '{"name": "relevance_boost", "parameters": {"field": "sold", "pivot": 50, "weight": 3, "missing": 10}}'::jsonb))
$$;
\set match '{"match": {"title": "fox"}}'
\set term '{"term": {"kind": {"value": "a", "boost": 2.5}}}'
SELECT boosted(:'match') AS boosted_match, boosted(:'term') AS boosted_term \gset
CREATE VIEW matched AS SELECT id, doc, -(doc <@> :'match') AS score, 1 + 3 * (coalesce((doc ->> 'sold')::float8, 10) / (coalesce((doc ->> 'sold')::float8, 10) + 50)) AS boost
    FROM product WHERE doc @@@ :'match';
SELECT count(*) > 1000 AS many, count(DISTINCT score) AS scores, count(DISTINCT boost) > 500 AS boosts FROM matched;
SELECT count(*) FILTER (WHERE (-(doc <@> :'boosted_match') = score * boost) IS NOT TRUE) AS wrong FROM matched;
-- By rank: scores that are equal may stand in any order.
CREATE TABLE by_formula AS SELECT score * boost AS score, row_number() OVER (ORDER BY score * boost DESC) AS rank FROM matched;
SELECT plan(format('SELECT id FROM product ORDER BY doc <@> %L LIMIT 100', :'boosted_match'));
CREATE TABLE by_index AS SELECT *, row_number() OVER () AS rank
    FROM (SELECT id, -(doc <@> :'boosted_match') AS score FROM product ORDER BY doc <@> :'boosted_match' LIMIT 100) AS ordered;
SET enable_indexscan = off;
SELECT plan(format('SELECT id FROM product ORDER BY doc <@> %L LIMIT 100', :'boosted_match'));
CREATE TABLE by_sort AS SELECT *, row_number() OVER () AS rank
    FROM (SELECT id, -(doc <@> :'boosted_match') AS score FROM product ORDER BY doc <@> :'boosted_match' LIMIT 100) AS ordered;
SELECT rank, f.score, i.score, s.score FROM by_formula AS f FULL JOIN by_index AS i USING (rank) FULL JOIN by_sort AS s USING (rank)
WHERE rank <= 100 AND (f.score = i.score AND i.score = s.score) IS NOT TRUE ORDER BY rank;
-- A query that needs no statistics, in a table without an index. A document that doesn't match has no score.
RESET enable_indexscan;
DROP INDEX product_index;
SELECT count(*) AS matching, count(*) FILTER (WHERE score = 2.5 * (1 + 3 * (sold / (sold + 50)))) AS right,
    count(*) FILTER (WHERE score > 2.5 * 3) BETWEEN 1 AND 666 AS some_popular
FROM (SELECT -(doc <@> :'boosted_term') AS score, coalesce((doc ->> 'sold')::float8, 10) AS sold FROM product) AS scored WHERE score IS NOT NULL;
SELECT failure(format('SELECT doc <@> %L FROM product', :'boosted_match'));
SELECT failure(format($$SELECT quidditch.call_udf('relevance_boost', '{}', '{"%s": -1}')$$, parameter)) FROM unnest('{pivot,weight}'::text[]) AS parameters(parameter);
-- In SQL there are numbers that JSON has not. Beside an infinite pivot nothing is popular.
CREATE FUNCTION boost(doc jsonb, field text, pivot float8, weight float8, missing float8) RETURNS float8 LANGUAGE wasm AS 'relevance_boost@1.0.0#boost';
SELECT failure(format('SELECT boost(''{}'', ''sold'', %s)', numbers)) FROM unnest(ARRAY['''NaN'', 1, 0', '1, ''NaN'', 0', '1, ''Infinity'', 0', '1, 1, ''NaN''', '1, 1, ''-Infinity''']) AS numbers;
SELECT boost('{}', 'sold', 'Infinity', 1, 5);
