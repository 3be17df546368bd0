-- The catalog of UDFs. Users read it and change it through the functions, which write as its owner.
CREATE TABLE quidditch.udf (
    name text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    description text,
    author text,
    category text,
    tags text[] NOT NULL DEFAULT '{}',
    license text,
    repository text,
    language text NOT NULL DEFAULT 'wasm',
    source text,
    function_name text NOT NULL DEFAULT 'filter',
    module bytea NOT NULL,
    -- Compiled code is kept under this digest, so it must be the module's.
    sha256 bytea NOT NULL CHECK (sha256 = pg_catalog.sha256(module)),
    parameters jsonb NOT NULL DEFAULT '[]',
    returns jsonb NOT NULL DEFAULT '[]',
    permissions text[] NOT NULL DEFAULT '{read_document,write_log}',
    max_memory bigint CHECK (max_memory > 0),
    max_execution_time bigint CHECK (max_execution_time > 0),
    max_stack bigint CHECK (max_stack > 0),
    pool_size integer NOT NULL DEFAULT 4 CHECK (pool_size >= 0),
    expected_latency text,
    metadata jsonb NOT NULL DEFAULT '{}',
    signature bytea,
    signed_by text,
    owner pg_catalog.regrole NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (name, version)
);
COMMENT ON TABLE quidditch.udf IS 'UDFs: a WebAssembly module and its metadata for each name and version';
COMMENT ON COLUMN quidditch.udf.name IS 'name under which queries find it';
COMMENT ON COLUMN quidditch.udf.version IS 'semantic version; name and version never change their module';
COMMENT ON COLUMN quidditch.udf.description IS 'what it does';
COMMENT ON COLUMN quidditch.udf.author IS 'who wrote it';
COMMENT ON COLUMN quidditch.udf.category IS 'a word to find it by';
COMMENT ON COLUMN quidditch.udf.tags IS 'words to find it by';
COMMENT ON COLUMN quidditch.udf.license IS 'licence of the module';
COMMENT ON COLUMN quidditch.udf.repository IS 'where its source is kept';
COMMENT ON COLUMN quidditch.udf.language IS 'what it was written in';
COMMENT ON COLUMN quidditch.udf.source IS 'source text';
COMMENT ON COLUMN quidditch.udf.function_name IS 'the export that is called';
COMMENT ON COLUMN quidditch.udf.module IS 'binary WebAssembly module';
COMMENT ON COLUMN quidditch.udf.sha256 IS 'SHA-256 of the module';
COMMENT ON COLUMN quidditch.udf.parameters IS 'declared parameters: [{name, type, required, default, description}]';
COMMENT ON COLUMN quidditch.udf.returns IS 'declared result: [{name, type, description}]';
COMMENT ON COLUMN quidditch.udf.permissions IS 'what the module may do';
COMMENT ON COLUMN quidditch.udf.max_memory IS 'its own memory limit in bytes, under quidditch.max_memory';
COMMENT ON COLUMN quidditch.udf.max_execution_time IS 'its own limit for a call in milliseconds, under quidditch.max_execution_time';
COMMENT ON COLUMN quidditch.udf.max_stack IS 'its own stack limit in bytes, under quidditch.max_stack';
COMMENT ON COLUMN quidditch.udf.pool_size IS 'how many idle instances a backend may keep';
COMMENT ON COLUMN quidditch.udf.expected_latency IS 'what a call takes, as the author says';
COMMENT ON COLUMN quidditch.udf.metadata IS 'anything else the author says';
COMMENT ON COLUMN quidditch.udf.signature IS 'signature of the module and its metadata';
COMMENT ON COLUMN quidditch.udf.signed_by IS 'key that signed it';
COMMENT ON COLUMN quidditch.udf.owner IS 'role that registered it';
COMMENT ON COLUMN quidditch.udf.registered_at IS 'when it was registered';
SELECT pg_catalog.pg_extension_config_dump('quidditch.udf', '');

-- Every backend remembers the UDFs it has used; this tells all of them that the table changed.
CREATE FUNCTION quidditch.udf_changed() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'quidditch_udf_changed';
COMMENT ON FUNCTION quidditch.udf_changed() IS 'trigger: makes every session look UDFs up anew';
REVOKE ALL ON FUNCTION quidditch.udf_changed() FROM PUBLIC;

CREATE TRIGGER udf_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON quidditch.udf
    FOR EACH STATEMENT EXECUTE FUNCTION quidditch.udf_changed();
ALTER TABLE quidditch.udf ENABLE ALWAYS TRIGGER udf_changed;
COMMENT ON TRIGGER udf_changed ON quidditch.udf IS 'makes every session look UDFs up anew';
