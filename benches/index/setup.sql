-- What benches/index measures with.
CREATE EXTENSION rum;

-- The milliseconds that each query takes at best, in some rounds after one that fills the caches. Planned each time.
CREATE FUNCTION bench_milliseconds(queries jsonb, rounds integer) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    texts text[] := ARRAY(SELECT jsonb_array_elements_text(queries));
    fastest float8[];
    started timestamptz;
    took float8;
BEGIN
    FOR round IN 0 .. rounds LOOP
        FOR place IN 1 .. cardinality(texts) LOOP
            started := clock_timestamp();
            EXECUTE texts[place];
            took := extract(epoch FROM clock_timestamp() - started) * 1000;
            IF round > 0 OR rounds = 0 THEN
                fastest[place] := least(fastest[place], took);
            END IF;
        END LOOP;
    END LOOP;
    RETURN to_jsonb(fastest);
END
$$;

-- The number that each query gives.
CREATE FUNCTION bench_counts(queries jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    counts bigint[];
    query text;
    number bigint;
BEGIN
    FOR query IN SELECT jsonb_array_elements_text(queries) LOOP
        EXECUTE query INTO number;
        counts := counts || number;
    END LOOP;
    RETURN to_jsonb(counts);
END
$$;
