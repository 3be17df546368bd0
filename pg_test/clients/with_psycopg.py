"""The operators through psycopg 3."""

import json

import psycopg
from psycopg.types.json import Jsonb

import checks
from checks import equal

FOUND = "SELECT id FROM book WHERE doc @@@ %s ORDER BY id"
RANKED = "SELECT id FROM book WHERE doc @@@ %(query)s ORDER BY doc <@> %(query)s, id"


def ids(cursor):
    return [row[0] for row in cursor]


def refused(connection, error, sqlstate, message, *statement, **options):
    try:
        connection.execute(*statement, **options)
    except error as e:
        equal((e.sqlstate, e.diag.message_primary), (sqlstate, message), statement)
    else:
        raise AssertionError(f"{statement}: no error")


def main():
    connection = psycopg.connect(autocommit=True)
    connection.execute("CREATE TABLE book (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, doc jsonb NOT NULL)")
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO book (doc) VALUES (%s)", [[Jsonb(document)] for document in checks.documents])
    *names, metadata = checks.udf
    connection.execute("SELECT quidditch.register_udf(%s, %s, convert_to(%s, 'UTF8'), %s)", [*names, Jsonb(metadata)])

    for query, expected in checks.searches:
        equal(ids(connection.execute(FOUND, [Jsonb(query)])), expected, query)
        equal(ids(connection.execute(FOUND, [Jsonb(query)], binary=True)), expected, query)
        # As text: psycopg leaves a str's type to PostgreSQL, so the cast may be missing.
        equal(ids(connection.execute(FOUND, [json.dumps(query)])), expected, query)
        equal(ids(connection.execute(FOUND.replace("%s", "%s::jsonb"), [json.dumps(query)])), expected, query)
        # The other placeholders; a % beside them; parameters put into the statement by the client.
        equal(ids(connection.execute(FOUND.replace("%s", "%b"), [Jsonb(query)])), expected, query)
        equal(
            ids(connection.execute("SELECT id FROM book WHERE doc->>'title' LIKE '%%' AND doc @@@ %s", [Jsonb(query)])),
            expected,
            query,
        )
        with psycopg.RawCursor(connection) as cursor:
            equal(ids(cursor.execute(FOUND.replace("%s", "$1"), [Jsonb(query)])), expected, query)
        with psycopg.ClientCursor(connection) as cursor:
            equal(ids(cursor.execute(FOUND, [Jsonb(query)])), expected, query)

    for query, expected in checks.rankings:
        equal(ids(connection.execute(RANKED, {"query": Jsonb(query)})), expected, query)

    # One prepared statement, a mistake in between.
    prepared = FOUND.replace("ORDER", "AND true ORDER")
    for _ in range(2):
        for query, expected in checks.searches:
            equal(ids(connection.execute(prepared, [Jsonb(query)], prepare=True)), expected, query)
        for query, sqlstate, message in checks.mistakes:
            refused(
                connection,
                psycopg.errors.InvalidParameterValue,
                sqlstate,
                message,
                prepared,
                [Jsonb(query)],
                prepare=True,
            )
    plans = connection.execute(
        "SELECT max(generic_plans) FROM pg_prepared_statements WHERE statement LIKE 'SELECT id %AND true%'"
    )
    checks.generic(plans.fetchone()[0])

    unranked = checks.unranked
    equal(ids(connection.execute(FOUND, [Jsonb(unranked["query"])])), unranked["ids"], unranked)
    refused(
        connection,
        psycopg.errors.ObjectNotInPrerequisiteState,
        unranked["sqlstate"],
        unranked["message"],
        RANKED,
        {"query": Jsonb(unranked["query"])},
    )
    checks.report(f"psycopg {psycopg.__version__}")


main()
