-- Looking at UDFs and removing them: get_udf, list_udfs, udf_versions, unregister_udf, delete_udf, the view.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude

SELECT count(register('f', version, filter(), '{"category": "text", "author": "Ann", "tags": ["a", "b"]}'))
FROM unnest(ARRAY['1.9.0', '1.10.0', '1.10.0-rc.2', '1.10.0-rc.10', '1.10.1-alpha', '0.1.0', '1.10.0+build.2']) AS version;
SELECT register('pre', '2.0.0-beta.2', filter());
SELECT register('pre', '2.0.0-beta.11', filter());
SELECT register('g', '1.0.0', filter('i32.const 0'), '{"category": "text", "author": "Bob", "tags": ["b"], "language": "c"}');

-- Newest first by semantic versioning: 1.10 is after 1.9, rc.10 after rc.2, a pre-release before its release. Build
-- metadata has no rank in it, but the order is the same each time.
SELECT udf ->> 'version' FROM jsonb_array_elements(quidditch.udf_versions('f')) AS udf;
SELECT udf ->> 'version' FROM jsonb_array_elements(quidditch.udf_versions('pre')) AS udf;

-- Without a version: the highest release, even where a higher pre-release exists; a pre-release when there is no other.
SELECT quidditch.get_udf('f') ->> 'version';
SELECT quidditch.test_udf('f', '{}') ->> 'version';
SELECT quidditch.unregister_udf('f', '1.10.0+build.2');
SELECT quidditch.get_udf('f') ->> 'version', quidditch.test_udf('f', '{}') ->> 'version';
SELECT quidditch.get_udf('pre') ->> 'version', quidditch.test_udf('pre', '{}') ->> 'version';
SELECT quidditch.get_udf('f', '1.10.1-alpha') ->> 'version', quidditch.test_udf('f', '{}', version => '1.10.1-alpha') ->> 'version';
SELECT quidditch.get_udf('f', NULL) ->> 'version';

-- What is described: everything but the bytes.
SELECT string_agg(key, ' ' ORDER BY key COLLATE "C") FROM jsonb_object_keys(quidditch.get_udf('g')) AS key;
SELECT (udf ->> 'sha256') = encode(sha256(module), 'hex'), (udf ->> 'size')::int = length(module), udf ->> 'source' = filter('i32.const 0')
FROM quidditch.udf AS stored, quidditch.get_udf('g') AS udf WHERE stored.name = 'g';

-- Filters.
SELECT f.filter, (SELECT string_agg(format('%s@%s', udf ->> 'name', udf ->> 'version'), ' ' ORDER BY n)
    FROM jsonb_array_elements(quidditch.list_udfs(f.filter)) WITH ORDINALITY AS u(udf, n))
FROM (VALUES ('{}'::jsonb), (NULL), ('{"name": "g"}'), ('{"name": "none"}'), ('{"category": "text", "author": "Bob"}'), ('{"language": "c"}'),
    ('{"tags": ["b"]}'), ('{"tags": ["b", "a"]}'), ('{"tags": []}'), ('{"tags": ["c"]}')) AS f(filter);
SELECT f.filter, failure(format('SELECT quidditch.list_udfs(%L)', f.filter))
FROM (VALUES ('[]'), ('{"nam": "g"}'), ('{"name": 5}'), ('{"name": null}'), ('{"tags": "b"}'), ('{"tags": [1]}')) AS f(filter);

-- What isn't there.
SELECT call, failure('SELECT quidditch.' || call)
FROM unnest(ARRAY['get_udf(''h'')', 'get_udf(''string_distance'')', 'get_udf(''prf'')', 'get_udf(''pre'', ''1.0.0'')', 'get_udf(''g'', ''1.0'')', 'get_udf('''')',
    'udf_versions(''h'')', 'delete_udf(''none'', ''1.0.0'')', 'delete_udf(''g'', ''1.0.1'')', 'call_udf(''none'', ''{}'')',
    'call_udf(''G'', ''{}'')', 'call_udf(''g'', ''{}'', version => '''')', 'get_udf(NULL)', 'udf_versions(NULL)',
    'unregister_udf(NULL, ''1.0.0'')', 'unregister_udf(''g'', NULL)', 'delete_udf(NULL, NULL)', 'call_udf(NULL, ''{}'')']) AS call;

-- Removing.
SELECT quidditch.unregister_udf('g', '1.0.1'), quidditch.unregister_udf('none', '1.0.0');
SELECT quidditch.unregister_udf('g', '1.0.0'), quidditch.unregister_udf('g', '1.0.0');
SELECT quidditch.delete_udf('pre', '2.0.0-beta.11');
SELECT quidditch.get_udf('pre') ->> 'version';
-- A removed version can be registered again, with other bytes.
SELECT register('g', '1.0.0', filter('i32.const 1'));
SELECT quidditch.call_udf('g', '{}');

-- The view has no bytes.
SELECT name, version, category, author, tags, language, function_name, size, owner FROM quidditch.udfs WHERE 'b' = ANY (tags) ORDER BY name, version LIMIT 2;
