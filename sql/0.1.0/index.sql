-- The index access method.
CREATE FUNCTION quidditch.handler(internal)
    RETURNS index_am_handler LANGUAGE c
    AS 'MODULE_PATHNAME', 'quidditch_handler';
COMMENT ON FUNCTION quidditch.handler(internal) IS 'handler of the quidditch access method';

CREATE ACCESS METHOD quidditch TYPE INDEX HANDLER quidditch.handler;
COMMENT ON ACCESS METHOD quidditch IS 'inverted index over jsonb documents: conditions with @@@, order by <@>';

CREATE OPERATOR FAMILY quidditch.jsonb_ops USING quidditch;
COMMENT ON OPERATOR FAMILY quidditch.jsonb_ops USING quidditch IS 'queries over jsonb documents';

CREATE OPERATOR CLASS quidditch.jsonb_ops
    DEFAULT FOR TYPE jsonb USING quidditch FAMILY quidditch.jsonb_ops AS
    OPERATOR 1 @@@ (jsonb, jsonb),
    OPERATOR 2 <@> (jsonb, jsonb) FOR ORDER BY pg_catalog.float_ops;
COMMENT ON OPERATOR CLASS quidditch.jsonb_ops USING quidditch IS 'queries over jsonb documents';

CREATE FUNCTION quidditch.check_index(index regclass, heapallindexed boolean DEFAULT false)
    RETURNS void LANGUAGE c STRICT
    AS 'MODULE_PATHNAME', 'quidditch_check_index';
COMMENT ON FUNCTION quidditch.check_index(regclass, boolean)
    IS 'reads a whole index and raises an error for whatever is wrong with it';

CREATE FUNCTION quidditch.merge_index(index regclass)
    RETURNS void LANGUAGE c STRICT
    AS 'MODULE_PATHNAME', 'quidditch_merge_index';
COMMENT ON FUNCTION quidditch.merge_index(regclass)
    IS 'makes one segment of an index: its pending documents, and all segments without their dead';

CREATE FUNCTION quidditch.index_statistics(index regclass)
    RETURNS jsonb LANGUAGE c STRICT
    AS 'MODULE_PATHNAME', 'quidditch_index_statistics';
COMMENT ON FUNCTION quidditch.index_statistics(regclass) IS 'what an index consists of: implementation of quidditch.index_stats';

CREATE FUNCTION quidditch.index_stats(
    index regclass,
    OUT documents bigint, OUT dead bigint, OUT pending bigint, OUT segments integer, OUT terms bigint,
    OUT postings bigint, OUT bytes bigint, OUT dictionary_bytes bigint, OUT postings_bytes bigint,
    OUT positions_bytes bigint, OUT documents_bytes bigint, OUT pending_bytes bigint, OUT retired_bytes bigint,
    OUT free_bytes bigint, OUT needs_reindex boolean)
    LANGUAGE sql STRICT
    AS $$
        SELECT s.* FROM pg_catalog.jsonb_to_record(quidditch.index_statistics(index)) AS s(
            documents bigint, dead bigint, pending bigint, segments integer, terms bigint,
            postings bigint, bytes bigint, dictionary_bytes bigint, postings_bytes bigint,
            positions_bytes bigint, documents_bytes bigint, pending_bytes bigint, retired_bytes bigint,
            free_bytes bigint, needs_reindex boolean)
    $$;
COMMENT ON FUNCTION quidditch.index_stats(regclass)
    IS 'documents, segments, terms and bytes of an index; whether its storage parameters changed since it was built';
