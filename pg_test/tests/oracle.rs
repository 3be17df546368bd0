//! An index answers what a sequential scan answers: random documents, random queries, row for row, and scores bit for
//! bit. The table is changed between the queries, so that they see segments, pending documents and dead ones.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use quidditch_pg_test::documents::{document, literal, sql};
use quidditch_pg_test::queries::{Dialect, mapping, query, ranking};
use quidditch_pg_test::{Database, Failure, Log, Random, Session, duration};
use serde_json::Value;

/// A table, and how it is indexed and searched.
struct Definition {
    name: &'static str,
    /// Without autovacuum: scores are by the dead, too, until it drops them.
    table: &'static str,
    index: String,
    /// What is indexed of a row.
    document: &'static str,
    /// How a document is stored.
    stored: fn(String) -> String,
    /// What else a query has to say for the index to be used.
    condition: &'static str,
    dialect: Dialect,
}

fn plain(index: &str) -> Definition {
    Definition {
        name: "plain",
        table: "CREATE TABLE t (id int PRIMARY KEY, kind int, doc jsonb) WITH (autovacuum_enabled = false)",
        index: index.to_owned(),
        document: "doc",
        stored: |document| document,
        condition: "true",
        dialect: Dialect::default(),
    }
}

fn with(name: &'static str, options: &str) -> Definition {
    Definition {
        name,
        ..plain(&format!(
            "CREATE INDEX searched ON t USING quidditch (doc) WITH ({options})"
        ))
    }
}

#[test]
fn by_default() {
    examine(plain("CREATE INDEX searched ON t USING quidditch (doc)"));
}

#[test]
fn mapped() {
    let options = format!(
        "pending_limit = 64, mapping = {}",
        literal(&mapping().to_string())
    );
    examine(Definition {
        dialect: Dialect { is_mapped: true },
        ..with("mapped", &options)
    });
}

#[test]
fn with_an_analyzer() {
    examine(with("analyzer", "analyzer = 'english', k1 = 2, b = 0.3"));
}

#[test]
fn without_positions() {
    examine(with("positions", "positions = false, pending_limit = 64"));
}

#[test]
fn over_an_expression() {
    examine(Definition {
        name: "expression",
        index: "CREATE INDEX searched ON t USING quidditch ((doc -> 'd'))".to_owned(),
        document: "(doc -> 'd')",
        stored: |document| format!("{{\"d\": {document}}}"),
        ..plain("")
    });
}

#[test]
fn partial() {
    examine(Definition {
        name: "partial",
        index: "CREATE INDEX searched ON t USING quidditch (doc) WHERE kind = 1".to_owned(),
        condition: "kind = 1",
        ..plain("")
    });
}

#[test]
fn partitioned() {
    examine(Definition {
        name: "partitioned",
        table: "CREATE TABLE t (id int PRIMARY KEY, kind int, doc jsonb) PARTITION BY RANGE (id);
                CREATE TABLE t_low PARTITION OF t FOR VALUES FROM (0) TO (150) WITH (autovacuum_enabled = false);
                CREATE TABLE t_middle PARTITION OF t FOR VALUES FROM (150) TO (300) WITH (autovacuum_enabled = false);
                CREATE TABLE t_high PARTITION OF t DEFAULT WITH (autovacuum_enabled = false)",
        ..with("partitioned", "pending_limit = 64")
    });
}

/// How a statement is to be executed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Sequential,
    Bitmap,
    Index,
    ParallelSequential,
    ParallelBitmap,
}

impl Way {
    fn settings(self) -> String {
        let (sequential, bitmap, index, parallel) = match self {
            Way::Sequential => (true, false, false, false),
            Way::Bitmap => (false, true, false, false),
            Way::Index => (false, false, true, false),
            Way::ParallelSequential => (true, false, false, true),
            Way::ParallelBitmap => (false, true, false, true),
        };
        format!(
            "SET enable_seqscan = {sequential}; SET enable_bitmapscan = {bitmap}; SET enable_indexscan = {index};
             SET max_parallel_workers_per_gather = {};",
            if parallel { 2 } else { 0 }
        )
    }

