-- A walk through Quidditch on Debian's package catalogue (make tour; make demo ends with it).
\set ON_ERROR_STOP on
\pset pager off
\pset footer off
\pset format aligned
\pset linestyle ascii
\set ECHO queries
\timing on

\echo '\n--- A document: one package\n'
SELECT jsonb_pretty(doc - 'description' - 'tags') AS doc FROM packages WHERE doc->>'name' = 'wabt';

\echo '\n=== Ranked search\n'
\echo '--- The best first, by an index that knows the language and how rare each word is\n'
SELECT doc->>'name' AS name, doc->>'title' AS title
FROM packages ORDER BY doc <@> '{"match": {"title": "searching texts"}}' LIMIT 5;

\echo '\n--- Several fields, weighed, among the packages of one section; with the scores\n'
SELECT doc->>'name' AS name, doc->>'title' AS title, round(-(doc <@> q)::numeric, 2) AS score
FROM packages, (VALUES ('{
  "bool": {
    "must":   {"multi_match": {"query": "compiling webassembly", "fields": ["title^2", "description"]}},
    "filter": {"term": {"section": "devel"}}
  }}'::jsonb)) AS v(q)
WHERE doc @@@ q ORDER BY doc <@> q LIMIT 5;

\echo '\n--- The index: its mapping, and what it consists of\n'
SELECT indexdef FROM pg_indexes WHERE indexname = 'packages_doc_idx';
SELECT documents, terms, pg_size_pretty(bytes) AS size, pg_size_pretty(positions_bytes) AS of_it_positions
FROM quidditch.index_stats('packages_doc_idx');

\echo '\n=== Searching\n'
\echo '--- One value of one field. A query is JSON, in the dialect of Elasticsearch\n'
SELECT count(*) FROM packages WHERE doc @@@ '{"term": {"section": "database"}}';

\echo '\n--- Any of several values; an array matches when one of its elements does\n'
SELECT doc->>'name' AS name, doc->>'title' AS title
FROM packages WHERE doc @@@ '{"terms": {"tags": ["works-with::db", "protocol::db:psql"]}}'
ORDER BY id LIMIT 5;

\echo '\n--- A range: more than 200 MB to download\n'
SELECT doc->>'name' AS name, pg_size_pretty((doc->>'size')::bigint) AS download
FROM packages WHERE doc @@@ '{"range": {"size": {"gt": 200000000}}}'
ORDER BY (doc->>'size')::bigint DESC LIMIT 5;

\echo '\n--- All together: required, excluded and optional clauses\n'
SELECT doc->>'name' AS name, doc->>'section' AS section, doc->>'homepage' AS homepage
FROM packages WHERE doc @@@ '{
  "bool": {
    "filter":   [{"range":  {"installed_kb": {"gte": 10000, "lt": 50000}}},
                 {"exists": {"field": "homepage"}}],
    "should":   [{"term":   {"section": "database"}},
                 {"term":   {"tags": "works-with::db"}}],
    "must_not": [{"terms":  {"section": ["doc", "debug", "oldlibs"]}}],
    "minimum_should_match": 1
  }}'
ORDER BY id LIMIT 5;

\echo '\n--- It is an ordinary condition: join, group and combine it as you like\n'
SELECT doc->>'section' AS section, count(*), pg_size_pretty(sum((doc->>'size')::bigint)) AS download
FROM packages WHERE doc @@@ '{"term": {"tags": "implemented-in::c"}}'
GROUP BY 1 ORDER BY 2 DESC LIMIT 5;

\echo '\n=== WebAssembly in the query\n'
\echo '--- The modules of udfs/ are registered\n'
SELECT u->>'name' AS name, u->>'version' AS version, u->>'language' AS language, u->>'category' AS category
FROM jsonb_array_elements(quidditch.list_udfs()) AS u ORDER BY 1;

\echo '\n--- string_distance (Rust): a name remembered badly\n'
SELECT doc->>'name' AS name, doc->>'title' AS title
FROM packages WHERE doc @@@ wasm_udf('string_distance', '{"field": "name", "target": "postgresqll", "max_distance": 2}');

