-- Sources that nobody should write. Each ends with an answer or an error, and the session goes on: after each, another
-- UDF is called, and the answer is shown only if that works.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
SELECT quidditch.register_python('def filter(): return True', name => 'fine', version => '1.0.0') ->> 'success';
SELECT quidditch.register_javascript('function filter() { return true }', name => 'fine_js', version => '1.0.0') ->> 'success';
CREATE SEQUENCE nth;

-- Registers a source as the next version of `bad` and calls it: the SQLSTATE and the message, or the answer.
CREATE FUNCTION tried(language text, source text, document jsonb, parameters jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    version text := nextval('nth') || '.0.0';
    answer text;
BEGIN
    BEGIN
        EXECUTE format('SELECT quidditch.register_%s($1, name => ''bad'', version => $2)', language) USING source, version;
        answer := quidditch.call_udf('bad', document, parameters);
    EXCEPTION WHEN query_canceled OR OTHERS THEN
        answer := regexp_replace(SQLSTATE || ': ' || replace(SQLERRM, '@' || version, ''), '(x{20})x*', '\1…');
    END;
    ASSERT quidditch.call_udf('fine', '{}')::boolean AND quidditch.call_udf('fine_js', '{}')::boolean;
    RETURN answer;
END $$;
CREATE FUNCTION py(source text, document jsonb DEFAULT '{}', parameters jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT tried('python', source, document, parameters) $$;
CREATE FUNCTION js(source text, document jsonb DEFAULT '{}', parameters jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT tried('javascript', source, document, parameters) $$;
-- The body of a function without parameters.
CREATE FUNCTION py_does(body text, document jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT py(E'def filter() -> str:\n    ' || replace(body, E'\n', E'\n    '), document) $$;
CREATE FUNCTION js_does(body text, document jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT js('/** @returns {string} */ function filter() {' || body || '}', document) $$;

-- Syntax.
SELECT py(E'x = [\n\ndef filter(): return True');
SELECT py(E'def filter():\n  return (');
SELECT py(E'def filter():\n\treturn True\n        return False');
SELECT py(E'def filter():\nreturn True');
SELECT py('def filter(: return');
SELECT py(')');
SELECT py('"""');
SELECT py(E'def filter() -> bool:\n    return "');
SELECT py('def filter(class: str): return True');
SELECT js('function filter() { return [ }');
SELECT js(E'let a = {\n\nfunction filter() { return true }');
SELECT js('function filter() {');
SELECT js('function filter( { return true }');
SELECT js('function filter(class) { return true }');
SELECT js('`${');
SELECT js('/*');
SELECT js('const filter = 1; const filter = 2;');
-- No function to call.
SELECT py('filter = 1');
SELECT py('class filter: pass');
SELECT py(E'def filter(): return True\ndel filter');
SELECT py(E'def filter(): return True\nfilter = 5');
SELECT js('let filter = 1');
SELECT js('class filter {}');
SELECT js('function filter() { return true } filter = 5');
-- Types and names.
SELECT py('def filter(a: Foo): return True');
SELECT py('def filter(a: "str"): return True');
SELECT py('def filter(a: list[str]): return True');
SELECT py('def filter() -> None: return None');
SELECT py('def filter() -> dict: return {}');
SELECT py('def filter(select: str, user: int, order: bool): return select == "a" and user == 1 and order', '{}',
    '{"select": "a", "user": 1, "order": true}');
SELECT js(E'/**\n * @param {string} select\n * @param {integer} of\n * @param {string} async */\nfunction filter(select, of, async) { return select + of + async == "a1b" }',
    '{}', '{"select": "a", "of": 1, "async": "b"}');
SELECT js('/** @param {Foo} a */ function filter(a) { return true }');
SELECT js('/** @param {string} a"b */ function filter({"a\"b": c}) { return true }');
SELECT py('def größe(): return True');
SELECT py(E'# @udf: entry\ndef größe() -> str: return "schön"');
SELECT js(E'// @udf: entry\n/** @returns {string} */\nfunction größe() { return "schön" }');
SELECT f FROM failure($$SELECT quidditch.register_python('def filter(): return True', name => 'a"; DROP TABLE docs', version => '1.0.0')$$) AS f LIMIT 1;
-- Ends of lines, tabs, a byte order mark.
SELECT py(E'\uFEFFdef filter() -> str:\r\n\ttext = """a\r\nb"""\r\n\treturn text.replace("\\n", "|")\r\n');
SELECT js(E'\uFEFF/** @returns {string} */\r\nfunction filter() {\r\n\treturn `a\r\nb`.replace("\\n", "|");\r\n}\r\n');
-- Without an end, also when an exception is put into words.
SET quidditch.max_execution_time = '300ms';
SELECT py_does('while True: pass');
SELECT py_does(E'while True:\n    try:\n        while True: pass\n    except BaseException: pass\n    finally: continue');
SELECT py(E'def g():\n    while True: yield 1\ndef filter() -> int: return sum(g())');
SELECT py(E'while True: pass\ndef filter(): return True');
SELECT js_does('for (;;) try { for (;;); } catch {} finally { continue }');
SELECT js_does('return /(a*)*b/.test("a".repeat(100)) + ""');
SELECT js(E'for (;;);\nfunction filter() { return true }');
SELECT py(E'class Odd(Exception):\n    def __str__(self):\n        while True: pass\ndef filter(): raise Odd()');
SELECT js_does('throw {toJSON() { for (;;); }}');
SELECT js_does('throw Object.defineProperty(new Error("x"), "message", {get() { for (;;); }})');
RESET quidditch.max_execution_time;
-- Recursion without an end, and an end that is far.
SELECT py(E'def f(n):\n    return f(n + 1)\ndef filter(): return f(0)');
SELECT py(E'def f(n):\n    return n and 1 + f(n - 1)\ndef filter() -> int: return f(1000)');
SELECT py(E'class A:\n    def __eq__(self, other): return self == other\ndef filter(): return A() == A()');
SELECT py(E'def filter() -> str:\n    try:\n        return filter()\n    except RecursionError as e:\n        return "caught"');
SELECT js('function filter() { return filter() }');
SELECT js('const f = n => n && 1 + f(n - 1); /** @returns {integer} */ function filter() { return f(1000) }');
SELECT js('const f = n => n && 1 + f(n - 1); /** @returns {integer} */ function filter() { return f(4000) }');
SELECT js('const o = {get x() { return this.x }}; function filter() { return o.x }');
SELECT js_does('try { return filter() } catch (e) { return `${e instanceof RangeError} ${e.message}` }');
-- More memory than there is.
SELECT py_does(E'all = []\nwhile True: all.append("x" * 100000)');
SELECT py_does('return "x" * 1000000000');
SELECT py_does('return str(1 << 1000000000)');
SELECT py_does(E'try:\n    return "x" * 100000000\nexcept MemoryError:\n    return "caught"');
SELECT py(E'all = [0] * 10000000\ndef filter(): return True');
SELECT js_does('const all = []; for (;;) all.push("x".repeat(100000) + all.length)');
SELECT js_does('return String(new Uint8Array(1e9))');
SELECT js_does('try { return String(new Uint8Array(1e9)) } catch (e) { return String(e) }');
SELECT js_does('return "x".repeat(1e9)');
SELECT js('const all = new Uint8Array(1e8); function filter() { return true }');
-- Less than an interpreter begins with.
SET quidditch.max_memory = '512kB';
SELECT failure($$SELECT quidditch.call_udf('fine', '{}')$$);
SELECT failure($$SELECT quidditch.call_udf('fine_js', '{}')$$);
RESET quidditch.max_memory;
SELECT failure($$SELECT quidditch.register_python('def filter(): return True', '{"limits": {"max_memory": "512kB"}}', 'small', '1.0.0')$$);
SELECT failure($$SELECT quidditch.register_javascript('function filter() { return true }', '{"limits": {"max_memory": "1MB"}}', 'small', '1.0.0')$$);
-- Deep documents, deep results, deep parameters.
CREATE TABLE deep AS SELECT jsonb_build_object('a', (repeat('[', 5000) || '1' || repeat(']', 5000))::jsonb,
    'o', (repeat('{"o":', 5000) || '1' || repeat('}', 5000))::jsonb, 'b', (repeat('[', 1000) || '1' || repeat(']', 1000))::jsonb) AS doc;
SELECT py_does(E'd, n = get_field_json("a"), 0\nwhile isinstance(d, list): d, n = d[0], n + 1\nreturn str(n)', doc) FROM deep;
SELECT py(E'def filter(doc) -> int:\n    n = 0\n    while isinstance(doc, dict): doc, n = doc["o"], n + 1\n    return n', doc) FROM deep;
SELECT js_does('let d = doc.b, n = 0; while (Array.isArray(d)) { d = d[0]; n++ } return String(n)', doc) FROM deep;
SELECT js_does('return String(JSON.stringify(doc).length)', doc) FROM deep;
SELECT js_does('return JSON.stringify(udf.getFieldJson("o"))', doc) FROM deep;
SELECT py_does('return get_field_json("a")', '{"a": [[1], {"b": null}]}');
SELECT js_does('return doc.a', '{"a": [[1], {"b": null}]}');
SELECT regexp_replace(py('def filter(a: str): return True', '{}', jsonb_build_object('a', doc)), '(\[0\])+', '[0]…') FROM deep;
SELECT py('def filter(a: str): return True', '{}', '{"a": [{}]}');
SELECT js('/** @param {string} a */ function filter(a) { return true }', '{}', '{"a": [{}]}');
-- Exceptions of every kind.
SELECT py_does('raise ValueError');
SELECT py_does('raise ValueError("a", 1)');
SELECT py(E'class Odd(Exception):\n    pass\ndef filter(): raise Odd("strange")');
SELECT py(E'class Odd(BaseException):\n    def __str__(self): raise ValueError("no")\ndef filter(): raise Odd()');
SELECT py(E'class Odd(Exception):\n    def __str__(self): return str(self)\ndef filter(): raise Odd()');
SELECT py(E'class Odd(Exception):\n    def __str__(self): return f"code {self.args[0]}"\ndef filter(): raise Odd(7)');
SELECT py(E'class Odd(KeyError): pass\ndef filter(): raise Odd()');
SELECT py(E'class Odd(Exception):\n    def __str__(self): return 5\ndef filter(): raise Odd()');
SELECT py_does('raise SystemExit');
SELECT py_does('raise KeyboardInterrupt("x")');
SELECT py_does('raise StopIteration');
SELECT py_does('raise 5');
SELECT py_does('raise None');
SELECT py_does(E'try: return "a"\nfinally: raise KeyError("in finally")');
SELECT py_does(E'try: 1 // 0\nexcept ZeroDivisionError: raise ValueError("from another") from None');
SELECT py_does('raise ValueError("x" * 1000000)');
SELECT py_does('raise ValueError("a\0b\ud800")');
SELECT py_does('assert False, "told"');
SELECT py_does('return "\0"');
SELECT js_does('throw null');
SELECT js_does('throw undefined');
SELECT js_does('throw {code: 7}');
SELECT js_does('throw {get a() { throw 1 }}');
SELECT js_does('throw {toJSON() { return this }, toString() { throw 1 }}');
SELECT js_does('const o = {}; o.o = o; throw o');
SELECT js_does('throw () => 1');
SELECT js_does('throw Symbol("s")');
SELECT js_does('throw Object.assign(new Error("x"), {toString() { throw this }})');
SELECT js('class Odd extends Error { name = "Odd" } function filter() { throw new Odd("strange") }');
SELECT js_does('try { return "a" } finally { throw new TypeError("in finally") }');
SELECT js_does('throw new Error("x".repeat(1000000))');
SELECT js_does('throw new Proxy(new Error("x"), {get() { throw 1 }})');
SELECT js_does('return "\0"');
SELECT js_does('return Promise.reject(new Error("later"))');
SELECT js_does('return new Promise(() => 1)');
-- Long sources.
SELECT py(repeat(E'# a comment\n', 80000) || 'def filter(): return True');
SELECT py(repeat(E'# a comment\n', 90000) || 'def filter(): return True');
SELECT py(repeat('(', 100000));
SELECT js(repeat(E'// a comment\n', 80000) || 'function filter() { return true }');
SELECT js(repeat(E'// a comment\n', 90000) || 'function filter() { return true }');
SELECT js('function filter() { return true } var a = ' || repeat('[', 100000));
SELECT js('function filter() { return true } var a = [' || repeat('1,', 400000) || ']');
-- Text that isn't UTF-8 gets nowhere: neither into a database that is, nor is there the extension in one that isn't.
SELECT failure($$SELECT quidditch.register_python(convert_from('\x646566e4', 'UTF8'), name => 'bad', version => '0.1.0')$$);
SELECT failure($$SELECT quidditch.register_python(E'def filter(): return "a\u0000b"', name => 'bad', version => '0.1.0')$$);
SELECT failure($$SELECT quidditch.call_udf('fine', '{"a": "\u0000"}')$$);
SET client_min_messages = warning;
DROP DATABASE IF EXISTS quidditch_ascii;
CREATE DATABASE quidditch_ascii ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C';
\set database :DBNAME
\c quidditch_ascii
\set VERBOSITY terse
CREATE EXTENSION quidditch;
\c :database
DROP DATABASE quidditch_ascii;
