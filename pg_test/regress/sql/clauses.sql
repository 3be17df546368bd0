-- What each clause means, one document at a time: no row but the last is printed unless an answer is wrong.
\getenv suites PG_ABS_SRCDIR
\set prelude :suites '/prelude.sql'
\i :prelude
CREATE TABLE said (query jsonb, document jsonb, expected boolean);
INSERT INTO said VALUES
-- Whole values.
('{"ids": {"values": ["7", 8]}}', '{"_id": "7"}', true), ('{"ids": {"values": ["7", 8]}}', '{"id": 8}', true), ('{"ids": {"values": ["7", 8]}}', '{"_id": "6", "id": 8}', false),
('{"prefix": {"a": "bl"}}', '{"a": "blue"}', true), ('{"prefix": {"a": "bl"}}', '{"a": ["red", "black"]}', true), ('{"prefix": {"a": "bl"}}', '{"a": "Blue"}', false),
('{"prefix": {"a": {"value": "bl", "case_insensitive": true}}}', '{"a": "BLUE"}', true),
('{"wildcard": {"a": "b?u*"}}', '{"a": "blue"}', true), ('{"wildcard": {"a": "b?u*"}}', '{"a": "bu"}', false), ('{"wildcard": {"a": "b?ü*"}}', '{"a": "blüte"}', true), ('{"wildcard": {"a": "\\*"}}', '{"a": "x"}', false),
('{"regexp": {"a": "b[a-m]+e?"}}', '{"a": "ble"}', true), ('{"regexp": {"a": "b[a-m]+"}}', '{"a": "ablea"}', false), ('{"regexp": {"a": "<8-12>"}}', '{"a": "10"}', true), ('{"regexp": {"a": "<8-12>"}}', '{"a": "13"}', false),
('{"fuzzy": {"a": "blue"}}', '{"a": "bleu"}', true), ('{"fuzzy": {"a": {"value": "blue", "transpositions": false}}}', '{"a": "bleu"}', false), ('{"fuzzy": {"a": "blue"}}', '{"a": "bled"}', false),
('{"fuzzy": {"a": {"value": "blue", "fuzziness": 2}}}', '{"a": "bled"}', true), ('{"fuzzy": {"a": {"value": "blue", "prefix_length": 1}}}', '{"a": "glue"}', false),
-- Text.
('{"match": {"a": "Quick dog"}}', '{"a": "the quick brown fox"}', true), ('{"match": {"a": {"query": "quick dog", "operator": "and"}}}', '{"a": "the quick brown fox"}', false),
('{"match": {"a": {"query": "quick brown dog", "minimum_should_match": "67%"}}}', '{"a": "the quick brown fox"}', true), ('{"match": {"a": {"query": "quick brown dog", "minimum_should_match": 3}}}', '{"a": "the quick brown fox"}', false),
('{"match": {"a": {"query": "quikc", "fuzziness": "AUTO"}}}', '{"a": "the quick brown fox"}', true), ('{"match": {"a": {"query": "foxes", "analyzer": "english"}}}', '{"a": "the quick brown fox"}', true),
('{"match": {"a": ""}}', '{"a": "x"}', false), ('{"match": {"a": {"query": "", "zero_terms_query": "all"}}}', '{"a": "x"}', true), ('{"match": {"a.keyword": "quick"}}', '{"a": "quick fox"}', false), ('{"match": {"a": 5}}', '{"a": 5.0}', true),
('{"match_phrase": {"a": "quick brown"}}', '{"a": "the quick brown fox"}', true), ('{"match_phrase": {"a": "brown quick"}}', '{"a": "the quick brown fox"}', false), ('{"match_phrase": {"a": {"query": "brown quick", "slop": 2}}}', '{"a": "the quick brown fox"}', true),
('{"match_phrase": {"a": "red blue"}}', '{"a": ["deep red", "blue sky"]}', false), ('{"match_phrase": {"a": {"query": "red blue", "slop": 100}}}', '{"a": ["deep red", "blue sky"]}', true),
('{"match_phrase_prefix": {"a": "quick bro"}}', '{"a": "the quick brown fox"}', true), ('{"match_bool_prefix": {"a": {"query": "fox qui", "operator": "and"}}}', '{"a": "the quick brown fox"}', true),
('{"multi_match": {"query": "quick sky", "fields": ["a", "b"]}}', '{"a": "sky", "b": 5}', true), ('{"multi_match": {"query": "quick sky", "fields": ["a", "b"], "operator": "and"}}', '{"a": "sky", "b": "quick"}', false),
('{"multi_match": {"query": "quick sky", "fields": ["a", "b"], "operator": "and", "type": "cross_fields"}}', '{"a": "sky", "b": "quick"}', true), ('{"multi_match": {"query": "sky", "fields": ["a.*"]}}', '{"a": {"c": ["blue sky"]}}', true),
('{"multi_match": {"query": "blue sky", "fields": ["*"], "operator": "and"}}', '{"a": "blue", "b": "sky"}', false), ('{"multi_match": {"query": "blue sky", "fields": ["*"], "type": "phrase"}}', '{"a": {"c": ["a blue sky"]}}', true),
('{"query_string": {"query": "a:(quick OR slow) AND NOT b:x"}}', '{"a": "quick"}', true), ('{"query_string": {"query": "a:(quick OR slow) AND NOT b:x"}}', '{"a": "slow", "b": "x"}', false), ('{"query_string": {"query": "n:[1 TO 5}"}}', '{"n": 5}', false), ('{"query_string": {"query": "n:>=5"}}', '{"n": 5}', true),
('{"query_string": {"query": "\"brown fox\"~2 qui*", "default_operator": "and"}}', '{"a": "quick fox brown"}', true), ('{"query_string": {"query": "_exists_:a"}}', '{"a": [null]}', false),
('{"simple_query_string": {"query": "quick + -slow"}}', '{"a": "quick"}', true), ('{"simple_query_string": {"query": "quick + -slow"}}', '{"a": "quick slow"}', false), ('{"simple_query_string": {"query": "\"never ((+|"}}', '{"a": "never"}', true),
-- Around others.
('{"constant_score": {"filter": {"term": {"a": 1}}}}', '{"a": 1}', true), ('{"dis_max": {"queries": [{"term": {"a": 1}}, {"term": {"a": 2}}]}}', '{"a": 2}', true), ('{"boosting": {"positive": {"term": {"a": 1}}, "negative": {"term": {"b": 1}}, "negative_boost": 0.5}}', '{"a": 1, "b": 1}', true),
('{"nested": {"path": "i", "query": {"bool": {"must": [{"term": {"i.a": 1}}, {"term": {"i.b": 2}}]}}}}', '{"i": [{"a": 1, "b": 2}]}', true), ('{"nested": {"path": "i", "query": {"bool": {"must": [{"term": {"i.a": 1}}, {"term": {"i.b": 2}}]}}}}', '{"i": [{"a": 1}, {"b": 2}]}', false),
('{"function_score": {"query": {"term": {"a": 1}}, "functions": [{"field_value_factor": {"field": "n"}}], "min_score": 5}}', '{"a": 1, "n": 5}', true), ('{"function_score": {"query": {"term": {"a": 1}}, "functions": [{"field_value_factor": {"field": "n"}}], "min_score": 5}}', '{"a": 1, "n": 4.9}', false),
('{"script_score": {"query": {"match_all": {}}, "expr": "n * 2", "min_score": 8}}', '{"n": 4}', true), ('{"expr": "n > 3 AND c = ''x''"}', '{"n": 4, "c": ["y", "x"]}', true), ('{"expr": {"op": ">", "left": {"field": "n"}, "right": {"const": 3}}}', '{"n": 3}', false),
-- Bound to a mapping.
('{"query": {"term": {"a": "fox"}}, "mapping": {"properties": {"a": {"type": "text", "analyzer": "english", "fields": {"raw": {"type": "keyword"}}}}}}', '{"a": "Two foxes"}', true),
('{"query": {"term": {"a.raw": "fox"}}, "mapping": {"properties": {"a": {"type": "text", "analyzer": "english", "fields": {"raw": {"type": "keyword"}}}}}}', '{"a": "Two foxes"}', false),
('{"query": {"term": {"n": "5"}}, "mapping": {"properties": {"n": {"type": "long"}}}}', '{"n": 5}', true), ('{"query": {"range": {"d": {"lte": "2024-03"}}}, "mapping": {"properties": {"d": {"type": "date"}}}}', '{"d": "2024-03-31T23:59:59.999Z"}', true),
('{"query": {"range": {"d": {"lt": "2024-03"}}}, "mapping": {"properties": {"d": {"type": "date"}}}}', '{"d": "2024-03-01"}', false), ('{"query": {"range": {"d": {"gte": "2024-01-31||+1M/d"}}}, "mapping": {"properties": {"d": {"type": "date"}}}}', '{"d": "2024-02-29"}', true),
('{"query": {"range": {"d": {"gte": "now-1d", "lt": "now+1d"}}}, "mapping": {"properties": {"d": {"type": "date"}}}}', jsonb_build_object('d', now()), true), ('{"query": {"term": {"k": "toolong"}}, "mapping": {"properties": {"k": {"type": "keyword", "ignore_above": 5}}}}', '{"k": "toolong"}', false);
SELECT query, document, expected FROM said WHERE document @@@ query IS DISTINCT FROM expected;
-- The canonical form is a query that gives the same answers.
SELECT query, document FROM said WHERE document @@@ (quidditch.validate_query(query) -> 'query') IS DISTINCT FROM expected;
SELECT count(*), count(*) FILTER (WHERE expected) FROM said;
