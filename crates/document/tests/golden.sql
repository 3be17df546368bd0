-- Prints the bytes of each document as this server stores them, one "text, tab, hex" a line, for golden.rs:
--   psql -X -q -A -t -F $'\t' -f golden.sql > golden.tsv
CREATE EXTENSION pageinspect;
CREATE TEMP TABLE input (id int GENERATED ALWAYS AS IDENTITY, source text);
CREATE TEMP TABLE stored (id int, document jsonb);
-- Not compressed.
ALTER TABLE stored ALTER COLUMN document SET STORAGE PLAIN;

INSERT INTO input (source) VALUES
    ('null'), ('true'), ('false'), ('""'), ('"a string"'), ('0'), ('-0.0'), ('1'), ('-1'), ('42.50'), ('10000'),
    ('1e20'), ('1e-20'), ('123456789.987654321'), ('0.00001'), ('9223372036854775807'), ('1e252'), ('1e256'),
    ('1e-252'), ('1e-256'), ('1e-260'), ('-1e300'), ('1.0e-62'), ('1.00e-62'), ('99990000'), ('0.0001000'),
    ('[]'), ('{}'), ('[[]]'), ('[{}]'), ('[1, "a", null, true, 2.5, [false], {"k": "v"}]'),
    ('{"b": 1, "a": 2, "aa": 3, "": 4, "B": 5}'), ('{"a": 1, "b": 2, "a": 3}'),
    ('{"a": [1, {"b": [2, "three", {"c": null}]}], "z": "\u00e9\n\"\\"}'),
    ('{"x": "abc", "n": 1, "y": "de", "o": {"m": 7}, "l": ["f", 8]}');
INSERT INTO input (source)
    SELECT jsonb_object_agg('key' || i, CASE i % 3 WHEN 0 THEN to_jsonb(i) WHEN 1 THEN to_jsonb('v' || i) ELSE '[1]' END)
    FROM generate_series(1, 20) i;
INSERT INTO input (source)
    SELECT jsonb_agg(CASE i % 4 WHEN 0 THEN to_jsonb(i * 1.5) WHEN 1 THEN to_jsonb(repeat('x', i)) WHEN 2 THEN '{"i": 1}' ELSE 'true' END)
    FROM generate_series(1, 70) i;
INSERT INTO input (source)
    SELECT jsonb_object_agg(md5(i::text), i) FROM generate_series(1, 100) i;

INSERT INTO stored SELECT id, source::jsonb FROM input;
SELECT source, document::text, encode(substr(t_data, CASE get_byte(t_data, 4) & 1 WHEN 1 THEN 6 ELSE 9 END), 'hex')
FROM input JOIN stored USING (id) JOIN (
    SELECT t_ctid, t_data
    FROM generate_series(0, pg_relation_size('stored') / current_setting('block_size')::int - 1) page,
         heap_page_items(get_raw_page('stored', page::int))
) items ON t_ctid = stored.ctid
ORDER BY id;
