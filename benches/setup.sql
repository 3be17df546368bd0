-- The table and the functions that benches/run.sh measures with.
CREATE EXTENSION quidditch;
CREATE EXTENSION fuzzystrmatch;

CREATE TABLE docs AS
    SELECT i AS id, jsonb_build_object(
        'name', (ARRAY['wireless', 'ergonomic', 'mechanic'])[1 + i % 3] || ' keyboard ' || lpad((i % 97)::text, 2, '0'),
        'price', (i * 37 % 20000) / 100.0,
        'stock', i % 50,
        'category', (ARRAY['books', 'music', 'games'])[1 + i % 3],
        'tags', jsonb_build_array('new', 'b' || i % 7),
        'a', jsonb_build_object('b', jsonb_build_object('c', i % 1000))) AS doc
    FROM generate_series(1, :rows) AS i;
-- Texts of about 300 characters, of 2,000 words of which the first are the most frequent.
CREATE TABLE texts AS
    SELECT i AS id, jsonb_build_object('text', (
        SELECT string_agg(CASE w % 9 WHEN 0 THEN 'Word' ELSE 'word' END || floor(2000 ^ random())::int::text, CASE w % 11 WHEN 0 THEN '. ' ELSE ' ' END)
        FROM generate_series(1, 44 + i % 5) AS w)) AS doc
    FROM generate_series(1, :rows / 10) AS i;
VACUUM (ANALYZE) docs, texts;

-- The fastest of some runs, in milliseconds. Each is planned anew, the first fills the caches.
CREATE FUNCTION bench_ms(query text, rounds integer) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    started timestamptz;
    took numeric;
    fastest numeric;
BEGIN
    FOR round IN 1 .. rounds LOOP
        started := clock_timestamp();
        EXECUTE query;
        took := extract(epoch FROM clock_timestamp() - started) * 1000;
        fastest := least(fastest, took);
    END LOOP;
    RETURN round(fastest, 3);
END
$$;

-- What planning a query takes at best, in milliseconds.
CREATE FUNCTION bench_planning_ms(query text, rounds integer) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    plan json;
    fastest numeric;
BEGIN
    FOR round IN 1 .. rounds LOOP
        EXECUTE 'EXPLAIN (SUMMARY, FORMAT json) ' || query INTO plan;
        fastest := least(fastest, (plan -> 0 ->> 'Planning Time')::numeric);
    END LOOP;
    RETURN fastest;
END
$$;

CREATE FUNCTION bench_one_plpgsql(doc jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (doc->>'price')::float8 > 100;
END
$$;

CREATE FUNCTION bench_two_plpgsql(doc jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (doc->>'price')::float8 > 100 AND (doc->>'stock')::float8 > 5;
END
$$;

CREATE FUNCTION bench_module() RETURNS bytea LANGUAGE sql AS $$
SELECT convert_to($wat$(module
    (import "env" "get_field_f64" (func $get (param i64 i32 i32 i32) (result i32)))
    (import "env" "get_param_string" (func $param (param i32 i32 i32 i32) (result i32)))
    (import "env" "get_param_i64" (func $param_i64 (param i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "price") (data (i32.const 16) "stock") (data (i32.const 32) "path")
    (data (i32.const 48) "times")
    (global $length (mut i32) (i32.const 0))
    (global $times (mut i64) (i64.const 0))
    (func $read (param $doc i64) (param $path i32) (param $length i32) (result f64)
        (if (result f64)
            (call $get (local.get $doc) (local.get $path) (local.get $length) (i32.const 64))
            (then (f64.const 0))
            (else (f64.load (i32.const 64)))))
    (func (export "noop") (param i64) (result i32) (i32.const 1))
    (func (export "one") (param $doc i64) (result i32)
        (f64.gt (call $read (local.get $doc) (i32.const 0) (i32.const 5)) (f64.const 100)))
    (func (export "two") (param $doc i64) (result i32)
        (if (result i32) (f64.gt (call $read (local.get $doc) (i32.const 0) (i32.const 5)) (f64.const 100))
            (then (f64.gt (call $read (local.get $doc) (i32.const 16) (i32.const 5)) (f64.const 5)))
            (else (i32.const 0))))
    ;; Reads the field `path`, `times` times.
    (func (export "reads") (param $doc i64) (result i32)
        (local $left i64) (local $sum f64)
        (if (i32.eqz (global.get $length))
            (then
                (i32.store (i32.const 80) (i32.const 100))
                (drop (call $param (i32.const 32) (i32.const 4) (i32.const 128) (i32.const 80)))
                (global.set $length (i32.load (i32.const 80)))
                (drop (call $param_i64 (i32.const 48) (i32.const 5) (i32.const 80)))
                (global.set $times (i64.load (i32.const 80)))))
        (local.set $left (global.get $times))
        (loop $again
            (local.set $sum
                (f64.add (local.get $sum) (call $read (local.get $doc) (i32.const 128) (global.get $length))))
            (local.set $left (i64.sub (local.get $left) (i64.const 1)))
            (br_if $again (i64.gt_s (local.get $left) (i64.const 0))))
        (f64.gt (local.get $sum) (f64.const 100))))$wat$, 'UTF8')
$$;

SELECT quidditch.register_udf('bench_' || export, '1.0.0', bench_module(), jsonb_build_object('function_name', export))
FROM unnest(ARRAY['noop', 'one', 'two']) AS export \g /dev/null
SELECT quidditch.register_udf('bench_reads', '1.0.0', bench_module(), '{"function_name": "reads", "parameters": [
    {"name": "path", "type": "string"}, {"name": "times", "type": "i64"}]}') \g /dev/null

-- Registers a module some times, under other versions; the median in milliseconds.
CREATE FUNCTION bench_register(module bytea, metadata jsonb, rounds integer) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    started timestamptz;
    took numeric[];
BEGIN
    FOR round IN 1 .. rounds LOOP
        started := clock_timestamp();
        PERFORM quidditch.register_udf('bench_register', round || '.0.' || octet_length(module), module, metadata);
        took := took || extract(epoch FROM clock_timestamp() - started) * 1000;
    END LOOP;
    RETURN (SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY t)::numeric, 2) FROM unnest(took) AS t);
END
$$;

CREATE FUNCTION bench_function(doc jsonb) RETURNS boolean LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'bench_one@1.0.0';
