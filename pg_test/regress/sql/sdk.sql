-- The SDKs' getters of strings: what udfs/sdk/*/echo.* answer, compared with what SQL finds in the document.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
\cd :suites
\cd ../../udfs/sdk

-- One UDF for each language and getter.
CREATE TABLE echo (language text, module bytea);
\set module `base64 -w0 rust/echo.wasm`
INSERT INTO echo VALUES ('rust', decode(:'module', 'base64'));
\set module `base64 -w0 c/echo.wasm`
INSERT INTO echo VALUES ('c', decode(:'module', 'base64'));
\set module `base64 -w0 assemblyscript/echo.wasm`
INSERT INTO echo VALUES ('assemblyscript', decode(:'module', 'base64'));
\set module `base64 -w0 go/echo.wasm`
INSERT INTO echo VALUES ('go', decode(:'module', 'base64'));
CREATE VIEW getter AS
    SELECT language, getter, format('%s.%s', language, getter) AS name, module
    FROM echo, unnest('{field,json,id,parameter,fixed}'::text[]) AS getters(getter);
SELECT count(quidditch.register_udf(name, '1.0.0', module, jsonb_build_object('function_name', getter,
    'parameters', '[{"name": "path", "type": "string", "required": false}, {"name": "text", "type": "string", "required": false}]'::jsonb,
    'returns', jsonb_build_array(jsonb_build_object('name', 'answer', 'type', CASE getter WHEN 'fixed' THEN 'i64' ELSE 'string' END)))))
FROM getter;

-- Texts around the sizes at which buffers begin, double and become pages; the longest have 200 to 800 kB. Code points of
-- one to four bytes, and what JSON escapes.
CREATE TABLE doc AS
    SELECT text, jsonb_build_object('_id', text, 'text', text, 'deep', jsonb_build_array(text, 1, NULL)) AS doc
    FROM (SELECT repeat(unit, n) AS text FROM (VALUES ('a'), ('é'), ('€'), ('😀'), (E'"\n')) AS units(unit),
        unnest('{1,15,16,17,63,64,65,127,128,129,255,256,257,511,512,513,8191,8192,8193,16383,16384,16385,32767,32768,32769,65535,65536,65537,131072,200000}'::int[]) AS sizes(n)
        UNION ALL SELECT '') AS texts;
SELECT count(*), max(octet_length(text)) FROM doc;

-- In one statement, where an instance sees long texts after short ones and short ones after long ones.
WITH call AS MATERIALIZED (
    SELECT language, getter, name, text, doc FROM getter, doc WHERE getter <> 'fixed'
    ORDER BY name, md5(text)
), answer AS (
    SELECT language, getter, CASE getter
        WHEN 'field' THEN quidditch.call_udf(name, doc, '{"path": "text"}') #>> '{}' = text
        WHEN 'json' THEN quidditch.call_udf(name, doc, '{"path": "deep"}') #>> '{}' = (doc -> 'deep')::text
        WHEN 'id' THEN quidditch.call_udf(name, doc) #>> '{}' = text
        ELSE quidditch.call_udf(name, doc, jsonb_build_object('text', text)) #>> '{}' = text
    END AS is_same FROM call
)
SELECT getter, language, count(*) FILTER (WHERE is_same) AS same, count(*) AS of FROM answer GROUP BY 1, 2 ORDER BY 1, 2;

-- A buffer that doesn't grow says how long the text is; 16 bytes are enough for 16.
SELECT language, string_agg(DISTINCT octet_length(text) || ': ' || (quidditch.call_udf(name, doc, '{"path": "text"}'))::text, ', ')
FROM getter, doc WHERE getter = 'fixed' AND octet_length(text) BETWEEN 0 AND 20 GROUP BY 1 ORDER BY 1;
SELECT language, bool_and((quidditch.call_udf(name, doc, '{"path": "text"}'))::bigint = -octet_length(text)) AS all_negated
FROM getter, doc WHERE getter = 'fixed' AND octet_length(text) > 16 GROUP BY 1 ORDER BY 1;

-- What has no string. The empty path leads to the whole document, not to an empty key.
SELECT getter, document, path, string_agg(DISTINCT quidditch.call_udf(name, document, path) #>> '{}', ' | ') AS answer
FROM (VALUES ('field', '{"a": 5}'::jsonb, '{"path": "a"}'::jsonb), ('field', '{"a": null}', '{"path": "a"}'), ('field', '{"a": ["b"]}', '{"path": "a"}'),
    ('field', '{"a": ["b"]}', '{"path": "a[-1]"}'), ('field', '{"a": 5}', '{"path": "b"}'), ('field', '{"": "a"}', '{"path": ""}'), ('field', '{"": "a"}', '{"path": "[\"\"]"}'),
    ('json', '{"a": 5.0}', '{"path": "a"}'), ('json', '{"a": null}', '{"path": "a"}'), ('json', '{"a": 5}', '{"path": "b"}'), ('json', '{"a": 5}', '{"path": ""}'), ('json', '["a", {}]', '{"path": "[1]"}'),
    ('id', '{"id": 7}', '{}'), ('id', '{"_id": "", "id": 7}', '{}'), ('id', '{"id": null}', '{}'), ('id', '{}', '{}'), ('id', '["a"]', '{}'),
    ('parameter', '{}', '{}'), ('parameter', '{}', '{"text": ""}')) AS v(of, document, path) JOIN getter ON getter = of
GROUP BY getter, document, path ORDER BY getter, document, path;

-- A number of a few bytes has JSON that no instance could take. That is no absent value.
SELECT language, failure(format($$SELECT quidditch.call_udf('%s', jsonb_build_object('a', array_fill(1e100000, '{200}')), '{"path": "a"}')$$, name))
FROM getter WHERE getter = 'json' ORDER BY language;

-- Where doubling goes beyond the memory limit, the length itself may still do; where that doesn't, the query fails. Go's
-- runtime alone takes more.
SELECT count(quidditch.register_udf('small_' || name, '1.0.0', module, jsonb_build_object('function_name', getter, 'limits', '{"max_memory": "1MB"}'::jsonb,
    'parameters', '[{"name": "path", "type": "string"}]'::jsonb, 'returns', '[{"name": "answer", "type": "string"}]'::jsonb)))
FROM getter WHERE getter = 'field' AND language <> 'go';
WITH call AS MATERIALIZED (
    SELECT language, name, n, size FROM getter, unnest('{350000,394000,349999}'::int[]) WITH ORDINALITY AS sizes(size, n) WHERE getter = 'field' AND language <> 'go' ORDER BY name, n
), answer AS MATERIALIZED (
    SELECT *, length(quidditch.call_udf('small_' || name, jsonb_build_object('a', repeat('x', size)), '{"path": "a"}') #>> '{}') AS length FROM call
)
SELECT language, size, length FROM answer ORDER BY language, n;
SELECT language, failure(format($$SELECT quidditch.call_udf('small_%s', jsonb_build_object('a', repeat('x', 1000000)), '{"path": "a"}')$$, name))
FROM getter WHERE getter = 'field' AND language <> 'go' ORDER BY language;
