-- What register_udf refuses, and what the user is told.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude

-- The answer to a good one.
SELECT jsonb_pretty(quidditch.register_udf('good', '1.0.0', convert_to(filter(), 'UTF8')));

-- The same bytes again: nothing happens. Other bytes, or other declarations: refused.
SELECT quidditch.register_udf('good', '1.0.0', convert_to(filter(), 'UTF8')) ->> 'success';
SELECT quidditch.register_udf('good', '1.0.0', module) ->> 'success' FROM quidditch.udf WHERE name = 'good';
SELECT refusal(filter('i32.const 0'), name => 'good');
SELECT refusal(filter(), '{"parameters": [{"name": "a", "type": "i32"}]}', name => 'good');
SELECT refusal(filter(), '{"returns": [{"type": "i32"}]}', name => 'good');
-- A description isn't part of what a query relies on.
SELECT quidditch.register_udf('good', '1.0.0', convert_to(filter(), 'UTF8'), '{"description": "new"}') ->> 'success';
-- The same bytes under another version are another UDF.
SELECT refusal(filter(), name => 'good', version => '1.0.1');

-- Bytes that are no module.
SELECT failure($$SELECT quidditch.register_udf('u', '1.0.0', '')$$);
SELECT failure($$SELECT quidditch.register_udf('u', '1.0.0', 'hello')$$);
SELECT failure($$SELECT quidditch.register_udf('u', '1.0.0', '\x00')$$);
SELECT failure($$SELECT quidditch.register_udf('u', '1.0.0', '\xff00ff')$$);
SELECT failure($$SELECT quidditch.register_udf('u', '1.0.0', '\x28ff')$$);
SELECT failure($$SELECT quidditch.register_udf('u', '1.0.0', '\x0061736d')$$);
SELECT failure($$SELECT quidditch.register_udf('u', '1.0.0', '\x0061736d01000000ff')$$);
SELECT failure($$SELECT quidditch.register_udf('u', '1.0.0', '\x0061736d02000000')$$);
SELECT failure($$SELECT quidditch.register_udf('u', '1.0.0', '\x0061736d0d000100')$$);
SELECT failure($$SELECT quidditch.register_udf('u', '1.0.0', '\x0061736d0100000001')$$);

-- WAT: syntax errors have line and column, invalid modules an offset.
SELECT refusal(E'(module\n  (func (export "filter") (param i64) (result i32)\n    i32.cons 1))');
SELECT refusal('(module');
SELECT refusal('(module) (module)');
SELECT refusal(filter('i64.const 1'));
SELECT refusal(filter('local.get 7'));
SELECT refusal(E';; a comment alone');
SELECT refusal('(component)');

-- Imports.
SELECT refusal('(module (import "env" "get_feild_i64" (func (param i64 i32 i32 i32) (result i32))))');
SELECT refusal('(module (import "env" "has_field" (func (param i32 i32) (result i32))))');
SELECT refusal('(module (import "env" "get_field_bool" (func (param i64) (result i32))))');
SELECT refusal('(module (import "wasi_snapshot_preview1" "path_open" (func (param i32) (result i32)))
    (memory (export "memory") 1) (func (export "filter") (param i64) (result i32) i32.const 1))');
SELECT refusal('(module (import "env" "memory" (memory 1)) (import "env" "table" (table 1 funcref))
    (import "env" "global" (global i32)))');
SELECT refusal('(module (import "a" "b" (func)) (import "c" "d" (func)))');

-- Memory.
SELECT refusal('(module (memory 1) (func (export "filter") (param i64) (result i32) i32.const 1))');
SELECT refusal('(module (import "env" "has_field" (func (param i64 i32 i32) (result i32)))
    (func (export "filter") (param i64) (result i32) i32.const 1))');
SELECT refusal('(module (func (export "memory")) (func (export "filter") (param i64) (result i32) i32.const 1))');
SELECT refusal('(module (memory (export "memory") 1000) (func (export "filter") (param i64) (result i32) i32.const 1))');
SELECT refusal('(module (memory (export "memory") 1 1 shared) (func (export "filter") (param i64) (result i32) i32.const 1))');
SELECT refusal('(module (memory (export "memory") i64 1) (func (export "filter") (param i64) (result i32) i32.const 1))');
SELECT refusal('(module (memory (export "memory") 1) (memory 1) (func (export "filter") (param i64) (result i32) i32.const 1))');
-- A module that needs none may have none.
SELECT refusal('(module (func (export "filter") (param i64) (result i32) i32.const 1))', name => 'no_memory');

