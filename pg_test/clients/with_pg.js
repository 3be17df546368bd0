// The operators through node-postgres.
"use strict";

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { Client, DatabaseError } = require("pg");

const checks = JSON.parse(readFileSync(join(__dirname, "checks.json"), "utf8"));
const wat = readFileSync(join(__dirname, "pricier_than.wat"), "utf8");

const FOUND = "SELECT id FROM book WHERE doc @@@ $1 ORDER BY id";
const RANKED = "SELECT id FROM book WHERE doc @@@ $1 ORDER BY doc <@> $1, id";

let held = 0;
const equal = (got, expected, what) => {
  const [g, e] = [JSON.stringify(got), JSON.stringify(expected)];
  assert.equal(g, e, `${JSON.stringify(what)}: got ${g}, expected ${e}`);
  held += 1;
};
const ids = ({ rows }) => rows.map((row) => row.id);

async function refused(running, { query, sqlstate, message }) {
  const error = await running.then(
    () => assert.fail(`${JSON.stringify(query)}: no error`),
    (error) => error,
  );
  assert.ok(error instanceof DatabaseError, error);
  equal([error.code, error.message], [sqlstate, message], query);
}

async function main() {
  const client = new Client();
  await client.connect();
  await client.query("CREATE TABLE book (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, doc jsonb NOT NULL)");
  // An object is sent as JSON. An array would be sent as a PostgreSQL array: that needs JSON.stringify.
  for (const document of checks.documents) await client.query("INSERT INTO book (doc) VALUES ($1)", [document]);
  const { name, version, metadata } = checks.udf;
  const register = "SELECT quidditch.register_udf($1, $2, convert_to($3, 'UTF8'), $4)";
  await client.query(register, [name, version, wat, metadata]);

  const asText = "SELECT id FROM book WHERE doc @@@ $1::text::jsonb AND doc->>'title' LIKE '%' ORDER BY id";
  for (const { query, ids: expected } of checks.searches) {
    equal(ids(await client.query(FOUND, [query])), expected, query);
    equal(ids(await client.query(FOUND, [JSON.stringify(query)])), expected, query);
    equal(ids(await client.query(asText, [JSON.stringify(query)])), expected, query);
  }
  for (const { query, ids: expected } of checks.rankings) {
    equal(ids(await client.query(RANKED, [query])), expected, query);
  }

  // One prepared statement, which is one with a name; a mistake in between.
  const prepared = (query) => client.query({ name: "found", text: FOUND, values: [query] });
  for (let round = 0; round < 2; round += 1) {
    for (const { query, ids: expected } of checks.searches) equal(ids(await prepared(query)), expected, query);
    for (const mistake of checks.mistakes) await refused(prepared(mistake.query), mistake);
  }
  const plans = await client.query("SELECT generic_plans::integer FROM pg_prepared_statements WHERE name = 'found'");
  assert.ok(plans.rows[0].generic_plans > 0, "no generic plan was used");
  held += 1;

  const { unranked } = checks;
  equal(ids(await client.query(FOUND, [unranked.query])), unranked.ids, unranked);
  await refused(client.query(RANKED, [unranked.query]), unranked);
  await client.end();
  console.log(`pg ${require("pg/package.json").version}: ${held} checks`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
