-- Who may vouch for UDFs. A key is revoked, never removed, so that nobody trusts it again by mistake.
CREATE TABLE quidditch.trusted_key (
    name text COLLATE "C" PRIMARY KEY,
    public_key text COLLATE "C" NOT NULL UNIQUE,
    valid_from timestamptz NOT NULL DEFAULT pg_catalog.now(),
    valid_until timestamptz CHECK (valid_until > valid_from),
    revoked_at timestamptz,
    comment text
);
COMMENT ON TABLE quidditch.trusted_key IS 'keys whose signatures of UDFs count';
COMMENT ON COLUMN quidditch.trusted_key.name IS 'name under which UDFs refer to it';
COMMENT ON COLUMN quidditch.trusted_key.public_key IS 'public key on the curve P-256, in PEM form';
COMMENT ON COLUMN quidditch.trusted_key.valid_from IS 'from when on it counts';
COMMENT ON COLUMN quidditch.trusted_key.valid_until IS 'when it ceases to count, if ever';
COMMENT ON COLUMN quidditch.trusted_key.revoked_at IS 'when it was revoked';
COMMENT ON COLUMN quidditch.trusted_key.comment IS 'whose it is';
COMMENT ON COLUMN quidditch.udf.signature IS 'ECDSA signature of its manifest';
COMMENT ON COLUMN quidditch.udf.signed_by IS 'trusted key that signed it';
GRANT SELECT ON quidditch.trusted_key TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('quidditch.trusted_key', '');

CREATE TRIGGER udf_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON quidditch.trusted_key
    FOR EACH STATEMENT EXECUTE FUNCTION quidditch.udf_changed();
ALTER TABLE quidditch.trusted_key ENABLE ALWAYS TRIGGER udf_changed;
COMMENT ON TRIGGER udf_changed ON quidditch.trusted_key IS 'makes every session check signatures anew';

CREATE TRIGGER udf_replicated AFTER INSERT OR UPDATE OR DELETE ON quidditch.trusted_key
    FOR EACH ROW EXECUTE FUNCTION quidditch.udf_changed();
ALTER TABLE quidditch.trusted_key ENABLE REPLICA TRIGGER udf_replicated;
COMMENT ON TRIGGER udf_replicated ON quidditch.trusted_key IS 'the same for changes that were replicated';

CREATE FUNCTION quidditch.add_trusted_key(name text, public_key text, valid_from timestamptz DEFAULT NULL,
        valid_until timestamptz DEFAULT NULL, comment text DEFAULT NULL)
    RETURNS void LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'quidditch_add_trusted_key';
COMMENT ON FUNCTION quidditch.add_trusted_key(text, text, timestamptz, timestamptz, text)
    IS 'trusts the signatures of a public key on the curve P-256';

CREATE FUNCTION quidditch.revoke_trusted_key(name text)
    RETURNS boolean LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'quidditch_revoke_trusted_key';
COMMENT ON FUNCTION quidditch.revoke_trusted_key(text)
    IS 'trusts no signature of a key any more; false when it was revoked before';

CREATE FUNCTION quidditch.manifest(name text, version text, module bytea, metadata jsonb DEFAULT '{}')
    RETURNS text LANGUAGE c STABLE PARALLEL SAFE COST 100
    AS 'MODULE_PATHNAME', 'quidditch_manifest';
COMMENT ON FUNCTION quidditch.manifest(text, text, bytea, jsonb)
    IS 'the text to sign before a UDF is registered with the same arguments';

CREATE FUNCTION quidditch.udf_manifest(name text, version text DEFAULT NULL)
    RETURNS text LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'quidditch_udf_manifest';
COMMENT ON FUNCTION quidditch.udf_manifest(text, text)
    IS 'the text that the signature of a registered UDF signs';

CREATE FUNCTION quidditch.signature_problem(name text, version text DEFAULT NULL)
    RETURNS text LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'quidditch_signature_problem';
COMMENT ON FUNCTION quidditch.signature_problem(text, text)
    IS 'why quidditch.require_signature refuses a UDF; null when it does not';

REVOKE EXECUTE ON FUNCTION
    quidditch.add_trusted_key(text, text, timestamptz, timestamptz, text),
    quidditch.revoke_trusted_key(text),
    quidditch.manifest(text, text, bytea, jsonb)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION quidditch.udf_manifest(text, text), quidditch.signature_problem(text, text) TO PUBLIC;
