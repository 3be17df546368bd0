-- The metadata of register_udf: each key with a wrong type or value.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude

-- Not an object, unknown keys.
SELECT refusal(filter(), '[]');
SELECT refusal(filter(), '"text"');
SELECT refusal(filter(), 'null');
SELECT refusal(filter(), '{"descripton": "d"}');
SELECT refusal(filter(), '{"": 1}');
SELECT refusal(filter(), '{"x\"y\nz": 1}');

-- Texts.
SELECT refusal(filter(), jsonb_build_object(key, 5))
FROM unnest(ARRAY['description', 'author', 'category', 'license', 'repository', 'language', 'source', 'function_name',
    'expected_latency']) AS key;
SELECT refusal(filter(), '{"author": null}');
SELECT refusal(filter(), jsonb_build_object('author', repeat('ä', 1001)));
SELECT refusal(filter(), jsonb_build_object('author', repeat('ä', 1000)), name => 'thousand');
SELECT refusal(filter(), jsonb_build_object('description', repeat('long ', 1000)), name => 'description');
SELECT refusal(filter(), '{"language": "cobol"}');
SELECT refusal(filter(), '{"language": ""}');
SELECT refusal(filter(), '{"function_name": ""}');
SELECT refusal(filter(), '{"function_name": "Filter"}');

-- Tags and permissions.
SELECT refusal(filter(), '{"tags": "a"}');
SELECT refusal(filter(), '{"tags": ["a", 1]}');
SELECT refusal(filter(), '{"permissions": ["read_document", "fly"]}');
SELECT refusal(filter(), '{"permissions": ["network_access"]}');
SELECT refusal(filter(), '{"permissions": {"read_document": true}}');
\set logging '(module (import "env" "log" (func (param i32 i32 i32))) (memory (export "memory") 1) (func (export "filter") (param i64) (result i32) i32.const 1))'
SELECT refusal(:'logging', '{"permissions": ["read_document"]}');
SELECT refusal(:'logging', '{"permissions": ["write_log"]}', name => 'logging');
\set reading '(module (import "env" "get_field_f64" (func (param i64 i32 i32 i32) (result i32))) (memory (export "memory") 1) (func (export "filter") (param i64) (result i32) i32.const 1))'
SELECT refusal(:'reading', '{"permissions": ["write_log"]}');
\set printing '(module (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32))) (memory (export "memory") 1) (func (export "filter") (param i64) (result i32) i32.const 1))'
SELECT refusal(:'printing', '{"permissions": []}');

-- Parameters.
SELECT refusal(filter(), '{"parameters": {}}');
SELECT refusal(filter(), '{"parameters": [5]}');
SELECT refusal(filter(), '{"parameters": [{}]}');
SELECT refusal(filter(), '{"parameters": [{"name": "a"}]}');
SELECT refusal(filter(), '{"parameters": [{"name": 5, "type": "i32"}]}');
SELECT refusal(filter(), '{"parameters": [{"name": "", "type": "i32"}]}');
SELECT refusal(filter(), '{"parameters": [{"name": "a b", "type": "i32"}]}');
SELECT refusal(filter(), '{"parameters": [{"name": "a", "type": "int"}]}');
SELECT refusal(filter(), '{"parameters": [{"name": "a", "type": "I32"}]}');
SELECT refusal(filter(), '{"parameters": [{"name": "a", "type": "i32", "defualt": 3}]}');
SELECT refusal(filter(), '{"parameters": [{"name": "a", "type": "i32", "required": "yes"}]}');
SELECT refusal(filter(), '{"parameters": [{"name": "a", "type": "i32", "description": []}]}');
SELECT refusal(filter(), '{"parameters": [{"name": "a", "type": "i32"}, {"name": "b", "type": "i32"}, {"name": "a", "type": "string"}]}');
SELECT refusal(filter(), '{"parameters": [{"name": "a", "type": "i32", "required": true, "default": 3}]}');
SELECT refusal(filter(), (SELECT jsonb_build_object('parameters', jsonb_agg(jsonb_build_object('name', 'p' || i, 'type', 'i32')))
    FROM generate_series(1, 101) AS i));

-- Defaults of another type.
SELECT type, value, refusal(filter(), jsonb_build_object('parameters', jsonb_build_array(
    jsonb_build_object('name', 'a', 'type', type, 'default', value))))
