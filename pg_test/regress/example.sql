\set ECHO none
-- \i this: adds the UDF in the folder :udf of udfs/ to the table example. With :variant, another language's build of
-- it in a folder inside; with :source, the file with its source text.
\set description `cat :udf/udf.json 2>/dev/null || echo '{}'`
\set cases `cat :udf/test.json`
\if :{?source}
    \set text `cat :udf/:source`
    SELECT :'source' LIKE '%.py' AS is_python \gset
    \if :is_python
        INSERT INTO example SELECT quidditch.register_python(:'text'), NULL, :'cases';
    \else
        INSERT INTO example SELECT quidditch.register_javascript(:'text'), NULL, :'cases';
    \endif
\elif :{?variant}
    \set module `base64 -w0 :udf/:variant/:udf.wasm`
    INSERT INTO example VALUES (
        jsonb_set(:'description'::jsonb || jsonb_build_object('name', concat_ws('_', :'udf', :'variant')),
            '{metadata,language}', to_jsonb(:'variant'::text)),
        decode(:'module', 'base64'), :'cases');
\else
    \set module `base64 -w0 :udf/:udf.wasm`
    INSERT INTO example VALUES (:'description', decode(:'module', 'base64'), :'cases');
\endif
\unset source
\unset variant
\set ECHO all
