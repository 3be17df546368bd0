-- LANGUAGE wasm: SQL functions whose body is a UDF's name@version, or a module.
CREATE FUNCTION quidditch.wasm_handler()
    RETURNS language_handler LANGUAGE c
    AS 'MODULE_PATHNAME', 'quidditch_wasm_handler';
COMMENT ON FUNCTION quidditch.wasm_handler() IS 'call handler of language wasm';

CREATE FUNCTION quidditch.wasm_validator(function oid)
    RETURNS void LANGUAGE c STRICT
    AS 'MODULE_PATHNAME', 'quidditch_wasm_validator';
COMMENT ON FUNCTION quidditch.wasm_validator(oid) IS 'validator of language wasm';

-- PostgreSQL calls both itself, which takes no right.
REVOKE ALL ON FUNCTION quidditch.wasm_handler(), quidditch.wasm_validator(oid) FROM PUBLIC;

-- Trusted: what runs is sandboxed. A body that is a module takes the right to register one, too.
CREATE TRUSTED LANGUAGE wasm HANDLER quidditch.wasm_handler VALIDATOR quidditch.wasm_validator;
COMMENT ON LANGUAGE wasm IS 'functions in WebAssembly: a registered UDF, or a module';
GRANT USAGE ON LANGUAGE wasm TO PUBLIC;
