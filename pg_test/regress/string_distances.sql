-- \i this, with :add as in example.sql: string_distance in each language that is compiled.
\set udf string_distance
\i :add
\set variant c
\i :add
\set variant wat
\i :add
\set variant go
\i :add
\set variant assemblyscript
\i :add
