//! The operators through sqlx.

use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError};
use sqlx::types::Json;
use sqlx::{ConnectOptions, query, query_scalar};

const FOUND: &str = "SELECT id FROM book WHERE doc @@@ $1 ORDER BY id";
const AS_TEXT: &str = "SELECT id FROM book
    WHERE doc @@@ $1::jsonb AND doc->>'title' LIKE '%' ORDER BY id";
const RANKED: &str = "SELECT id FROM book WHERE doc @@@ $1 ORDER BY doc <@> $1, id";

type Found = Result<Vec<i32>, sqlx::Error>;

async fn ids(connection: &mut PgConnection, statement: &'static str, query: &Value) -> Found {
    query_scalar(statement)
        .bind(query)
        .fetch_all(connection)
        .await
}

async fn ids_as_text(
    connection: &mut PgConnection,
    statement: &'static str,
    query: &Value,
) -> Found {
    query_scalar(statement)
        .bind(query.to_string())
        .fetch_all(connection)
        .await
}

/// The number of checks that held.
#[derive(Default)]
struct Checks(usize);

impl Checks {
    /// `check` is one of checks.json.
    fn finds(&mut self, got: Found, check: &Value) {
        let got = got.unwrap_or_else(|error| panic!("{}: {error}", check["query"]));
        assert_eq!(Value::from(got), check["ids"], "{}", check["query"]);
        self.0 += 1;
    }

    fn refused(&mut self, got: Found, sqlstate: &str, message: &str) {
        let error = got.expect_err(message);
        let error = error
            .as_database_error()
            .unwrap_or_else(|| panic!("not the server's: {error}"))
            .downcast_ref::<PgDatabaseError>();
        assert_eq!((error.code(), error.message()), (sqlstate, message));
        self.0 += 1;
    }

    fn refused_as(&mut self, got: Found, check: &Value) {
        let text = |key: &str| check[key].as_str().expect("a string");
        self.refused(got, text("sqlstate"), text("message"));
    }
}

fn list<'a>(checks: &'a Value, key: &str) -> &'a Vec<Value> {
    checks[key].as_array().expect("an array")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), sqlx::Error> {
    let json: Value = serde_json::from_str(include_str!("../../checks.json")).expect("JSON");
    let mut checks = Checks::default();
    // PGHOST and the others; a host with a slash is the directory of a Unix socket.
    let connection = &mut PgConnectOptions::new().connect().await?;

    query("CREATE TABLE book (id integer PRIMARY KEY, doc jsonb NOT NULL)")
        .execute(&mut *connection)
        .await?;
    for (document, id) in list(&json, "documents").iter().zip(1..) {
        query("INSERT INTO book VALUES ($1, $2)")
            .bind(id)
            .bind(Json(document))
            .execute(&mut *connection)
            .await?;
    }
    let udf = &json["udf"];
    query("SELECT quidditch.register_udf($1, $2, convert_to($3, 'UTF8'), $4)")
        .bind(udf["name"].as_str())
        .bind(udf["version"].as_str())
        .bind(include_str!("../../pricier_than.wat"))
        .bind(&udf["metadata"])
        .execute(&mut *connection)
        .await?;

    // sqlx tells the server its parameters' types.
    let got = ids_as_text(connection, FOUND, &json["unranked"]["query"]).await;
    checks.refused(got, "42883", "operator does not exist: jsonb @@@ text");

    for check in list(&json, "searches") {
        // As text, with the cast.
        let got = ids_as_text(connection, AS_TEXT, &check["query"]).await;
        checks.finds(got, check);
        // Not kept prepared.
        let got = query_scalar(FOUND)
            .bind(Json(&check["query"]))
            .persistent(false)
            .fetch_all(&mut *connection)
            .await;
        checks.finds(got, check);
    }
    for check in list(&json, "rankings") {
        checks.finds(ids(connection, RANKED, &check["query"]).await, check);
    }

    // One prepared statement, as sqlx keeps them, a mistake in between.
    for _ in 0..2 {
        for check in list(&json, "searches") {
            checks.finds(ids(connection, FOUND, &check["query"]).await, check);
        }
        for check in list(&json, "mistakes") {
            checks.refused_as(ids(connection, FOUND, &check["query"]).await, check);
        }
    }
    let plans: i64 =
        query_scalar("SELECT generic_plans FROM pg_prepared_statements WHERE statement = $1")
            .bind(FOUND)
            .fetch_one(&mut *connection)
            .await?;
    assert!(plans > 0, "no generic plan was used");
    checks.0 += 1;

    let unranked = &json["unranked"];
    let query = &unranked["query"];
    checks.finds(ids(connection, FOUND, query).await, unranked);
    checks.refused_as(ids(connection, RANKED, query).await, unranked);
    println!("sqlx 0.9.0: {} checks", checks.0);
    Ok(())
}
