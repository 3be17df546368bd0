-- UDFs in Python and JavaScript: source text, which an interpreter runs that comes with the extension.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
CREATE VIEW scripts AS SELECT name, version, language, function_name, category, tags, parameters, returns FROM quidditch.udfs;
-- What the source says is what is registered.
SELECT quidditch.register_python($$
"""
Between two numbers

@quidditch.udf name=between version=1.2.0 category=math tags=numbers,demo
@quidditch.param low: int - The least
@quidditch.param high: int - The greatest
@quidditch.returns bool - True if it is
"""
def filter(low: int, high: int = 10) -> bool:
    n = get_field_int("n")
    return n is not None and low <= n <= high
$$) ->> 'success';
SELECT quidditch.register_javascript($$
/**
 * Between two numbers
 * @udf name=between_js version=1.2.0 category=math tags=numbers,demo
 * @param {integer} low - The least
 * @param {integer} [high=10] - The greatest
 * @returns {boolean} True if it is
 */
function filter({low, high = 10}) {
    return doc.n !== undefined && low <= doc.n && doc.n <= high;
}
$$) ->> 'success';
SELECT * FROM scripts WHERE category = 'math' ORDER BY name;
CREATE TABLE docs AS SELECT i AS id, jsonb_build_object('n', i) AS doc FROM generate_series(1, 20) AS i;
SELECT count(*) FROM docs WHERE doc @@@ wasm_udf('between', '{"low": 3}');
SELECT count(*) FROM docs WHERE doc @@@ wasm_udf('between', '{"low": 3, "high": 4}') AND doc @@@ wasm_udf('between_js', '{"low": 4}');
CREATE FUNCTION in_between(doc jsonb, low bigint, high bigint DEFAULT NULL) RETURNS boolean LANGUAGE wasm IMMUTABLE AS 'between@1.2.0';
SELECT string_agg(id::text, ' ' ORDER BY id) FROM docs WHERE in_between(doc, 20 - id);
SELECT quidditch.test_udf('between_js', '{"n": 5}', '{"low": 1}') -> 'result';
SELECT failure($$SELECT quidditch.call_udf('between', '{}', '{}')$$);
-- The same again changes nothing; another source needs another version.
SELECT quidditch.register_python('def filter(): return True', name => 'yes', version => '1.0.0') ->> 'success';
SELECT quidditch.register_python('def filter(): return True', name => 'yes', version => '1.0.0') ->> 'success';
SELECT f FROM failure($$SELECT quidditch.register_python('def filter(): return False', name => 'yes', version => '1.0.0')$$) AS f LIMIT 1;
SELECT f FROM failure($$SELECT quidditch.register_javascript('def filter(): return True', name => 'yes', version => '1.0.0')$$) AS f LIMIT 1;
-- What is said beside the source goes before it.
SELECT quidditch.register_python('# @udf: name=a version=1.0.0 category=one
def filter(): return True', '{"category": "two", "description": "d", "language": "rust", "source": "x"}', 'b', '2.0.0') ->> 'name';
SELECT name, version, language, category, description, left(source, 5) FROM quidditch.udfs WHERE name IN ('a', 'b');

-- Results.
CREATE FUNCTION python(name text, ty text, value text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM quidditch.register_python(format(E'def udf_main() -> %s:\n    return %s', ty, value), name => name, version => '1.0.0');
    RETURN QUERY SELECT failure(format('SELECT quidditch.call_udf(%L, ''{}'')', name));
    RETURN QUERY SELECT quidditch.call_udf(name, '{}')::text;
EXCEPTION WHEN external_routine_exception THEN
    NULL;
END $$;
SELECT n, python('r' || n, ty, value) FROM (VALUES (1, 'int', '2 ** 62'), (2, 'float', '0.1 + 0.2'), (3, 'str', '"żółć" * 2'), (4, 'bool', '[]'),
    (5, 'int', '2 ** 64'), (6, 'str', 'None'), (7, 'float', '"1"')) AS v(n, ty, value) ORDER BY n;

-- What is wrong with a source, and where.
CREATE FUNCTION wrong_python(source text, name text DEFAULT 'w', version text DEFAULT '1.0.0') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT failure(format('SELECT quidditch.register_python(%L, name => %L, version => %L)', source, name, version)) $$;
SELECT wrong_python(E'def filter(a: int):\n    return a +');
SELECT wrong_python('x = 1');
SELECT wrong_python('def filter(a: list): return True');
SELECT wrong_python('def filter(a): return True');
SELECT wrong_python(E'def filter(): return True\nraise ValueError("at the top")');
SELECT wrong_python('def filter(): return True', NULL);
SELECT wrong_python('def filter(): return True', 'w', 'one');
SELECT wrong_python('');
SELECT failure('SELECT quidditch.register_python(NULL)');
SELECT failure($$SELECT quidditch.register_python('def filter(): return True', '["a"]', 'w', '1.0.0')$$);
SELECT failure($$SELECT quidditch.register_python('def filter(): return True', '{"langauge": "x"}', 'w', '1.0.0')$$);

-- What goes wrong in a call is an SQL error with the traceback, and the next call works.
SELECT quidditch.register_python($$
def deep(n):
    return deep(n + 1)
def filter(what: str) -> str:
    if what == "divide":
        return str(1 // 0)
    if what == "recursion":
        try:
            deep(0)
        except RecursionError:
            return "too deep"
    if what == "endless":
        while True:
            pass
    if what == "memory":
        keep = []
        while True:
            keep.append("x" * 100000)
    if what == "json":
        return str(get_field_json("a"))
    print("asked for", what)
    return what.upper()
$$, name => 'trouble', version => '1.0.0') ->> 'success';
SELECT failure($$SELECT quidditch.call_udf('trouble', '{}', '{"what": "divide"}')$$);
SELECT quidditch.call_udf('trouble', '{}', '{"what": "recursion"}');
SET quidditch.max_execution_time = 100;
SELECT f FROM failure($$SELECT quidditch.call_udf('trouble', '{}', '{"what": "endless"}')$$) AS f LIMIT 1;
RESET quidditch.max_execution_time;
SELECT f FROM failure($$SELECT quidditch.call_udf('trouble', '{}', '{"what": "memory"}')$$) AS f LIMIT 1;
SELECT quidditch.call_udf('trouble', '{"a": [1, {"b": null}]}', '{"what": "json"}');
SELECT t -> 'result', t -> 'logs' FROM quidditch.test_udf('trouble', '{}', '{"what": "fine"}') AS t;
SELECT quidditch.register_javascript($$
/**
 * @param {string} what - What to do
 * @returns {string} what came of it
 */
function filter(what) {
    if (what == "divide") return String(1n / 0n);
    if (what == "throw") throw "a string";
    if (what == "endless") while (true);
    if (what == "recursion") { try { const f = () => f() + 1; f(); } catch (e) { return "too deep"; } }
    if (what == "memory") { const keep = []; for (;;) keep.push("x".repeat(100000) + keep.length); }
    if (what == "time") return String(Date.now());
    console.log("asked for", what);
    return what.toUpperCase() + JSON.stringify(doc.a);
}
$$, '{}', 'trouble_js', '1.0.0') ->> 'success';
SELECT failure($$SELECT quidditch.call_udf('trouble_js', '{}', '{"what": "divide"}')$$);
SELECT f FROM failure($$SELECT quidditch.call_udf('trouble_js', '{}', '{"what": "throw"}')$$) AS f LIMIT 1;
SELECT quidditch.call_udf('trouble_js', '{}', '{"what": "recursion"}');
SET quidditch.max_execution_time = 100;
SELECT f FROM failure($$SELECT quidditch.call_udf('trouble_js', '{}', '{"what": "endless"}')$$) AS f LIMIT 1;
RESET quidditch.max_execution_time;
SELECT f ~ 'memory' AS memory FROM failure($$SELECT quidditch.call_udf('trouble_js', '{}', '{"what": "memory"}')$$) AS f LIMIT 1;
SELECT f FROM failure($$SELECT quidditch.call_udf('trouble_js', '{}', '{"what": "time"}')$$) AS f LIMIT 1;
SELECT t -> 'result', t -> 'logs' FROM quidditch.test_udf('trouble_js', '{"a": [1, {"b": null}]}', '{"what": "fine"}') AS t;
SELECT failure($$SELECT quidditch.register_javascript('function filter( { return 1 }', name => 'w', version => '1.0.0')$$);
SELECT failure($$SELECT quidditch.register_javascript('export function filter() { return true }', name => 'w', version => '1.0.0')$$);

-- What may be left out and has no default of the language's is None; `doc` is the document.
SELECT quidditch.register_python('from typing import Optional
def filter(doc, a: Optional[str], b: int | None = 3, *, c: float | None, d: Optional[bool] = True) -> str:
    return repr([doc["n"], a, b, c, d])', name => 'optional', version => '1.0.0') ->> 'success';
SELECT parameters FROM quidditch.udfs WHERE name = 'optional';
SELECT quidditch.call_udf('optional', '{"n": [1, 2]}');
SELECT quidditch.call_udf('optional', '{"n": 5}', '{"a": "x", "b": 4, "c": 0.5, "d": false}');
SELECT quidditch.register_python('def filter(doc: dict): return len(doc) == 2', name => 'two', version => '1.0.0') ->> 'success';
SELECT quidditch.call_udf('two', '{"a": 1, "b": 2}'), quidditch.call_udf('two', '{}');
SELECT quidditch.register_python('def filter(doc: str): return doc == "x"', name => 'own_doc', version => '1.0.0') ->> 'success';
SELECT quidditch.call_udf('own_doc', '{"doc": "y"}', '{"doc": "x"}');
SELECT quidditch.register_javascript('/** @returns {string} */ const filter = doc => JSON.stringify(doc)', name => 'json', version => '1.0.0') ->> 'success';
SELECT parameters, quidditch.call_udf('json', '{"a": 1}') FROM quidditch.udfs WHERE name = 'json';
SELECT quidditch.register_javascript('/** @param {integer} least */ function filter(doc, least) { return doc.n >= least }', name => 'least', version => '1.0.0') ->> 'success';
SELECT parameters, quidditch.call_udf('least', '{"n": 1}', '{"least": 2}') FROM quidditch.udfs WHERE name = 'least';

-- Bringing code takes the right to. What a script isn't permitted is an error when it does that.
SELECT quidditch.register_python('def filter(a: str) -> int: return get_field_int("n") if a == "read" else log("x") if a == "log" else 5',
    '{"permissions": []}', 'nothing', '1.0.0') ->> 'success';
SELECT failure($$SELECT quidditch.call_udf('nothing', '{}', '{"a": "read"}')$$);
SELECT failure($$SELECT quidditch.call_udf('nothing', '{}', '{"a": "log"}')$$);
SELECT quidditch.call_udf('nothing', '{}', '{"a": "neither"}');
SELECT quidditch.register_javascript('/** @param {string} a @returns {boolean} */ function filter(a) {
    try { if (a == "log") console.log(a); else return doc.a == a } catch { return true } }', '{"permissions": ["read_document"]}', 'reads', '1.0.0') ->> 'success';
SELECT failure($$SELECT quidditch.call_udf('reads', '{}', '{"a": "log"}')$$);
SELECT quidditch.call_udf('reads', '{"a": "x"}', '{"a": "x"}');
UPDATE quidditch.udf SET permissions = '{write_log}' WHERE name = 'reads';
SELECT failure($$SELECT quidditch.call_udf('reads', '{"a": "x"}', '{"a": "x"}')$$);
SET client_min_messages = warning;
DROP ROLE IF EXISTS quidditch_nobody;
RESET client_min_messages;
CREATE ROLE quidditch_nobody;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO quidditch_nobody;
SET ROLE quidditch_nobody;
SELECT failure($$SELECT quidditch.register_python('def filter(): return True', name => 'w', version => '1.0.0')$$);
SELECT failure($$SELECT quidditch.register_javascript('function filter() { return true }', name => 'w', version => '1.0.0')$$);
SELECT quidditch.call_udf('yes', '{}');
RESET ROLE;
-- A module that somebody else compiled from Python is a module; source text in its place is none, and the hint says where it goes.
SELECT quidditch.register_udf('compiled', '1.0.0', convert_to('(module (func (export "filter") (param i64) (result i32) i32.const 1))', 'UTF8'), '{"language": "python"}') ->> 'success';
SELECT quidditch.call_udf('compiled', '{}'), language, interpreter FROM quidditch.udf WHERE name = 'compiled';
SELECT quidditch.udf_manifest('compiled') = quidditch.manifest('compiled', '1.0.0', module, '{"language": "python"}') AS same FROM quidditch.udf WHERE name = 'compiled';
SELECT failure($$SELECT quidditch.register_udf('none', '1.0.0', convert_to('def filter(x: str) -> bool: return True', 'UTF8'), '{"language": "python"}')$$);
-- What a script keeps from row to row is its call site's alone.
SELECT quidditch.register_python(E'n = 0\ndef filter() -> int:\n    global n\n    n += 1\n    return n', name => 'counts', version => '1.0.0') ->> 'success';
CREATE FUNCTION counts(doc jsonb) RETURNS bigint LANGUAGE wasm AS 'counts@1.0.0';
SELECT counts('{}'), counts('{}') FROM generate_series(1, 3);
SELECT counts('{}');
-- Unregistered, it is gone.
SELECT quidditch.unregister_udf('yes', '1.0.0');
SELECT f FROM failure($$SELECT quidditch.call_udf('yes', '{}')$$) AS f LIMIT 1;
DROP OWNED BY quidditch_nobody;
DROP ROLE quidditch_nobody;
