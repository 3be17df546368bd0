-- What benches/languages.sh measures with, besides the rows of setup.sql: scripts that read three fields, and the same in
-- PL/Python where that is installed.

SELECT quidditch.register_python($$
def filter() -> bool:
    name = get_field_string("name")
    return get_field_float("price") > 100 and get_field_int("stock") > 5 or "keyboard" in name.upper()
$$, name => 'bench_python', version => '1.0.0') \g /dev/null
SELECT quidditch.register_javascript($$
function filter() {
  const name = doc.name;
  return doc.price > 100 && doc.stock > 5 || name.toUpperCase().includes("keyboard");
}
$$, name => 'bench_javascript', version => '1.0.0') \g /dev/null

-- A new instance with its first call, in microseconds: each statement has its own.
CREATE FUNCTION bench_fresh_us(name text, parameters jsonb) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    started timestamptz;
    fastest numeric;
BEGIN
    FOR round IN 1 .. 500 LOOP
        started := clock_timestamp();
        PERFORM quidditch.call_udf(name, '{"name": "wireless keyboard 18"}', parameters);
        fastest := least(fastest, extract(epoch FROM clock_timestamp() - started) * 1000000);
    END LOOP;
    RETURN round(fastest, 1);
END
$$;

-- Makes the functions in PL/Python, or fails where it isn't installed.
CREATE FUNCTION bench_plpython() RETURNS void LANGUAGE plpgsql AS $outer$
BEGIN
    CREATE EXTENSION IF NOT EXISTS plpython3u;
    CREATE EXTENSION IF NOT EXISTS jsonb_plpython3u;
    CREATE FUNCTION bench_plpython_text(text text) RETURNS boolean LANGUAGE plpython3u IMMUTABLE AS $$
if "loads" not in SD:
    import json
    SD["loads"] = json.loads
doc = SD["loads"](text)
name = doc.get("name")
return doc.get("price") > 100 and doc.get("stock") > 5 or "keyboard" in name.upper()
    $$;
    CREATE FUNCTION bench_plpython_jsonb(doc jsonb) RETURNS boolean LANGUAGE plpython3u IMMUTABLE TRANSFORM FOR TYPE jsonb AS $$
name = doc.get("name")
return doc.get("price") > 100 and doc.get("stock") > 5 or "keyboard" in name.upper()
    $$;
END
$outer$;
