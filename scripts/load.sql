-- Makes what the demo works on. Reads the documents, one a line, from psql's standard input.
\set ON_ERROR_STOP on
BEGIN;
CREATE EXTENSION quidditch;
CREATE TABLE packages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    doc jsonb NOT NULL
);
CREATE TEMPORARY TABLE lines (line text) ON COMMIT DROP;
-- A line of JSON as it is: COPY's text format would take its backslashes for its own escapes, so it is read as
-- CSV whose quote and delimiter are control characters, which JSON never contains.
\copy lines FROM pstdin WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')
INSERT INTO packages (doc) SELECT line::jsonb FROM lines;
-- What is English prose, and what is compared as a whole; fields that aren't named are both a whole value and words.
CREATE INDEX packages_doc_idx ON packages USING quidditch (doc) WITH (mapping = '{"properties": {
    "title":       {"type": "text", "analyzer": "english"},
    "description": {"type": "text", "analyzer": "english"},
    "section":     {"type": "keyword"},
    "tags":        {"type": "keyword"},
    "depends":     {"type": "keyword"}}}');
COMMIT;
VACUUM (ANALYZE) packages;
