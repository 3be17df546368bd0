-- The UDFs in udfs/: each case of their test.json, called and compared. Only what differs is printed.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
\cd :suites
\cd ../../udfs

-- {"$generate": [["ab", 3], ["c", 1]]} stands for "abababc", however deep it is.
CREATE FUNCTION generated(value jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    IF jsonb_typeof(value) = 'object' AND value ? '$generate' THEN
        RETURN to_jsonb((SELECT string_agg(repeat(part ->> 0, (part ->> 1)::int), '' ORDER BY n)
            FROM jsonb_array_elements(value -> '$generate') WITH ORDINALITY AS parts(part, n)));
    ELSIF jsonb_typeof(value) = 'object' THEN
        RETURN (SELECT coalesce(jsonb_object_agg(e.key, generated(e.value)), '{}') FROM jsonb_each(value) AS e);
    ELSIF jsonb_typeof(value) = 'array' THEN
        RETURN (SELECT coalesce(jsonb_agg(generated(e.value) ORDER BY n), '[]') FROM jsonb_array_elements(value) WITH ORDINALITY AS e(value, n));
    ELSE
        RETURN value;
    END IF;
END
$$;
SELECT generated('{"a": [{"$generate": [["ab", 3], ["c", 1]]}, 5, {}, []]}');

CREATE TABLE example (udf jsonb, module bytea, cases jsonb);
\set add :suites '/example.sql'
\set distances :suites '/string_distances.sql'
\i :distances
\set udf geo_filter
\i :add
\set udf date_range
\i :add
\set udf custom_score
\i :add
\set variant go
\i :add
\set udf relevance_boost
\i :add
\set udf json_path
\i :add

-- Those that are source text.
\set udf text_similarity
\set source text_similarity.py
\i :add
\set udf regex_capture
\set source regex_capture.js
\i :add
\set udf string_distance
\set source python/string_distance.py
\i :add
\set source javascript/string_distance.js
\i :add

-- Modules are registered as they are, and once more for each other export that a case names.
SELECT count(quidditch.register_udf(udf ->> 'name', udf ->> 'version', module, udf -> 'metadata')) FROM example WHERE module IS NOT NULL;
SELECT quidditch.register_udf(format('%s.%s', udf ->> 'name', export), udf ->> 'version', module,
    (udf -> 'metadata') - 'returns' || jsonb_build_object('function_name', export)) ->> 'name'
FROM example, LATERAL (SELECT DISTINCT c ->> 'export' AS export FROM jsonb_array_elements(cases) AS c WHERE c ? 'export') AS exports;

CREATE VIEW example_case AS
    SELECT udf ->> 'name' AS udf, concat_ws('.', udf ->> 'name', c ->> 'export') AS name, n, c -> 'expected' AS expected, c ->> 'why' AS why,
        generated(c -> 'document') AS document, generated(c -> 'parameters') AS parameters
    FROM example, jsonb_array_elements(cases) WITH ORDINALITY AS cases(c, n);

CREATE FUNCTION answer(name text, document jsonb, parameters jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN quidditch.call_udf(name, document, parameters);
EXCEPTION WHEN invalid_parameter_value OR external_routine_exception THEN
    RETURN '"error"';
END
$$;
CREATE TABLE result AS SELECT *, answer(name, document, parameters) AS answer FROM example_case;
SELECT udf, n, why, expected, answer FROM result WHERE answer IS DISTINCT FROM expected ORDER BY udf, n;
SELECT udf, count(*) >= 20 AS enough, count(*) FILTER (WHERE answer = expected) = count(*) AS all_equal,
    count(DISTINCT expected) >= 3 AS every_outcome FROM result GROUP BY udf ORDER BY udf;

-- The same in one statement, where one instance sees all documents that have the same parameters.
SELECT count(*) FROM (
    SELECT expected, quidditch.call_udf(name, document, parameters) AS answer
    FROM (SELECT * FROM result WHERE expected <> '"error"' ORDER BY name, parameters, n) AS ordered) AS called
WHERE answer IS DISTINCT FROM expected;

-- Each is what its metadata says.
SELECT name, version, language, function_name, category, returns -> 0 ->> 'type' AS returns,
    (SELECT string_agg(p ->> 'name', ' ') FROM jsonb_array_elements(parameters) AS p) AS parameters
FROM quidditch.udfs WHERE name NOT LIKE '%.%' ORDER BY name;

-- A panic in Go says what and where, and ends the statement alone.
SELECT t #>> '{error,sqlstate}' AS sqlstate, t #>> '{logs,0,message}' AS message, t #>> '{error,detail}' ~ 'custom_score.go:[0-9]+' AS place
FROM quidditch.test_udf('custom_score_go', '{}', jsonb_build_object('score_field', repeat('x', 2000))) AS t;
SELECT quidditch.call_udf('custom_score_go', '{"base_score": 5}');