-- The entry function.
SELECT refusal('(module)');
SELECT refusal('(module (func (export "main") (param i64) (result i32) i32.const 1) (func (export "run")))');
SELECT refusal('(module (global (export "filter") i32 (i32.const 1)))');
SELECT refusal('(module (func (export "filter")))');
SELECT refusal('(module (func (export "filter") (param i32) (result i32) i32.const 1))');
SELECT refusal('(module (func (export "filter") (param i64)))');
SELECT refusal('(module (func (export "filter") (param i64) (result i32 i32) i32.const 1 i32.const 1))');
SELECT refusal('(module (func (export "filter") (param i64) (result v128) v128.const i64x2 0 0))');
SELECT refusal('(module (func (export "filter") (param i64) (result funcref) ref.null func))');
SELECT refusal('(module (func (export "filter") (param i64) (result i32) i32.const 1))', '{"returns": [{"type": "f64"}]}');
SELECT refusal('(module (func (export "filter") (param i64 f64) (result i32) i32.const 1))');
SELECT refusal('(module (func (export "filter") (param i64 f64) (result i32) i32.const 1))',
    '{"parameters": [{"name": "s", "type": "string"}, {"name": "n", "type": "i64"}]}');
SELECT refusal('(module (func (export "filter") (param i64 i64) (result i32) i32.const 1))',
    '{"parameters": [{"name": "s", "type": "string"}, {"name": "n", "type": "i64"}]}', name => 'typed');
SELECT refusal('(module (func (export "filter") (param i64) (result i32) i32.const 1) (func (export "_initialize") (param i32)))');

-- Names.
SELECT refusal(filter(), name => '');
SELECT refusal(filter(), name => 'two words');
SELECT refusal(filter(), name => 'it''s "quoted"');
SELECT refusal(filter(), name => '1st');
SELECT refusal(filter(), name => 'größe');
SELECT refusal(filter(), name => repeat('n', 64));
SELECT refusal(filter(), name => repeat('n', 63));
SELECT refusal(filter(), name => '_a.b-c.D9');

-- Versions.
SELECT refusal(filter(), version => '');
SELECT refusal(filter(), version => '1');
SELECT refusal(filter(), version => '1.0');
SELECT refusal(filter(), version => 'v1.0.0');
SELECT refusal(filter(), version => '1.0.0.0');
SELECT refusal(filter(), version => '01.0.0');
SELECT refusal(filter(), version => '1.0.0-');
SELECT refusal(filter(), version => '1.0.0-a..b');
SELECT refusal(filter(), version => '1.0.0 ');
SELECT refusal(filter(), version => '99999999999999999999.0.0');
SELECT refusal(filter(), version => '1.0.0-rc.1+build.5', name => 'semver');

-- NULL.
SELECT failure($$SELECT quidditch.register_udf(NULL, '1.0.0', '')$$);
SELECT failure($$SELECT quidditch.register_udf('u', NULL, '')$$);
SELECT failure($$SELECT quidditch.register_udf('u', '1.0.0', NULL)$$);
SELECT quidditch.register_udf('without', '1.0.0', convert_to(filter(), 'UTF8'), NULL) ->> 'success';
SELECT failure($$SELECT quidditch.upload_udf(NULL)$$);

-- Size.
SET quidditch.max_module_size = '1kB';
SELECT refusal('(module' || repeat(' ', 2000) || ')');
RESET quidditch.max_module_size;

-- One JSON body.
SELECT quidditch.upload_udf(jsonb_build_object('name', 'body', 'version', '1.0.0',
    'wasm_base64', encode(convert_to(filter(), 'UTF8'), 'base64'), 'description', 'uploaded'));
SELECT description FROM quidditch.udfs WHERE name = 'body';
SELECT failure($$SELECT quidditch.upload_udf('[]')$$);
SELECT failure($$SELECT quidditch.upload_udf('{}')$$);
SELECT failure($$SELECT quidditch.upload_udf('{"name": 5}')$$);
SELECT failure($$SELECT quidditch.upload_udf('{"name": "u", "version": "1.0.0"}')$$);
SELECT failure($$SELECT quidditch.upload_udf('{"name": "u", "version": "1.0.0", "wasm_base64": "%"}')$$);
SELECT failure($$SELECT quidditch.upload_udf('{"name": "u", "version": "1.0.0", "wasm_base64": "AGFzbQEAAAA=", "colour": "red"}')$$);

-- None of the failures left anything.
SELECT name, version, language, owner FROM quidditch.udfs ORDER BY name, version;
