-- udfs/json_path, compared with PostgreSQL's jsonb_path_exists for generated documents and paths.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
\cd :suites
\cd ../../udfs/json_path
\set description `cat udf.json`
\set module `base64 -w0 json_path.wasm`
SELECT quidditch.register_udf(udf ->> 'name', udf ->> 'version', decode(:'module', 'base64'), udf -> 'metadata') ->> 'success'
FROM (SELECT :'description'::jsonb) AS described(udf);

-- The same numbers in every run: the n-th of a seed, below a bound.
CREATE FUNCTION random(seed text, n int, bound int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT ('x' || left(md5(seed || ' ' || n), 7))::bit(28)::int % bound
$$;

-- A value as deep as that, of few keys and scalars, so that paths meet them.
CREATE FUNCTION generated(seed text, depth int) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    -- 0 is a scalar, 1 and 2 are arrays, the rest objects.
    kind int := CASE WHEN depth > 0 THEN random(seed, 0, 7) ELSE 0 END;
BEGIN
    IF kind >= 3 THEN
        RETURN (SELECT coalesce(jsonb_object_agg(key, generated(seed || key, depth - 1)), '{}')
            FROM (SELECT DISTINCT ('{a,b,c,"k.w","q\"t\\\\",é😀}'::text[])[1 + random(seed, n, 6)] AS key
                FROM generate_series(1, 2 + random(seed, 9, 9)) AS n) AS keys);
    ELSIF kind >= 1 THEN
        RETURN (SELECT coalesce(jsonb_agg(generated(seed || n, depth - 1) ORDER BY n), '[]')
            FROM generate_series(1, random(seed, 9, 5)) AS n);
    ELSE
        RETURN ('[1, 2, 10, -1.5, 0.25, 12345678901234567890, true, false, null, "", "a", "ab", "b", "1", "10", "\"\n", "é", "\uffee", "😀"]'::jsonb)
            -> random(seed, 1, 19);
    END IF;
END
$$;

-- Up to four steps of any kind. Each is written twice: for the UDF, and as PostgreSQL has it. Strict mode doesn't unwrap
-- arrays, which JSONPath (RFC 9535) doesn't either; behind `.**` a value of another type selects nothing instead of being an
-- error, and `.**{0}` is the value itself. `.**{1}` is everything one level below, in an object or an array.
CREATE TABLE step (n int, written text, wanted text);
INSERT INTO step VALUES (0, '.a', '."a"'), (1, '[''b'']', '."b"'), (2, '.c', '."c"'), (3, '["k.w"]', '."k.w"'),
    (4, '[''q"t\\'']', '."q\"t\\"'), (5, '.é😀', '."é😀"'), (6, '[0]', '[0]'), (7, '[1]', '[1]'),
    (8, '[-1]', '[last]'), (9, '[-2]', '[last - 1]'), (10, '.*', '.**{1}'), (11, '[*]', '.**{1}'),
    (12, '..a', '.**."a"'), (13, '..["q\"t\\"]', '.**."q\"t\\"'), (14, '..*', '.**.**{1}'), (15, '..[1]', '.**[1]');
CREATE TABLE path AS
    SELECT '$' || string_agg(written, '' ORDER BY position) AS written, 'strict $.**{0}' || string_agg(wanted, '' ORDER BY position) AS wanted
    FROM generate_series(1, 1000) AS nth, generate_series(0, 3) AS position, step
    WHERE step.n = random('step ' || position, nth, 16) AND position <= random('length', nth, 4)
    GROUP BY nth;

-- What is compared: by type, so that PostgreSQL knows an answer to each.
CREATE FUNCTION filter(op text, value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE op
        WHEN 'exists' THEN ''
        WHEN 'contains' THEN format(' ? (@ like_regex %s flag "q")', to_json(value))
        WHEN 'ne' THEN format(' ? (!(%s))', conditions)
        ELSE format(' ? (%s)', conditions) END
    FROM (SELECT string_agg(format('@.type() == "%s" && @ %s %s', type, symbol, literal), ' || ') AS conditions
        FROM (VALUES ('eq', '=='), ('ne', '=='), ('lt', '<'), ('le', '<='), ('gt', '>'), ('ge', '>=')) AS operators(name, ordered),
            LATERAL (SELECT 'string' AS type, to_json(value)::text AS literal
                UNION ALL SELECT 'number', value WHERE value ~ '^-?[0-9.]+$'
                UNION ALL SELECT 'boolean', value WHERE value IN ('true', 'false')
                UNION ALL SELECT 'null', value WHERE value = 'null') AS literals,
            -- True, false and null have no order, but are at most and at least themselves.
            LATERAL (SELECT CASE WHEN type IN ('string', 'number') THEN ordered WHEN op NOT IN ('lt', 'gt') THEN '==' END AS symbol) AS symbols
        WHERE name = op AND symbol IS NOT NULL) AS each
$$;
SELECT filter('ne', '10');
SELECT filter('le', 'true');
CREATE TABLE doc AS SELECT n, generated('document ' || n, 3) AS doc FROM generate_series(1, 1000) AS n;

-- Where the paths lead anywhere.
CREATE TABLE selection AS
    SELECT doc, path.*, quidditch.call_udf('json_path', doc, jsonb_build_object('path', written)) = 'true' AS found,
        jsonb_path_exists(doc, wanted::jsonpath, silent => true) AS is_there
    FROM path JOIN doc ON random(written, n, 100) = 0;
SELECT written, doc, found, is_there FROM selection WHERE found IS DISTINCT FROM is_there ORDER BY written, doc LIMIT 10;
SELECT count(*) FILTER (WHERE is_there) > 500 AS enough, count(*) FILTER (WHERE NOT is_there) > 500 AS also_enough FROM selection;

-- And how what is there compares.
CREATE TABLE comparison AS
    SELECT doc, written, op, value, quidditch.call_udf('json_path', doc, jsonb_build_object('path', written, 'op', op, 'value', value)) = 'true' AS found,
        jsonb_path_exists(doc, (wanted || filter(op, value))::jsonpath, silent => true) AS is_there
    FROM selection, unnest('{eq,ne,lt,le,gt,ge,contains}'::text[]) AS ops(op),
        unnest(ARRAY['1', '10', '-1.5', '0.250', '12345678901234567891', 'true', 'null', '', 'a', 'b', 'é', E'"\n', '😀']) AS vals(value)
    WHERE is_there;
SELECT written, op, value, doc, found, is_there FROM comparison WHERE found IS DISTINCT FROM is_there ORDER BY 1, 2, 3, doc LIMIT 10;
SELECT op, count(*) FILTER (WHERE is_there) > 100 AS enough, count(*) FILTER (WHERE NOT is_there) > 100 AS also_enough FROM comparison GROUP BY op ORDER BY op;

-- The host knows no path of more than 65,535 bytes, which are two keys of 32,763 letters or one of 65,531. Longer ones lead as far.
SELECT length, quidditch.call_udf('json_path', doc, jsonb_build_object('path', format('$["%s"]["%s"]', key, key), 'op', 'eq', 'value', '5')) AS found,
    quidditch.call_udf('json_path', doc, jsonb_build_object('path', format('$["%s"]["%sl"]', key, key))) AS found_another
FROM unnest('{32763,32764,65531,65532,200000}'::int[]) AS lengths(length), repeat('k', length) AS key,
    LATERAL (SELECT jsonb_build_object(key, jsonb_build_object(key, 5)) AS doc) AS docs;
