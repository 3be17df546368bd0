-- Who may run a UDF. PUBLIC's right stands in the UDF's row, those of roles in a table of their own: a role that is
-- missing where a dump is restored costs the grants, and not the UDFs. No foreign key: parallel jobs of pg_restore fill
-- both tables at once. unregister_udf removes a UDF's grants, and registering what older ones a deleted row left.
ALTER TABLE quidditch.udf ADD COLUMN is_public boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN quidditch.udf.is_public IS 'whether everybody may run it';

CREATE TABLE quidditch.udf_grant (
    name text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    grantee pg_catalog.regrole NOT NULL,
    PRIMARY KEY (name, version, grantee)
);
COMMENT ON TABLE quidditch.udf_grant IS 'roles that may run a UDF, besides its owner';
COMMENT ON COLUMN quidditch.udf_grant.name IS 'the UDF';
COMMENT ON COLUMN quidditch.udf_grant.version IS 'its version';
COMMENT ON COLUMN quidditch.udf_grant.grantee IS 'the role';
GRANT SELECT ON quidditch.udf_grant TO PUBLIC;
-- Roles that were dropped are numbers, which may be another role's where the dump is restored.
SELECT pg_catalog.pg_extension_config_dump('quidditch.udf_grant',
    'WHERE EXISTS (SELECT FROM pg_catalog.pg_roles WHERE pg_roles.oid = grantee)
         AND EXISTS (SELECT FROM quidditch.udf WHERE udf.name = udf_grant.name AND udf.version = udf_grant.version)');

CREATE TRIGGER udf_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON quidditch.udf_grant
    FOR EACH STATEMENT EXECUTE FUNCTION quidditch.udf_changed();
ALTER TABLE quidditch.udf_grant ENABLE ALWAYS TRIGGER udf_changed;
COMMENT ON TRIGGER udf_changed ON quidditch.udf_grant IS 'makes every session look UDFs up anew';

-- What arrives by logical replication fires triggers of rows alone.
CREATE TRIGGER udf_replicated AFTER INSERT OR UPDATE OR DELETE ON quidditch.udf
    FOR EACH ROW EXECUTE FUNCTION quidditch.udf_changed();
CREATE TRIGGER udf_replicated AFTER INSERT OR UPDATE OR DELETE ON quidditch.udf_grant
    FOR EACH ROW EXECUTE FUNCTION quidditch.udf_changed();
ALTER TABLE quidditch.udf ENABLE REPLICA TRIGGER udf_replicated;
ALTER TABLE quidditch.udf_grant ENABLE REPLICA TRIGGER udf_replicated;
COMMENT ON TRIGGER udf_replicated ON quidditch.udf IS 'the same for changes that were replicated';
COMMENT ON TRIGGER udf_replicated ON quidditch.udf_grant IS 'the same for changes that were replicated';

CREATE FUNCTION quidditch.grant_udf(name text, grantee text, version text DEFAULT NULL)
    RETURNS void LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'quidditch_grant_udf';
COMMENT ON FUNCTION quidditch.grant_udf(text, text, text)
    IS 'lets a role, or public, run a UDF; without a version, each of its versions';

CREATE FUNCTION quidditch.revoke_udf(name text, grantee text, version text DEFAULT NULL)
    RETURNS void LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'quidditch_revoke_udf';
COMMENT ON FUNCTION quidditch.revoke_udf(text, text, text)
    IS 'takes the right to run a UDF from a role, or public; without a version, that of each of its versions';

-- They look themselves whether the caller owns the UDF.
GRANT EXECUTE ON FUNCTION quidditch.grant_udf(text, text, text), quidditch.revoke_udf(text, text, text) TO PUBLIC;

CREATE OR REPLACE VIEW quidditch.udfs AS
    SELECT name, version, description, author, category, tags, license, repository, language, source, function_name,
        pg_catalog.octet_length(module) AS size, pg_catalog.encode(sha256, 'hex') AS sha256, parameters, returns,
        permissions, max_memory, max_execution_time, max_stack, pool_size, expected_latency, metadata, signed_by,
        owner, registered_at,
        CASE WHEN is_public THEN ARRAY['public'] ELSE ARRAY[]::text[] END OPERATOR(pg_catalog.||) ARRAY(
            SELECT r.rolname::text FROM quidditch.udf_grant AS g
            JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) g.grantee::pg_catalog.oid
            WHERE g.name OPERATOR(pg_catalog.=) u.name AND g.version OPERATOR(pg_catalog.=) u.version
            ORDER BY r.rolname) AS execute_roles
    FROM quidditch.udf AS u;
