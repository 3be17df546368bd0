-- UDFs that are source text, run by an interpreter that comes with the extension.
ALTER TABLE quidditch.udf ADD COLUMN interpreter text CHECK (interpreter IN ('python', 'javascript'));
COMMENT ON COLUMN quidditch.udf.interpreter IS 'language of the interpreter that runs the module, which is source text then';

CREATE FUNCTION quidditch.register_python(source text, metadata jsonb DEFAULT '{}', name text DEFAULT NULL, version text DEFAULT NULL)
    RETURNS jsonb LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'quidditch_register_python';
COMMENT ON FUNCTION quidditch.register_python(text, jsonb, text, text)
    IS 'registers a UDF in Python, whose source says its name, version, parameters and result';

CREATE FUNCTION quidditch.register_javascript(source text, metadata jsonb DEFAULT '{}', name text DEFAULT NULL, version text DEFAULT NULL)
    RETURNS jsonb LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'quidditch_register_javascript';
COMMENT ON FUNCTION quidditch.register_javascript(text, jsonb, text, text)
    IS 'registers a UDF in JavaScript, whose source says its name, version, parameters and result';

REVOKE EXECUTE ON FUNCTION quidditch.register_python(text, jsonb, text, text), quidditch.register_javascript(text, jsonb, text, text)
FROM PUBLIC;