\echo '\n--- The same as a clause among others\n'
SELECT doc->>'name' AS name, doc->>'section' AS section
FROM packages WHERE doc @@@ '{
  "bool": {
    "must_not": [{"term": {"section": "libs"}}],
    "filter":   [{"wasm_udf": {"name": "string_distance",
                               "parameters": {"field": "name", "target": "ngnix", "max_distance": 2}}}]
  }}'
ORDER BY 1;

\echo '\n--- custom_score (WAT): games whose installed size, in GB, is at least 1\n'
SELECT doc->>'name' AS name, round((doc->>'installed_kb')::numeric * 1e-6, 2) AS installed_gb
FROM packages WHERE doc @@@ '{
  "bool": {
    "filter": [{"term": {"section": "games"}},
               {"wasm_udf": {"name": "custom_score",
                             "parameters": {"score_field": "installed_kb", "boost": 1e-6, "min_score": 1}}}]
  }}'
ORDER BY 2 DESC LIMIT 5;

\echo '\n--- geo_filter (C): within 700 km of Berlin, over any jsonb there is\n'
WITH cities (doc) AS (VALUES
    ('{"city": "Amsterdam", "at": {"lat": 52.37, "lon":  4.90}}'::jsonb),
    ('{"city": "Hamburg",   "at": {"lat": 53.55, "lon":  9.99}}'),
    ('{"city": "Lisbon",    "at": {"lat": 38.72, "lon": -9.14}}'),
    ('{"city": "Prague",    "at": {"lat": 50.08, "lon": 14.44}}'),
    ('{"city": "Tokyo",     "at": {"lat": 35.68, "lon": 139.69}}'),
    ('{"city": "Vienna",    "at": {"lat": 48.21, "lon": 16.37}}'))
SELECT doc->>'city' AS city FROM cities WHERE doc @@@ wasm_udf('geo_filter',
    '{"lat_field": "at.lat", "lon_field": "at.lon", "target_lat": 52.52, "target_lon": 13.40, "max_distance_km": 700}');

\echo '\n=== A module of your own\n'
\echo '--- Registered from its text: keeps documents with at least so many dependencies\n'
SELECT quidditch.register_udf('many_depends', '1.0.0', convert_to($wat$
(module
  (import "env" "get_array_length" (func $length (param i64 i32 i32 i32) (result i32)))
  (import "env" "get_param_i64" (func $parameter (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "depends")
  (data (i32.const 16) "at_least")
  (func (export "filter") (param $document i64) (result i32)
    (if (call $length (local.get $document) (i32.const 0) (i32.const 7) (i32.const 32))
      (then (return (i32.const 0))))                        ;; no such array
    (if (call $parameter (i32.const 16) (i32.const 8) (i32.const 40))
      (then unreachable))
    (i64.ge_u (i64.load32_u (i32.const 32)) (i64.load (i32.const 40)))))
$wat$, 'UTF8'), '{
  "description": "Keeps documents whose array depends has at least that many elements",
  "language": "wat", "category": "demo", "tags": ["array"],
  "parameters": [{"name": "at_least", "type": "i64", "required": true}],
  "returns": [{"name": "matches", "type": "bool"}]}');

\echo '\n--- Tried on one document, before anything is filtered with it\n'
SELECT quidditch.test_udf('many_depends', '{"depends": ["libc6", "libssl3"]}', '{"at_least": 2}');
SELECT quidditch.call_udf('many_depends', '{"depends": ["libc6"]}', '{"at_least": 2}');

\echo '\n--- And used\n'
SELECT doc->>'name' AS name, jsonb_array_length(doc->'depends') AS depends
FROM packages WHERE doc @@@ wasm_udf('many_depends', '{"at_least": 150}')
ORDER BY 2 DESC LIMIT 5;

\echo '\n--- How PostgreSQL runs it\n'
EXPLAIN (ANALYZE, COSTS OFF, SUMMARY OFF)
SELECT count(*) FROM packages WHERE doc @@@ wasm_udf('many_depends', '{"at_least": 150}');