FROM (VALUES ('string', '5'::jsonb), ('string', 'true'), ('i32', '"5"'), ('i32', '2147483648'), ('i32', '1.5'), ('i32', '[]'),
    ('i64', '9223372036854775808'), ('i64', '0.1'), ('f32', '1e39'), ('f32', '"NaN"'), ('f64', '{}'), ('bool', '1'),
    ('bool', '"true"')) AS d(type, value);
-- Defaults that are fine: at the borders of their types, whole numbers however they are written, null for none.
SELECT refusal(filter(), '{"parameters": [
    {"name": "s", "type": "string", "default": ""}, {"name": "i", "type": "i32", "default": -2147483648},
    {"name": "j", "type": "i64", "default": 9223372036854775807}, {"name": "k", "type": "i64", "default": 3.0},
    {"name": "f", "type": "f32", "default": 0.1}, {"name": "g", "type": "f64", "default": -1e308},
    {"name": "b", "type": "bool", "default": false}, {"name": "n", "type": "i32", "default": null, "required": false},
    {"name": "o", "type": "i32", "default": 1, "required": false}, {"name": "r", "type": "i32", "required": true}]}',
    name => 'defaults');

-- Result.
SELECT refusal(filter(), '{"returns": {"type": "i32"}}');
SELECT refusal(filter(), '{"returns": ["i32"]}');
SELECT refusal(filter(), '{"returns": [{"name": "r"}]}');
SELECT refusal(filter(), '{"returns": [{"type": "jsonb"}]}');
SELECT refusal(filter(), '{"returns": [{"type": "i32"}, {"type": "i32"}]}');
SELECT refusal(filter(), '{"returns": [{"type": "i32", "default": 3}]}');

-- Limits: positive, known, not wider than the server's.
SELECT refusal(filter(), '{"limits": []}');
SELECT refusal(filter(), '{"limits": {"max_memroy": 1}}');
SELECT l.limits, refusal(filter(), jsonb_build_object('limits', l.limits))
FROM (VALUES ('{"max_memory": 0}'::jsonb), ('{"max_memory": -1}'), ('{"max_memory": 1.5}'), ('{"max_memory": null}'),
    ('{"max_memory": "much"}'), ('{"max_memory": "1 gb"}'), ('{"max_memory": ""}'), ('{"max_memory": "-1MB"}'),
    ('{"max_memory": "99999999999TB"}'), ('{"max_memory": 1073741824}'), ('{"max_memory": "1GB"}'),
    ('{"max_memory": 16777217}'), ('{"max_execution_time": "1h"}'), ('{"max_execution_time": 5001}'),
    ('{"max_execution_time": "0s"}'), ('{"max_stack": "1MB"}'), ('{"max_stack": 262145}')) AS l(limits);
-- The module's first page is already more.
SELECT refusal(filter(), '{"limits": {"max_memory": "32kB"}}');
SELECT refusal(filter(), '{"limits": {"max_memory": "16 MB", "max_execution_time": "5s", "max_stack": "256kB"}}', name => 'limits');
SELECT max_memory, max_execution_time, max_stack FROM quidditch.udfs WHERE name = 'limits';

-- The rest.
SELECT p.pool_size, refusal(filter(), jsonb_build_object('pool_size', p.pool_size))
FROM (VALUES ('-1'::jsonb), ('1001'), ('1.5'), ('"4"'), ('null')) AS p(pool_size);
SELECT refusal(filter(), '{"metadata": []}');
SELECT refusal(filter(), '{"signature": "abc"}');
SELECT refusal(filter(), '{"signed_by": "me"}');

-- Everything at once, and what the catalog makes of it.
SELECT refusal(filter(), '{"description": "All keys", "author": "A. Author", "category": "test", "tags": ["x", "y z", "x"],
    "license": "PostgreSQL", "repository": "https://example.org/r", "language": "rust", "source": "fn filter() {}",
    "function_name": "filter", "parameters": [{"name": "a", "type": "i32", "required": false, "default": 1, "description": "first"}],
    "returns": [{"name": "ok", "type": "bool", "description": "whether"}], "permissions": ["read_document"],
    "limits": {"max_memory": 1048576, "max_execution_time": 10, "max_stack": 65536}, "pool_size": 0,
    "expected_latency": "1 µs", "metadata": {"free": [1, {"deep": null}]}}', name => 'everything', version => '2.0.0');
SELECT jsonb_pretty(quidditch.get_udf('everything') - '{registered_at,sha256}'::text[]);

SELECT name FROM quidditch.udfs ORDER BY name;
