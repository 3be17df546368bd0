-- The parameters of a call, against the declaration.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude

-- Answers its parameters as the guest sees them: typed arguments first, then through the host functions.
SELECT register('sum', '1.0.0', '(module (memory (export "memory") 1)
    (func (export "filter") (param $ctx i64) (param $i i32) (param $l i64) (param $f f32) (param $d f64) (param $b i32) (result f64)
        (f64.convert_i32_s (local.get $i)) (f64.convert_i64_s (local.get $l)) f64.add
        (f64.promote_f32 (local.get $f)) f64.add (local.get $d) f64.add (f64.convert_i32_s (local.get $b)) f64.add))',
    '{"parameters": [{"name": "i", "type": "i32"}, {"name": "text", "type": "string", "required": false}, {"name": "l", "type": "i64", "default": 20},
        {"name": "f", "type": "f32", "default": 0.5}, {"name": "d", "type": "f64", "required": false}, {"name": "b", "type": "bool", "default": true}],
      "returns": [{"type": "f64"}]}');
SELECT quidditch.call_udf('sum', '{}', '{"i": 100}');
SELECT quidditch.call_udf('sum', '{}', '{"i": 100, "l": 0, "f": 0, "d": 0.125, "b": false}');
SELECT quidditch.call_udf('sum', '{}', '{"i": 3.0, "l": 3e2, "text": "unused"}');
SELECT quidditch.call_udf('sum', '{}', '{"i": -2147483648, "l": -9007199254740992, "f": -0.0, "d": 9007199254740992}');

SELECT p.parameters, failure(format('SELECT quidditch.call_udf(''sum'', ''{}'', %L)', p.parameters))
FROM (VALUES ('{}'), ('{"l": 1}'), ('{"i": null}'), ('{"i": "1"}'), ('{"i": 1.5}'), ('{"i": 2147483648}'), ('{"i": true}'), ('{"i": []}'),
    ('{"i": 1, "l": 9223372036854775808}'), ('{"i": 1, "l": null}'), ('{"i": 1, "f": 1e39}'), ('{"i": 1, "b": 1}'), ('{"i": 1, "b": "true"}'), ('{"i": 1, "text": 5}'),
    ('{"i": 1, "txet": "a"}'), ('{"i": 1, "I": 1}'), ('{"i": 1, "completely": 1}'), ('{"i": 1, "": 1}'), ('{"i": 1, "d": 1e400}'), ('[]'), ('5'), ('null')) AS p(parameters);
SELECT failure($$SELECT quidditch.call_udf('sum', '{}', NULL)$$);

-- A UDF without parameters says so.
SELECT register('none', '1.0.0', filter());
SELECT failure($$SELECT quidditch.call_udf('none', '{}', '{"a": 1}')$$);
SELECT quidditch.call_udf('none', '{}', NULL), quidditch.call_udf('none', '{}', '{}');

-- Through the host functions: the string's length, or minus the status when there is none.
SELECT register('length', '1.0.0', '(module
    (import "env" "get_param_string" (func $get (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 4) (data (i32.const 0) "text")
    (func (export "filter") (param i64) (result i32) (local $status i32)
        (i32.store (i32.const 8) (i32.const 100000))
        (local.set $status (call $get (i32.const 0) (i32.const 4) (i32.const 16) (i32.const 8)))
        (if (result i32) (i32.eqz (local.get $status)) (then (i32.load (i32.const 8))) (else (i32.sub (i32.const 0) (local.get $status))))))',
    '{"parameters": [{"name": "text", "type": "string", "required": false}], "returns": [{"type": "i32"}]}');
SELECT quidditch.call_udf('length', '{}', '{"text": ""}'), quidditch.call_udf('length', '{}', '{"text": "grün"}'),
    quidditch.call_udf('length', '{}', jsonb_build_object('text', repeat('x', 100000)));
SELECT quidditch.call_udf('length', '{}', jsonb_build_object('text', repeat('x', 100001))), quidditch.call_udf('length', '{}');

-- Parameters that vary from row to row, and UDFs too.
SELECT i, quidditch.call_udf('sum', '{}', jsonb_build_object('i', i / 2)) FROM generate_series(1, 5) AS i;
SELECT name, quidditch.call_udf(name, '{}', parameters)
FROM (VALUES ('sum', '{"i": 1}'::jsonb), ('length', '{"text": "abc"}'), ('sum', '{"i": 2}'), ('none', '{}')) AS v(name, parameters);
