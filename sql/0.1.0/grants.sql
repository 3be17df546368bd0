-- Running a UDF is for everybody; bringing code into the database is granted by name.
REVOKE EXECUTE ON FUNCTION
    quidditch.register_udf(text, text, bytea, jsonb),
    quidditch.upload_udf(jsonb),
    quidditch.unregister_udf(text, text),
    quidditch.delete_udf(text, text)
FROM PUBLIC;
GRANT SELECT ON quidditch.udf, quidditch.udfs TO PUBLIC;
