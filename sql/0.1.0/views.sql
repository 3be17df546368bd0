CREATE VIEW quidditch.udfs AS
    SELECT name, version, description, author, category, tags, license, repository, language, source, function_name,
        pg_catalog.octet_length(module) AS size, pg_catalog.encode(sha256, 'hex') AS sha256, parameters, returns,
        permissions, max_memory, max_execution_time, max_stack, pool_size, expected_latency, metadata, signed_by,
        owner, registered_at
    FROM quidditch.udf;
COMMENT ON VIEW quidditch.udfs IS 'UDFs, without their bytes';
