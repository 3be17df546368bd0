-- Registers one UDF from its files: psql -v module_file=… -v description_file=… -f register.sql
\set ON_ERROR_STOP on
\set module `base64 -w0 :'module_file'`
\set description `cat :'description_file'`
SELECT quidditch.register_udf(d->>'name', d->>'version', decode(:'module', 'base64'), d->'metadata')
FROM (SELECT :'description'::jsonb) AS _(d);
