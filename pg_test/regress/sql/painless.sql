-- What Painless scripts become, as docs/elasticsearch.md says: the UDFs and expressions there, on documents whose answers
-- follow from what Elasticsearch documents about the scripts. Each line is true, or says what it was instead.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
CREATE FUNCTION same(got text, expected text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN got IS NOT DISTINCT FROM expected THEN 'true' ELSE format('%s, expected %s', got, expected) END
$$;
-- To a relative error of 1e-12.
CREATE FUNCTION near(got jsonb, expected double precision) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN abs(got::text::float8 - expected) <= 1e-12 * abs(expected) THEN 'true' ELSE format('%s, expected %s', got, expected) END
$$;
CREATE TABLE docs (id int, doc jsonb);
-- The ids of the documents that a clause keeps.
CREATE FUNCTION kept(query jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), '') FROM docs WHERE doc @@@ query
$$;

-- Two fields compared. 10 kB are 10240 bytes, more than 120 times 85 (10200), not than 120 times 86 (10320); a missing field,
-- which ends the script in Elasticsearch, keeps nothing here.
INSERT INTO docs VALUES (1, '{"installed_kb": 10, "size": 85}'), (2, '{"installed_kb": 10, "size": 86}'), (3, '{"installed_kb": 10}'), (4, '{}');
SELECT same(kept('{"expr": "installed_kb * 1024 > 120 * size"}'), '1');

