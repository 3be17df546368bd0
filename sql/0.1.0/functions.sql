-- Managing UDFs.
CREATE FUNCTION quidditch.register_udf(name text, version text, module bytea, metadata jsonb DEFAULT '{}')
    RETURNS jsonb LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'quidditch_register_udf';
COMMENT ON FUNCTION quidditch.register_udf(text, text, bytea, jsonb)
    IS 'registers a WebAssembly module (binary or WAT text) as a UDF';

CREATE FUNCTION quidditch.upload_udf(body jsonb)
    RETURNS jsonb LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'quidditch_upload_udf';
COMMENT ON FUNCTION quidditch.upload_udf(jsonb)
    IS 'registers a UDF from one JSON body: name, version, wasm_base64, metadata';

CREATE FUNCTION quidditch.unregister_udf(name text, version text)
    RETURNS boolean LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'quidditch_unregister_udf';
COMMENT ON FUNCTION quidditch.unregister_udf(text, text)
    IS 'removes a UDF; false when there is none';

CREATE FUNCTION quidditch.delete_udf(name text, version text)
    RETURNS jsonb LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'quidditch_delete_udf';
COMMENT ON FUNCTION quidditch.delete_udf(text, text)
    IS 'removes a UDF and answers in JSON';

CREATE FUNCTION quidditch.get_udf(name text, version text DEFAULT NULL)
    RETURNS jsonb LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'quidditch_get_udf';
COMMENT ON FUNCTION quidditch.get_udf(text, text)
    IS 'everything about a UDF but its bytes; without a version, about the latest';

CREATE FUNCTION quidditch.list_udfs(filter jsonb DEFAULT '{}')
    RETURNS jsonb LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'quidditch_list_udfs';
COMMENT ON FUNCTION quidditch.list_udfs(jsonb)
    IS 'the UDFs there are, filtered by name, category, author, language, tags';

CREATE FUNCTION quidditch.udf_versions(name text)
    RETURNS jsonb LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'quidditch_udf_versions';
COMMENT ON FUNCTION quidditch.udf_versions(text)
    IS 'the versions of a UDF, newest first';

-- Calling one for a single document.
CREATE FUNCTION quidditch.call_udf(name text, document jsonb, parameters jsonb DEFAULT '{}', version text DEFAULT NULL)
    RETURNS jsonb LANGUAGE c STABLE PARALLEL SAFE COST 10
    AS 'MODULE_PATHNAME', 'quidditch_call_udf';
COMMENT ON FUNCTION quidditch.call_udf(text, jsonb, jsonb, text)
    IS 'calls a UDF for a document and answers its result';

CREATE FUNCTION quidditch.test_udf(name text, document jsonb, parameters jsonb DEFAULT '{}', version text DEFAULT NULL)
    RETURNS jsonb LANGUAGE c VOLATILE PARALLEL SAFE COST 100
    AS 'MODULE_PATHNAME', 'quidditch_test_udf';
COMMENT ON FUNCTION quidditch.test_udf(text, jsonb, jsonb, text)
    IS 'calls a UDF for a document and answers result or error, time, log and memory';
