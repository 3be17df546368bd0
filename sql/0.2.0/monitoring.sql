-- What UDFs take and come to, what was done to them, and by whom; in files that all sessions share.
CREATE FUNCTION quidditch.udf_counters(
    OUT datid oid, OUT name text, OUT version text, OUT calls bigint, OUT kept bigint,
    OUT errors bigint, OUT traps bigint, OUT memory_errors bigint, OUT stack_errors bigint, OUT timeouts bigint,
    OUT cancelled bigint, OUT other_errors bigint,
    OUT total_time double precision, OUT mean_time double precision, OUT min_time double precision,
    OUT max_time double precision, OUT p50_time double precision, OUT p95_time double precision,
    OUT p99_time double precision, OUT timed_calls bigint, OUT histogram bigint[],
    OUT peak_memory bigint, OUT instances bigint, OUT compiles bigint, OUT compile_time double precision,
    OUT cache_hits bigint, OUT last_call timestamptz, OUT last_error_time timestamptz,
    OUT last_error_sqlstate text, OUT last_error text, OUT stats_since timestamptz)
    RETURNS SETOF record LANGUAGE c VOLATILE PARALLEL RESTRICTED ROWS 20
    AS 'MODULE_PATHNAME', 'quidditch_udf_counters';
COMMENT ON FUNCTION quidditch.udf_counters() IS 'counters of UDFs: implementation of quidditch.udf_statistics';

CREATE VIEW quidditch.udf_statistics AS
    SELECT d.datname AS database, c.name, c.version, c.calls, c.kept, c.errors, c.traps, c.memory_errors,
        c.stack_errors, c.timeouts, c.cancelled, c.other_errors, c.total_time, c.mean_time, c.min_time, c.max_time,
        c.p50_time, c.p95_time, c.p99_time, c.timed_calls, c.histogram, c.peak_memory, c.instances, c.compiles,
        c.compile_time, c.cache_hits, c.last_call, c.last_error_time, c.last_error_sqlstate, c.last_error,
        c.stats_since, c.datid
    FROM quidditch.udf_counters() AS c LEFT JOIN pg_catalog.pg_database AS d ON d.oid = c.datid;
COMMENT ON VIEW quidditch.udf_statistics IS 'calls, errors, times and memory of each UDF since its counters were reset';
GRANT SELECT ON quidditch.udf_statistics TO PUBLIC;

CREATE FUNCTION quidditch.udf_calls_not_counted()
    RETURNS bigint LANGUAGE c VOLATILE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'quidditch_udf_calls_not_counted';
COMMENT ON FUNCTION quidditch.udf_calls_not_counted()
    IS 'how many calls are in no row of quidditch.udf_statistics, because it has room for 1024';

CREATE FUNCTION quidditch.reset_udf_statistics(name text DEFAULT NULL)
    RETURNS void LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'quidditch_reset_udf_statistics';
COMMENT ON FUNCTION quidditch.reset_udf_statistics(text)
    IS 'sets the counters of a UDF of this database to zero; without a name, forgets all of all databases';
REVOKE ALL ON FUNCTION quidditch.reset_udf_statistics(text) FROM PUBLIC;

CREATE FUNCTION quidditch.udf_stats(name text, version text DEFAULT NULL)
    RETURNS jsonb LANGUAGE sql VOLATILE PARALLEL RESTRICTED
    BEGIN ATOMIC
        SELECT pg_catalog.jsonb_build_object(
                'name', u.udf -> 'name', 'version', u.udf -> 'version', 'calls', 0, 'kept', 0, 'errors', 0, 'traps', 0,
                'memory_errors', 0, 'stack_errors', 0, 'timeouts', 0, 'cancelled', 0, 'other_errors', 0,
                'total_time', 0, 'timed_calls', 0, 'peak_memory', 0, 'instances', 0, 'compiles', 0,
                'compile_time', 0, 'cache_hits', 0)
            || coalesce((
                SELECT pg_catalog.jsonb_strip_nulls(pg_catalog.to_jsonb(s)) - '{datid,database}'::text[]
                FROM quidditch.udf_statistics AS s
                WHERE s.database = pg_catalog.current_database() AND s.name = u.udf ->> 'name'
                    AND s.version = u.udf ->> 'version'), '{}')
        FROM (SELECT quidditch.get_udf($1, $2)) AS u(udf);
    END;
