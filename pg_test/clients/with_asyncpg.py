"""The operators through asyncpg."""

import asyncio
import json

import asyncpg

import checks
from checks import equal

FOUND = "SELECT id FROM book WHERE doc @@@ $1 ORDER BY id"
RANKED = "SELECT id FROM book WHERE doc @@@ $1 ORDER BY doc <@> $1, id"


def ids(rows):
    return [row["id"] for row in rows]


async def refused(error, sqlstate, message, fetch, *arguments):
    try:
        await fetch(*arguments)
    except error as e:
        equal((e.sqlstate, e.message), (sqlstate, message), arguments)
    else:
        raise AssertionError(f"{arguments}: no error")


async def main():
    connection = await asyncpg.connect()

    # As asyncpg comes, a jsonb parameter is text.
    await connection.execute("CREATE TABLE book (id integer PRIMARY KEY, doc jsonb NOT NULL)")
    name, version, wat, metadata = checks.udf
    await connection.execute(
        "SELECT quidditch.register_udf($1, $2, convert_to($3, 'UTF8'), $4)", name, version, wat, json.dumps(metadata)
    )
    await connection.executemany("INSERT INTO book VALUES ($1, $2)", enumerate(map(json.dumps, checks.documents), 1))
    for query, expected in checks.searches:
        equal(ids(await connection.fetch(FOUND, json.dumps(query))), expected, query)

    # Python's own values, once the connection knows how to convert them.
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    for query, expected in checks.searches:
        equal(ids(await connection.fetch(FOUND, query)), expected, query)
        as_text = "SELECT id FROM book WHERE doc @@@ $1::text::jsonb AND doc->>'title' LIKE '%' ORDER BY id"
        equal(ids(await connection.fetch(as_text, json.dumps(query))), expected, query)
    for query, expected in checks.rankings:
        equal(ids(await connection.fetch(RANKED, query)), expected, query)

    # One prepared statement, a mistake in between.
    prepared = await connection.prepare(FOUND.replace("ORDER", "AND true ORDER"))
    for _ in range(2):
        for query, expected in checks.searches:
            equal(ids(await prepared.fetch(query)), expected, query)
        for query, sqlstate, message in checks.mistakes:
            await refused(asyncpg.InvalidParameterValueError, sqlstate, message, prepared.fetch, query)
    checks.generic(
        await connection.fetchval(
            "SELECT max(generic_plans) FROM pg_prepared_statements WHERE statement LIKE 'SELECT id %AND true%'"
        )
    )

    unranked = checks.unranked
    equal(ids(await connection.fetch(FOUND, unranked["query"])), unranked["ids"], unranked)
    await refused(
        asyncpg.ObjectNotInPrerequisiteStateError,
        unranked["sqlstate"],
        unranked["message"],
        connection.fetch,
        RANKED,
        unranked["query"],
    )
    checks.report(f"asyncpg {asyncpg.__version__}")


asyncio.run(main())
