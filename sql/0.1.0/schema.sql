-- Everything but the operators and wasm_udf(), which go to the schema that CREATE EXTENSION was given.
CREATE SCHEMA quidditch;
COMMENT ON SCHEMA quidditch IS 'quidditch: the catalog of UDFs and its functions';
GRANT USAGE ON SCHEMA quidditch TO PUBLIC;