COMMENT ON FUNCTION quidditch.udf_stats(text, text)
    IS 'counters of a UDF; without a version, of the latest';

CREATE FUNCTION quidditch.audit_records(
    OUT recorded_at timestamptz, OUT roleid oid, OUT session_roleid oid, OUT datid oid, OUT pid integer,
    OUT operation text, OUT udf text, OUT success boolean, OUT sqlstate text, OUT message text,
    OUT duration double precision, OUT parameters bytea)
    RETURNS SETOF record LANGUAGE c VOLATILE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'quidditch_audit_records';
COMMENT ON FUNCTION quidditch.audit_records()
    IS 'what was done to UDFs: implementation of quidditch.udf_audit';
REVOKE ALL ON FUNCTION quidditch.audit_records() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION quidditch.audit_records() TO pg_read_all_stats;

CREATE VIEW quidditch.udf_audit AS
    SELECT a.recorded_at, pg_catalog.pg_get_userbyid(a.roleid) AS role,
        pg_catalog.pg_get_userbyid(a.session_roleid) AS session_role, d.datname AS database, a.pid, a.operation, a.udf,
        a.success, a.sqlstate, a.message, a.duration, pg_catalog.encode(a.parameters, 'hex') AS parameters_digest
    FROM quidditch.audit_records() AS a LEFT JOIN pg_catalog.pg_database AS d ON d.oid = a.datid
    ORDER BY a.recorded_at;
COMMENT ON VIEW quidditch.udf_audit
    IS 'the latest changes of UDFs and what was refused, and calls as far as quidditch.audit_calls says';
GRANT SELECT ON quidditch.udf_audit TO pg_read_all_stats;

CREATE FUNCTION quidditch.compiled_code(
    sha256 bytea, OUT engine text, OUT bytes bigint, OUT written_at timestamptz, OUT is_loaded boolean)
    RETURNS SETOF record LANGUAGE c VOLATILE PARALLEL RESTRICTED ROWS 1
    AS 'MODULE_PATHNAME', 'quidditch_compiled_code';
COMMENT ON FUNCTION quidditch.compiled_code(bytea)
    IS 'where the compiled code of a module is: implementation of quidditch.udf_cache';

-- Whoever reads it sees of quidditch.udfs what is his to see.
CREATE VIEW quidditch.udf_cache WITH (security_invoker = true) AS
    SELECT u.name, u.version, u.sha256, c.engine, c.bytes, c.written_at, c.is_loaded
    FROM quidditch.udfs AS u, LATERAL quidditch.compiled_code(pg_catalog.decode(u.sha256, 'hex')) AS c;
COMMENT ON VIEW quidditch.udf_cache IS 'compiled code of UDFs on disk, and whether this session has loaded it';
GRANT SELECT ON quidditch.udf_cache TO PUBLIC;

CREATE FUNCTION quidditch.session_instances(
    OUT name text, OUT version text, OUT roleid oid, OUT since timestamptz, OUT calls bigint, OUT memory bigint)
    RETURNS SETOF record LANGUAGE c VOLATILE PARALLEL RESTRICTED ROWS 5
    AS 'MODULE_PATHNAME', 'quidditch_instances';
COMMENT ON FUNCTION quidditch.session_instances()
    IS 'instances of this session: implementation of quidditch.udf_instances';

CREATE VIEW quidditch.udf_instances AS
    SELECT i.name, i.version, pg_catalog.pg_get_userbyid(i.roleid) AS role, i.since, i.calls, i.memory
    FROM quidditch.session_instances() AS i;
COMMENT ON VIEW quidditch.udf_instances IS 'instances that this session has';
GRANT SELECT ON quidditch.udf_instances TO PUBLIC;