    /// The kind of plan node that has to be there.
    fn node(self) -> &'static str {
        match self {
            Way::Sequential | Way::ParallelSequential => "Seq Scan",
            Way::Bitmap | Way::ParallelBitmap => "Bitmap Index Scan",
            Way::Index => "Index Scan",
        }
    }
}

/// The kinds of the scans in a plan.
fn scans(plan: &Value, found: &mut BTreeSet<String>) {
    match plan {
        Value::Object(plan) => {
            if let Some(Value::String(node)) = plan.get("Node Type")
                && node.ends_with("Scan")
            {
                found.insert(node.clone());
            }
            plan.values().for_each(|value| scans(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| scans(value, found)),
        _ => {}
    }
}

struct Examination {
    definition: Definition,
    session: Session,
    random: Random,
    /// The next row.
    id: usize,
    wrong: Vec<String>,
    /// How many queries there were, and how many of them were errors.
    queries: usize,
    errors: usize,
    found: usize,
    /// How many statements there were, and how many of them couldn't be executed as they should.
    executions: usize,
    otherwise: usize,
}

fn examine(definition: Definition) {
    let log = Log::now();
    let random = Random::from_environment();
    let database = Database::new(definition.name);
    let mut session = database.connect();
    session.run("SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
                 SET min_parallel_index_scan_size = 0; SET jit = off; SET statement_timeout = '60s'");
    session.run(definition.table);
    let mut examination = Examination {
        definition,
        session,
        random,
        id: 0,
        wrong: Vec::new(),
        queries: 0,
        errors: 0,
        found: 0,
        executions: 0,
        otherwise: 0,
    };
    examination.insert(200);
    examination
        .session
        .run(&examination.definition.index.clone());
    let started = Instant::now();
    let time = duration(2500);
    loop {
        examination.check_index();
        for _ in 0..20 {
            examination.ask();
        }
        if started.elapsed() > time || examination.wrong.len() >= 5 {
            break;
        }
        examination.change();
    }
    log.assert_no_crash();
    let Examination {
        wrong,
        queries,
        errors,
        found,
        executions,
        otherwise,
        ..
    } = examination;
    println!(
        "{queries} queries, {errors} errors, {found} rows; {otherwise} of {executions} without the index"
    );
    assert!(otherwise * 5 < executions, "the index was used too seldom");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(
        errors * 10 <= queries,
        "{errors} of {queries} queries were errors"
    );
    assert!(found > queries, "too little was found: {found} rows");
}

impl Examination {
    fn row(&mut self) -> String {
        let document = document(&mut self.random).map(self.definition.stored);
        let kind = self.random.below(2);
        format!("{kind}, {}", sql(document.as_deref()))
    }

    fn insert(&mut self, count: usize) {
        let rows: Vec<String> = (0..count)
            .map(|_| {
                self.id += 1;
                let row = self.row();
                format!("({}, {row})", self.id)
            })
            .collect();
        self.session
            .run(&format!("INSERT INTO t VALUES {}", rows.join(", ")));
    }

    /// Changes the table and the index in some way.
    fn change(&mut self) {
        match self.random.below(9) {
            0..=2 => {
                let count = 1 + self.random.below(60);
                self.insert(count);
            }
            3 => {
                let id = self.random.below(self.id);
                let row = self.row();
                self.session.run(&format!(
                    "UPDATE t SET (kind, doc) = ({row}) WHERE id BETWEEN {id} AND {id} + 10"
                ));
            }
            // Without a change of the document.
            4 => self.session.run("UPDATE t SET kind = 1 - kind WHERE id % 7 = 3"),
            5 => {
                let id = self.random.below(self.id);
                self.session.run(&format!(
                    "DELETE FROM t WHERE id BETWEEN {id} AND {id} + 25"
                ));
            }
            6 => {
                self.session.run("BEGIN; SAVEPOINT s");
                self.insert(10);
                self.session.run("ROLLBACK TO s");
                self.insert(3);
                let end = *self.random.pick(&["COMMIT", "ROLLBACK"]);
                self.session.run(end);
            }
            7 => self.session.run("VACUUM t"),
            _ => self.session.run(
                "SELECT quidditch.merge_index(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indexrelid
                 WHERE indrelid::regclass::text LIKE 't%' AND c.relkind = 'i' AND relam = (SELECT oid FROM pg_am WHERE amname = 'quidditch')",
            ),
        }
    }

    fn check_index(&mut self) {
        self.session.run(
            "SELECT quidditch.check_index(c.oid, true) FROM pg_class c
             WHERE c.relkind = 'i' AND relam = (SELECT oid FROM pg_am WHERE amname = 'quidditch')",
        );
    }

    /// The rows of a statement, executed that way.
    fn rows(&mut self, way: Way, statement: &str) -> Result<Vec<Vec<Option<String>>>, Failure> {
        let settings = way.settings();
        let explain = format!("{settings} EXPLAIN (FORMAT JSON, COSTS OFF) {statement}");
        let plan = self.session.try_rows(&explain)?;
        let plan: Value = serde_json::from_str(plan[0][0].as_deref().unwrap()).unwrap();
        let mut found = BTreeSet::new();
        scans(&plan, &mut found);
        let is_used =
            found.contains(way.node()) && (way.node() == "Seq Scan" || !found.contains("Seq Scan"));
        self.executions += 1;
        if !is_used {
            // Planning makes a filter of what an index can't narrow.
            let is_filter = plan.to_string().contains("quidditch.matches(");
            assert!(is_filter, "{statement} isn't executed by {way:?}: {plan:#}");
            self.otherwise += 1;
        }
        self.session.try_rows(&format!("{settings} {statement}"))
    }

    fn ask(&mut self) {
        let dialect = self.definition.dialect;
        let (filter, order) = (
            query(&mut self.random, dialect),
            ranking(&mut self.random, dialect),
        );
        self.filter(&filter.to_string());
        self.order(&order.to_string(), None);
        if self.random.one_in(3) {
            self.order(&order.to_string(), Some(&filter.to_string()));
        }
    }

    fn report(&mut self, statement: &str, what: String) {
        let name = self.definition.name;
        self.wrong.push(format!("{name}: {statement}\n{what}"));
    }

    /// Notes that the ways disagree about rows; the answers are lists of ids.
    fn compare(&mut self, statement: &str, way: Way, expected: &Answer, answer: &Answer) {
        if expected == answer {
            return;
        }
        let what = match (expected, answer) {
            (Ok(expected), Ok(answer)) => {
                let missing: Vec<_> = expected
                    .iter()
                    .filter(|row| !answer.contains(row))
                    .take(3)
                    .collect();
                let more: Vec<_> = answer
                    .iter()
                    .filter(|row| !expected.contains(row))
                    .take(3)
                    .collect();
                let example = missing.first().or(more.first()).map(|row| row.0.clone());
                let example = example.and_then(|id| {
                    let document = self.definition.document;
                    self.session.text(&format!(
                        "SELECT left({document}::text, 2000) FROM t WHERE id = {id}"
                    ))
                });
                format!(
                    "{way:?} misses {missing:?}, has {more:?}\n{}",
                    example.unwrap_or_default()
                )
            }
            _ => format!("expected {expected:?}\n{way:?}: {answer:?}"),
        };
        self.report(statement, what);
    }

    fn filter(&mut self, query: &str) {
        let Definition {
            document,
            condition,
            ..
        } = self.definition;
        let query = literal(query);
        let statement = format!("SELECT id FROM t WHERE {document} @@@ {query} AND {condition}");
        let expected = answer(self.rows(Way::Sequential, &statement));
        self.count(&expected);
        for way in [
            Way::Bitmap,
            Way::Index,
            Way::ParallelBitmap,
            Way::ParallelSequential,
        ] {
            let is_parallel = matches!(way, Way::ParallelBitmap | Way::ParallelSequential);
            if is_parallel && !self.random.one_in(6) {
                continue;
            }
            let answer = answer(self.rows(way, &statement));
            self.compare(&statement, way, &expected, &answer);
        }
    }

    fn count(&mut self, answer: &Answer) {
        self.queries += 1;
        match answer {
            Ok(rows) => self.found += rows.len(),
            Err(failure) => {
                self.errors += 1;
                println!("{failure:?}");
            }
        }
    }

    /// Compares the order by a query, of all rows, of those that match it, and of those that match another.
    fn order(&mut self, order: &str, filter: Option<&str>) {
        let Definition {
            document,
            condition,
            ..
        } = self.definition;
        let query = literal(order);
        let filter = match filter {
            Some(filter) => format!("{document} @@@ {} AND {condition}", literal(filter)),
            None if self.random.one_in(3) => condition.to_owned(),
            None => format!("{document} @@@ {query} AND {condition}"),
        };
        let statement = format!("SELECT id, {document} <@> {query} FROM t WHERE {filter}");
        let expected = answer(self.rows(Way::Sequential, &statement));
        self.count(&expected);
        let order = format!("{statement} ORDER BY {document} <@> {query}");
        let all = self.rows(Way::Index, &order);
        self.compare(&order, Way::Index, &expected, &answer(all.clone()));
        let (Ok(expected), Ok(all)) = (expected, all) else {
            return;
        };
        let mut scores: Vec<Score> = expected.iter().map(|row| Score::of(&row.1)).collect();
        scores.sort();
        let found: Vec<Score> = all.iter().map(|row| Score::of(&row[1])).collect();
        if found != scores {
            let at = (0..).find(|at| found.get(*at) != scores.get(*at)).unwrap();
            let row = all.get(at);
            self.report(
                &order,
                format!("row {at} is {row:?}, expected {:?}", scores.get(at)),
            );
        }
        for _ in 0..2 {
            let limit = 1 + self.random.below(30);
            let statement = format!("{order} LIMIT {limit}");
            match self.rows(Way::Index, &statement) {
                Ok(best) => {
                    let known: BTreeMap<&str, &Option<String>> = expected
                        .iter()
                        .map(|row| (row.0.as_str(), &row.1))
                        .collect();
                    let is_known = |row: &Vec<Option<String>>| {
                        known.get(row[0].as_deref().unwrap_or_default()) == Some(&&row[1])
                    };
                    let found: Vec<Score> = best.iter().map(|row| Score::of(&row[1])).collect();
                    if found[..] != scores[..limit.min(scores.len())] || !best.iter().all(is_known)
                    {
                        self.report(
                            &statement,
                            format!(
                                "expected {:?}\nfound {best:?}",
                                &scores[..limit.min(scores.len())]
                            ),
                        );
                    }
                }
                Err(failure) => self.report(&statement, format!("{failure:?}")),
            }
        }
    }
}

/// Ids, sorted, each with its score where there is one.
type Answer = Result<Vec<(String, Option<String>)>, Failure>;

fn answer(rows: Result<Vec<Vec<Option<String>>>, Failure>) -> Answer {
    let row = |row: Vec<Option<String>>| {
        let mut columns = row.into_iter();
        (
            columns.next().flatten().unwrap_or_default(),
            columns.next().flatten(),
        )
    };
    let mut rows: Vec<_> = rows?.into_iter().map(row).collect();
    rows.sort();
    Ok(rows)
}

/// In PostgreSQL's order: NULL last. Its text has all bits of a number.
#[derive(Clone, Debug, PartialEq)]
struct Score(Option<f64>);

impl Score {
    fn of(text: &Option<String>) -> Score {
        Score(text.as_ref().map(|text| text.parse().unwrap()))
    }
}

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Score) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Score) -> std::cmp::Ordering {
        let value = |score: &Score| score.0.unwrap_or(f64::INFINITY);
        value(self).total_cmp(&value(other))
    }
}