-- Math.log is the natural logarithm: a score of 1 times ln(2 + 1) is 1.0986…, of 2 + (e⁴ - 2) 4. Math.log10(100) is 2.
CREATE FUNCTION score(document jsonb, expression text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT to_jsonb(-(document <@> jsonb_build_object('script_score', jsonb_build_object('query', '{"match_all": {}}'::jsonb, 'expr', expression))))
$$;
SELECT near(score('{"n": 1}', '_score * ln(2 + n)'), ln(3.0::float8)), near(score(jsonb_build_object('n', exp(4.0::float8) - 2), '_score * ln(2 + n)'), 4),
       near(score('{"n": 100}', 'log10(n)'), 2);

-- Weights among the parameters: words * score + small / (1 + kb / 1000) + described * tags / 10, with a score of 1 of match_all.
-- 1 + 5/(1+1) + 2*3/10 = 4.1; the defaults 1 + 1/(1+0) + 0/10 = 2, where tags are missing.
SELECT quidditch.register_javascript($$
/**
 * @udf name=weighted version=1.0.0 entry
 * @returns {number}
 */
function weighted(words = 1.0, small = 1.0, described = 1.0) {
  return words * udf.getScore()
       + small / (1 + doc.installed_kb / 1000)
       + described * (doc.tags?.length ?? 0) / 10;
}
$$) ->> 'success';
CREATE FUNCTION udf_score(document jsonb, udf text, parameters jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT to_jsonb(-(document <@> jsonb_build_object('script_score', jsonb_build_object('query', '{"match_all": {}}'::jsonb) || wasm_udf(udf, parameters))))
$$;
SELECT near(udf_score('{"installed_kb": 1000, "tags": ["a", "b", "c"]}', 'weighted', '{"small": 5, "described": 2}'), 4.1),
       near(udf_score('{"installed_kb": 0}', 'weighted', '{}'), 2),
       near(udf_score('{"installed_kb": 0}', 'weighted', '{"words": 3, "small": 0}'), 3);
-- params.smal is null in Painless; here it is an error.
SELECT failure($$SELECT udf_score('{"installed_kb": 0}', 'weighted', '{"smal": 1}')$$);

-- Newer is better: one half for each half-life. May 31 to May 1 are 30 days, to April 1 at noon 59.5; what lies ahead counts 1.
-- A date without time is midnight in UTC, in Elasticsearch's strict_date_optional_time as in Date.parse.
SELECT quidditch.register_javascript($$
/**
 * @udf name=freshness version=1.0.0 entry
 * @param {string} now
 * @returns {number} 1 for today, half of it for each half-life before
 */
function freshness(now, half_life_days = 30.0) {
  const age = (Date.parse(now) - Date.parse(doc.released)) / 86400000;
  return age >= 0 ? 0.5 ** (age / half_life_days) : 1;
}
$$) ->> 'success';
SELECT near(quidditch.call_udf('freshness', '{"released": "2024-05-31"}', '{"now": "2024-05-31"}'), 1),
       near(quidditch.call_udf('freshness', '{"released": "2024-05-01"}', '{"now": "2024-05-31"}'), 0.5),
       near(quidditch.call_udf('freshness', '{"released": "2024-04-01T12:00:00Z"}', '{"now": "2024-05-31"}'), 0.5 ^ (59.5 / 30)),
       near(quidditch.call_udf('freshness', '{"released": "2024-04-01T14:00:00+02:00"}', '{"now": "2024-05-31T00:00:00Z", "half_life_days": 59.5}'), 0.5),
       near(quidditch.call_udf('freshness', '{"released": "2025-01-01"}', '{"now": "2024-05-31"}'), 1);

-- arcDistance is the haversine distance on a sphere of 6371008.7714 m: a degree of the equator or of a meridian is πr/180, half around πr,
-- and from one place to itself nothing. At 60° north a degree of longitude is about half of one at the equator: by the formula,
-- 2r asin(cos 60° sin 0.5°).
SELECT quidditch.register_javascript($$
/**
 * @udf name=arc_distance version=1.0.0 entry
 * @returns {number} Meters to a place
 */
function distance(lat = 0.0, lon = 0.0) {
  const place = doc.location, r = Math.PI / 180;
  const half = x => Math.sin(x * r / 2) ** 2;
  const h = half(place.lat - lat) + Math.cos(lat * r) * Math.cos(place.lat * r) * half(place.lon - lon);
  return 2 * 6371008.7714 * Math.asin(Math.sqrt(h));
}
$$) ->> 'success';
SELECT near(quidditch.call_udf('arc_distance', '{"location": {"lat": 0, "lon": 1}}'), pi() * 6371008.7714 / 180),
       near(quidditch.call_udf('arc_distance', '{"location": {"lat": 52, "lon": 13}}', '{"lat": 51, "lon": 13}'), pi() * 6371008.7714 / 180),
       near(quidditch.call_udf('arc_distance', '{"location": {"lat": 0, "lon": 180}}'), pi() * 6371008.7714),
       near(quidditch.call_udf('arc_distance', '{"location": {"lat": 60, "lon": 1}}', '{"lat": 60}'), 2 * 6371008.7714 * asin(0.5 * sind(0.5))),
       same(quidditch.call_udf('arc_distance', '{"location": {"lat": 52.5, "lon": 13.4}}', '{"lat": 52.5, "lon": 13.4}')::text, '0');

-- A loop over an array. 1 has two such tags, 2 one, 3 and 4 none; in 5 it is no array, in 6 it is missing.
SELECT quidditch.register_python($$
"""
@quidditch.udf name=tagged version=1.0.0
"""
def filter(prefix: str, at_least: int = 1) -> bool:
    tags = get_field_json("tags") or []
    return sum(1 for tag in tags if tag.startswith(prefix)) >= at_least
$$) ->> 'success';
TRUNCATE docs;
INSERT INTO docs VALUES (1, '{"tags": ["a::1", "a::2", "b"]}'), (2, '{"tags": ["a::1"]}'), (3, '{"tags": ["A::1", "aa"]}'), (4, '{"tags": []}'), (5, '{"tags": "a::1"}'), (6, '{}');
SELECT same(kept(wasm_udf('tagged', '{"prefix": "a::"}')), '1 2'), same(kept(wasm_udf('tagged', '{"prefix": "a::", "at_least": 2}')), '1'),
       same(kept(wasm_udf('tagged', '{"prefix": "a::", "at_least": 0}')), '1 2 3 4 5 6');

-- startsWith regards case; =~ finds the pattern anywhere, $ is the end. The clauses say the same.
SELECT quidditch.register_javascript($$
// @udf: name=numbered_dev version=1.0.0
const numbered = /[0-9]-dev$/;
function filter(prefix = "lib") {
  return doc.name.startsWith(prefix) && numbered.test(doc.name);
}
$$) ->> 'success';
TRUNCATE docs;
INSERT INTO docs VALUES (1, '{"name": "liba1-dev"}'), (2, '{"name": "Liba1-dev"}'), (3, '{"name": "liba-dev"}'), (4, '{"name": "lib1-dev-bin"}'), (5, '{"name": "a1-dev"}'), (6, '{"name": "lib9-dev"}');
SELECT same(kept(wasm_udf('numbered_dev')), '1 6'), same(kept(wasm_udf('numbered_dev', '{"prefix": ""}')), '1 2 5 6'),
       same(kept('{"bool": {"filter": [{"prefix": {"name": "lib"}}, {"regexp": {"name": ".*[0-9]-dev"}}]}}'), '1 6');

-- A field that may be missing: size() is 0 for a missing field, for null and for an empty array, which have no doc values. 1 is https, 2 http.
TRUNCATE docs;
INSERT INTO docs VALUES (1, '{"homepage": "https://a"}'), (2, '{"homepage": "http://a"}'), (3, '{"homepage": null}'), (4, '{"homepage": []}'), (5, '{}'), (6, '{"homepage": ""}');
SELECT same(kept('{"expr": "homepage IS NULL OR starts_with(homepage, ''http:'')"}'), '2 3 4 5');

-- A runtime field: the third part between slashes, as of splitOnToken; nothing where there is none.
SELECT quidditch.register_python($$
"""
@quidditch.udf name=homepage_host version=1.0.0
"""
def udf_main() -> str:
    parts = (get_field_string("homepage") or "").split("/")
    return parts[2] if len(parts) > 2 else ""
$$) ->> 'success';
SELECT same(quidditch.call_udf('homepage_host', '{"homepage": "https://www.gnu.org/software"}') #>> '{}', 'www.gnu.org'),
       same(quidditch.call_udf('homepage_host', '{"homepage": "gnu.org"}') #>> '{}', ''),
       same(quidditch.call_udf('homepage_host', '{}') #>> '{}', '');

-- Sorting by a script, as a function: 4 in 2 MB are 2 a MB, 3 in 1 MB 3, none 0.
SELECT quidditch.register_javascript($$
/**
 * @udf name=depends_per_mb version=1.0.0 entry
 * @returns {number}
 */
function perMegabyte() { return (doc.depends?.length ?? 0) * 1024 / doc.installed_kb }
$$) ->> 'success';
CREATE FUNCTION depends_per_mb(doc jsonb) RETURNS double precision
    LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'depends_per_mb@1.0.0';
TRUNCATE docs;
INSERT INTO docs VALUES (1, '{"installed_kb": 2048, "depends": ["a", "b", "c", "d"]}'), (2, '{"installed_kb": 1024, "depends": ["a", "b", "c"]}'), (3, '{"installed_kb": 5}');
SELECT same(string_agg(format('%s:%s', id, depends_per_mb(doc)), ' ' ORDER BY depends_per_mb(doc) DESC), '2:3 1:2 3:0') FROM docs;

-- The table of constructs. The document is as it is stored: arrays in their order, with duplicates, where doc values would be sorted; types as they are.
CREATE TABLE construct (n int GENERATED ALWAYS AS IDENTITY, document jsonb, expr text, javascript text, python text, expected jsonb);
INSERT INTO construct (document, expr, javascript, python, expected) VALUES
    ('{"f": 2.5}', 'f', 'doc.f', 'get_field_float("f")', '2.5'),
    ('{"a": {"b": 3}}', 'a.b', 'doc.a.b', 'get_field_json("a.b")', '3'),
    ('{"f": 1}', 'f IS NULL ? 1 : 0', 'Number(doc.f == null)', 'int(not has_field("f"))', '0'),
    ('{}', 'f IS NULL ? 1 : 0', 'Number(doc.f == null)', 'int(not has_field("f"))', '1'),
    ('{"f": ["b", "a", "b"]}', NULL, 'doc.f?.length', 'get_array_length("f")', '3'),
    ('{"f": ["b", "a", "b"]}', 'f = ''a'' ? 1 : 0', 'Number(doc.f?.includes("a"))', 'int("a" in (get_field_json("f") or []))', '1'),
    ('{"x": 100}', 'log10(x)', 'Math.log10(doc.x)', 'math.log10(get_field_float("x"))', '2'),
    ('{"x": 1}', 'ln(x)', 'Math.log(doc.x)', 'math.log(get_field_float("x"))', '0'),
    ('{"x": 9}', 'sqrt(x)', 'Math.sqrt(doc.x)', 'math.sqrt(get_field_float("x"))', '3'),
    ('{"x": -9}', 'abs(x)', 'Math.abs(doc.x)', 'abs(get_field_float("x"))', '9'),
    ('{"x": 9}', 'x ** 2', 'Math.pow(doc.x, 2)', 'math.pow(get_field_float("x"), 2)', '81'),
    ('{"a": 3, "b": 4}', 'max(a, b)', 'Math.max(doc.a, doc.b)', 'max(get_field_float("a"), get_field_float("b"))', '4'),
    ('{"s": "Abc"}', 'length(s)', 'doc.s.length', 'len(get_field_string("s"))', '3'),
    ('{"s": "Abc"}', 'lower(s) = ''abc'' ? 1 : 0', 'Number(doc.s.toLowerCase() == "abc")', 'int(get_field_string("s").lower() == "abc")', '1'),
    ('{"s": "Abc"}', 'starts_with(s, ''Ab'') ? 1 : 0', 'Number(doc.s.startsWith("Ab"))', 'int(get_field_string("s").startswith("Ab"))', '1'),
    ('{"s": "Abc"}', 'contains(s, ''bc'') ? 1 : 0', 'Number(doc.s.includes("bc"))', 'int("bc" in get_field_string("s"))', '1'),
    ('{"s": "1/2/3"}', NULL, 'Number(doc.s.split("/")[2])', 'int(get_field_string("s").split("/")[2])', '3'),
    ('{"s": "12345"}', NULL, 'Number(doc.s.slice(0, 3))', 'int(get_field_string("s")[:3])', '123'),
    ('{"s": "axb"}', 's LIKE ''%x%'' ? 1 : 0', 'Number(/x/.test(doc.s))', 'int(re.search("x", get_field_string("s")) is not None)', '1'),
    ('{"s": "axb"}', 's LIKE ''x'' ? 1 : 0', 'Number(/^x$/.test(doc.s))', 'int(re.match("x$", get_field_string("s")) is not None)', '0'),
    ('{"b": 5}', 'coalesce(a, b)', 'doc.a ?? doc.b', 'get_field_float("b") if get_field_float("a") is None else get_field_float("a")', '5'),
    ('{}', 'coalesce(a.b, 0)', 'doc.a?.b ?? 0', 'get_field_float("a.b") or 0', '0'),
    -- A division of two ints is 3 in Painless.
    ('{"a": 7, "b": 2}', 'a / b', 'doc.a / doc.b', 'get_field_int("a") / get_field_int("b")', '3.5'),
    -- 1970-01-02T03:00:00Z is 27 hours after the epoch.
    ('{"d": "1970-01-02T03:00:00Z"}', NULL, 'Date.parse(doc.d) / 3600000', NULL, '27'),
    ('{"d": "1970-01-02T03:00:00Z"}', NULL, 'new Date(doc.d).getUTCHours()', NULL, '3'),
    -- saturation(2, 8) and sigmoid(2, 8, 1) are both 2 / (2 + 8).
    ('{"x": 2, "k": 8}', 'x / (x + k)', NULL, NULL, '0.2'),
    ('{"x": 2, "k": 8, "a": 1}', 'x ** a / (k ** a + x ** a)', NULL, NULL, '0.2'),
    ('{"f": [9, 1]}', 'f', 'doc.f[0]', 'get_field_int("f[0]")', '9'),
    ('{"f": "5"}', 'f = 5 ? 1 : 0', 'Number(doc.f === 5)', 'int(get_field_json("f") == 5)', '0');
SELECT n, near(score(document, expr), expected::text::float8) FROM construct WHERE expr IS NOT NULL AND near(score(document, expr), expected::text::float8) <> 'true';
SELECT count(quidditch.register_javascript(format('/** @udf name=js%s version=1.0.0 entry
@returns {number} */ function value() { return %s }', n, javascript))) FROM construct WHERE javascript IS NOT NULL;
SELECT count(quidditch.register_python(format(E'# @udf: name=py%s version=1.0.0\nimport math, re\ndef udf_main() -> float:\n    return %s', n, python))) FROM construct WHERE python IS NOT NULL;
SELECT n, near(quidditch.call_udf('js' || n, document), expected::text::float8) AS javascript, near(quidditch.call_udf('py' || n, document), expected::text::float8) AS python FROM (
    SELECT * FROM construct WHERE javascript IS NOT NULL AND python IS NOT NULL) AS both_languages
WHERE near(quidditch.call_udf('js' || n, document), expected::text::float8) <> 'true' OR near(quidditch.call_udf('py' || n, document), expected::text::float8) <> 'true';
SELECT n, near(quidditch.call_udf('js' || n, document), expected::text::float8) FROM construct WHERE javascript IS NOT NULL AND python IS NULL;
-- What a UDF is not given: a clock.
SELECT f FROM failure($$SELECT quidditch.call_udf(quidditch.register_javascript('/** @returns {number} */ function udf_main() { return Date.now() }', name => 'clock', version => '1.0.0') ->> 'name', '{}')$$) AS f LIMIT 1;
