"""The measurements of benches/index/run.sh, which starts the server and gets the data. Prints a Markdown table, row by row.

Stages, of which STAGES picks: build size ranked boolean filter udf insert update quality scale cold
"""

import hashlib
import json
import math
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

from chart import chart
from database import BIN, Database, dollar, say
from queries import counted, drawn, match, ranked, tsquery

HERE = Path(__file__).parent
REPO = HERE.parent.parent
MADE = Path(os.environ["QUIDDITCH_BENCH_MADE"])
PASSAGES = Path(os.environ["QUIDDITCH_BENCH_PASSAGES"])
ROWS = int(os.environ.get("ROWS", "960000"))
QUERIES = int(os.environ.get("QUERIES", "200"))
SECONDS = int(os.environ.get("SECONDS_EACH", "20"))
LONG = os.environ.get("LONG") == "1"
COLLECTIONS = os.environ.get("COLLECTIONS")
MEMORY = os.environ.get("MAINTENANCE_WORK_MEM", "1GB")

TEXT_ONLY = {"dynamic": False, "properties": {"text": {"type": "text", "analyzer": "english"}}}
VECTOR = "to_tsvector('english', doc->>'text')"
# What can be built: name, table, and the rest of CREATE INDEX.
INDEXES = {
    "passages_text": ("passages", f"USING quidditch (doc) WITH (mapping = {dollar(json.dumps(TEXT_ONLY))})"),
    "passages_flat": ("passages", "USING quidditch (doc) WITH (positions = false, "
                                  f"mapping = {dollar(json.dumps(TEXT_ONLY))})"),
    "passages_whole": ("passages", "USING quidditch (doc) WITH (analyzer = 'english')"),
    "passages_gin": ("passages", f"USING gin (({VECTOR}))"),
    "passages_paths": ("passages", "USING gin (doc jsonb_path_ops)"),
    "passages_rfc": ("passages", "USING btree (((doc->>'rfc')::integer))"),
    "vectors_gin": ("vectors", "USING gin (words)"),
    "vectors_rum": ("vectors", "USING rum (words rum_tsvector_ops)"),
}

db = Database(f"passages_{ROWS}")


# The table

def heading():
    print("| measured | result | ratio | target | |\n| --- | --- | ---: | ---: | --- |", flush=True)


def row(measured, result, ratio=None, target=None):
    """A line of the table; `target` is (operator, value) that the ratio is held against."""
    said = "" if ratio is None else f"{ratio:.3g}"
    wanted = verdict = ""
    if target:
        operator, bound = target
        wanted = f"{operator} {bound:g}"
        if ratio is not None:
            verdict = "met" if (ratio <= bound if operator == "≤" else ratio >= bound) else "**missed**"
    print(f"| {measured} | {result} | {said} | {wanted} | {verdict} |", flush=True)


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, math.ceil(len(values) * share) - 1)]


def p50(values):
    return statistics.median(values)


def p99(values):
    return percentile(values, 0.99)


def spread(values):
    return f"{p50(values):.2f} / {p99(values):.2f} ms"


def megabytes(size):
    return f"{size / 1e6:.0f} MB" if size >= 1e7 else f"{size / 1e6:.1f} MB"


# The data

def sampled(rows):
    """So many of the passages as lines, evenly from all of them; more than there are come from further passes, in which
    the RFCs have other numbers. Each has a `bucket` of 0 to 999, drawn evenly."""
    total = sum(1 for _ in PASSAGES.open("rb"))
    rng = random.Random(1)
    left = rows
    if total * 0.99 < rows < total * 1.01:
        left = total
    turn = 0
    while left > 0:
        take = min(left, total)
        with PASSAGES.open("rb") as lines:
            for number, line in enumerate(lines):
                if (number + 1) * take // total == number * take // total:
                    continue
                if turn:
                    line = line.replace(b'{"rfc": ', b'{"rfc": %d' % turn, 1)
                yield b'%s, "bucket": %d}\n' % (line.rstrip()[:-1], rng.randrange(1000))
        left -= take
        turn += 1


def load():
    """Makes the database, unless it is there."""
    server = Database("postgres")
    if server.run(f"SELECT count(*) FROM pg_database WHERE datname = '{db.name}'") == "0":
        say(f"loading the database {db.name}")
        server.run(f'CREATE DATABASE "{db.name}"')
    if not db.has("loaded"):
        db.run("DROP TABLE IF EXISTS passages, vectors CASCADE; DROP EXTENSION IF EXISTS rum CASCADE;"
               "DROP FUNCTION IF EXISTS bench_milliseconds, bench_counts;" + (HERE / "setup.sql").read_text())
        load_table("passages", ROWS)
        say("making tsvectors for RUM and ts_rank")
        db.run(f"CREATE TABLE vectors AS SELECT id, {VECTOR} AS words FROM passages; VACUUM (ANALYZE, FREEZE) vectors;"
               "CREATE TABLE builds (name text PRIMARY KEY, seconds float8, bytes bigint);"
               "CREATE TABLE loaded (library text)", client_min_messages="error")
    # Another library may write other indexes.
    library = subprocess.run([BIN / "pg_config", "--pkglibdir"], capture_output=True, text=True, check=True)
    library = hashlib.sha256((Path(library.stdout.strip()) / "quidditch.so").read_bytes()).hexdigest()
    if db.run("SELECT library FROM loaded") != library:
        say("installing the extension into the database; its indexes are to be built")
        db.run("DROP EXTENSION IF EXISTS quidditch CASCADE; CREATE EXTENSION quidditch;"
               "DELETE FROM builds WHERE to_regclass(name) IS NULL; DELETE FROM loaded;"
               f"INSERT INTO loaded VALUES ('{library}')", client_min_messages="error")


def load_table(name, rows):
    say(f"loading {rows} passages into {name}")
    # A line of JSON as it is: read as CSV whose quote and delimiter JSON never contains.
    db.copy_lines(f"DROP TABLE IF EXISTS {name}, lines;\n"
                  "CREATE UNLOGGED TABLE lines (line jsonb);\n"
                  "\\copy lines FROM pstdin WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')\n", sampled(rows),
                  client_min_messages="error")
    db.run(f"CREATE TABLE {name} (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, doc jsonb NOT NULL);"
           f"INSERT INTO {name} (doc) SELECT line FROM lines; DROP TABLE lines; VACUUM (ANALYZE, FREEZE) {name}")


def build(name, table=None, definition=None):
    """Builds an index; seconds and bytes."""
    if definition is None:
        table, definition = INDEXES[name]
    say(f"building {name}")
    # An index that others can't see isn't dropped by its table's rights, so it is dropped by name.
    db.run(f"DROP INDEX IF EXISTS {name}; CHECKPOINT", client_min_messages="error")
    statement = f"CREATE INDEX {name} ON {table} {definition}"
    took = db.milliseconds([statement], rounds=0, maintenance_work_mem=MEMORY)[0] / 1000
    size = db.number(f"SELECT pg_relation_size('{name}')")
    db.run(f"DELETE FROM builds WHERE name = '{name}'; INSERT INTO builds VALUES ('{name}', {took}, {size})")
    return took, size


def built(name):
    """Builds it unless it is there; seconds and bytes of when it was."""
    if db.has(name):
        found = db.run(f"SELECT seconds, bytes FROM builds WHERE name = '{name}'")
        if found:
            seconds, size = found.split("|")
            return float(seconds), float(size)
    return build(name)


def texts():
    return json.loads(db.run("SELECT json_agg(text) FROM (SELECT doc->>'text' AS text FROM passages "
                             "ORDER BY hashint4(id), id LIMIT 20000) AS _"))


# The stages

def stage_build():
    gin, _ = build("passages_gin")
    ours, _ = build("passages_text")
    row("build, text only ÷ GIN `to_tsvector`", f"{ours:.1f} ÷ {gin:.1f} s", ours / gin, ("≤", 0.3))
    whole, _ = build("passages_whole")
    row("build, whole documents, dynamic mapping ÷ the same GIN", f"{whole:.1f} ÷ {gin:.1f} s", whole / gin, ("≤", 1.0))


def stage_size():
    _, gin = built("passages_gin")
    _, rum = built("vectors_rum")
    _, flat = built("passages_flat")
    _, full = built("passages_text")
    row("size, text only, without positions ÷ GIN", f"{megabytes(flat)} ÷ {megabytes(gin)}", flat / gin, ("≤", 1.1))
    row("size, text only, with positions ÷ RUM", f"{megabytes(full)} ÷ {megabytes(rum)}", full / rum, ("≤", 1.0))
    _, whole = built("passages_whole")
    row("size, whole documents, with positions", megabytes(whole))


def asked():
    """Kinds of ranked queries: a label, and for each query (kind, words)."""
    words, phrases = drawn(texts(), QUERIES, 1)
    kinds = []
    for kind, name in [("any", "OR"), ("all", "AND")]:
        for length in range(1, 9):
            if length > 1 or kind == "any":
                label = "1 word" if length == 1 else f"{length} words, {name}"
                kinds.append((label, [(kind, query) for query in words[length]]))
    kinds.append(("phrase of 2 or 3 words", [("phrase", query) for query in phrases]))
    return kinds


def tantivy(kinds):
    """Its milliseconds for each query, and what building took."""
    lines = MADE / f"passages-{ROWS}.jsonl"
    if not lines.exists():
        with lines.open("wb") as file:
            file.writelines(sampled(ROWS))
    queries = MADE / "queries.jsonl"
    queries.write_text("".join(json.dumps(query) + "\n" for _, of in kinds for query in of))
    say("tantivy")
    program = MADE / "tantivy-target/release/quidditch-bench-tantivy"
    done = subprocess.run([program, lines, queries, MADE / "tantivy"], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def stage_ranked():
    kinds = asked()
    built("passages_text"), built("vectors_gin"), built("vectors_rum")
    db.usable("passages", ["passages_text"])
    theirs = tantivy(kinds)
    row("tantivy builds the same, one thread", f"{theirs['build_seconds']:.1f} s, {megabytes(theirs['bytes'])}")
    place = 0
    print("\n| top 10 | ours | RUM `<=>` | ours ÷ RUM, ≤ 0.03 | tantivy, in process | ours ÷ tantivy, ≤ 1.3 | GIN, `ts_rank` |\n"
          "| --- | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for label, queries in kinds:
        say(f"ranked: {label}")
        ours = db.milliseconds([ranked("passages", match("text", words, kind)) for kind, words in queries])
        engine = theirs["milliseconds"][place:place + len(queries)]
        place += len(queries)
        peers = {}
        for index, order, count, rounds in [("rum", "words <=> {0}", len(queries), 1),
                                            ("gin", "ts_rank(words, {0}) DESC", max(5, len(queries) // 20), 0)]:
            db.usable("vectors", [f"vectors_{index}"])
            best = f"SELECT id FROM vectors WHERE words @@ {{0}} ORDER BY {order} LIMIT 10"
            peers[index] = db.milliseconds([best.format(tsquery(words, kind)) for kind, words in queries[:count]], rounds)
        print(f"| {label} | {spread(ours)} | {spread(peers['rum'])} | {p50(ours) / p50(peers['rum']):.3f} | "
              f"{spread(engine)} | {p50(ours) / p50(engine):.2f} | {spread(peers['gin'])} |", flush=True)
    db.usable("vectors", ["vectors_gin", "vectors_rum"])
    print(flush=True)
    heading()
    # In one session: what planning takes once catalogs are read.
    statements = [ranked("passages", match("text", words, kind)) for kind, words in kinds[3][1]]
    planning = [plan["Planning Time"] for plan in db.explain_all(statements, "SUMMARY")][1:]
    row("planning of such a query, 4 words, part of the above", spread(planning))


def stage_boolean():
    """How many documents of a status, since an RFC, with a word."""
    peers = ["passages_gin", "passages_paths", "passages_rfc"]
    for name in ["passages_whole", *peers]:
        built(name)
    words, _ = drawn(texts(), QUERIES, 2)
    rng = random.Random(2)
    # The keys of the table are in the RFCs' order or not; their numbers say nothing of it.
    numbers = [int(number) for number in db.run("SELECT DISTINCT (doc->>'rfc')::integer FROM passages ORDER BY 1").split()]
    statuses = db.run("SELECT doc->>'status' FROM passages GROUP BY 1 HAVING count(*) > 100 AND count(doc->>'status') > 0 "
                      "ORDER BY count(*) DESC").splitlines()[:3]
    ours, theirs = [], []
    for word, in words[1]:
        status, since = rng.choice(statuses), rng.choice(numbers)
        ours.append(counted("passages", {"bool": {"filter": [
            {"term": {"status": status}}, {"range": {"rfc": {"gte": since}}}, match("text", [word], "any")]}}))
        theirs.append(f"SELECT count(*) FROM passages WHERE doc @> $j${json.dumps({'status': status})}$j$ "
                      f"AND (doc->>'rfc')::integer >= {since} AND {VECTOR} @@ {tsquery([word], 'any')}")
    db.usable("passages", ["passages_whole"])
    counts = db.counts(ours)
    mine = db.milliseconds(ours)
    best = [math.inf] * len(theirs)
    for indexes in [peers, peers[:1], peers[::2], peers[:2]]:
        db.usable("passages", indexes)
        best = [min(pair) for pair in zip(best, db.milliseconds(theirs, rounds=1))]
    same = sum(a == b for a, b in zip(counts, db.counts(theirs)))
    row("count of term AND range AND match: p50 ÷ GIN `jsonb_path_ops`, btree, GIN `to_tsvector`, best plan",
        f"{spread(mine)} ÷ {spread(best)}; {same} of {len(ours)} counts equal, since words are split differently", p50(mine) / p50(best), ("≤", 0.5))
    db.usable("passages", ["passages_whole"])


def stage_filter():
    built("passages_whole")
    db.usable("passages", ["passages_whole"])
    words, _ = drawn(texts(), QUERIES, 3)
    clauses = [match("text", query, "any") for query in words[3]]
    bare = db.milliseconds([ranked("passages", clause) for clause in clauses])
    row("top 10 of 3 words, OR, whole documents", spread(bare))
    for below, share in [(1, "0.1 %"), (10, "1 %"), (100, "10 %")]:
        kept = {"range": {"bucket": {"lt": below}}}
        filtered = [{"bool": {"must": [clause], "filter": [kept]}} for clause in clauses]
        took = db.milliseconds([ranked("passages", clause) for clause in filtered])
        row(f"with a filter of {share} ÷ without: p50", f"{spread(took)}", p50(took) / p50(bare), ("≤", 3))


# Passes buckets below 10. LOG says of each call that it was made.
GUEST = """(module
  (import "env" "get_field_i64" (func $field (param i64 i32 i32 i32) (result i32)))
  (import "env" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "bucket")
  (func (export "filter") (param $doc i64) (result i32)
    LOG
    (if (call $field (local.get $doc) (i32.const 0) (i32.const 6) (i32.const 16)) (then (return (i32.const 0))))
    (i64.lt_s (i64.load (i32.const 16)) (i64.const 10))))"""


def stage_udf():
    built("passages_whole")
    db.usable("passages", ["passages_whole"])
    for name, log in [("bench_bucket", ""), ("bench_bucket_heard", "(call $log (i32.const 1) (i32.const 0) (i32.const 6))")]:
        guest = GUEST.replace("LOG", log)
        db.run(f"SELECT quidditch.register_udf('{name}', '1.0.0', convert_to($wat${guest}$wat$, 'UTF8')) "
               f"WHERE NOT EXISTS (SELECT FROM quidditch.udfs WHERE name = '{name}')")
    words, _ = drawn(texts(), QUERIES, 3)
    words = words[3][:max(5, QUERIES // 10)]

    def asking(guest):
        kept = {"wasm_udf": {"name": guest}}
        return [ranked("passages", {"bool": {"must": [match("text", query, "any")], "filter": [kept]}}) for query in words]

    bare = db.milliseconds([ranked("passages", match("text", query, "any")) for query in words])
    took = db.milliseconds(asking("bench_bucket"), rounds=1)
    calls = [db.notices(query, **{"quidditch.log_level": "notice"}) for query in asking("bench_bucket_heard")]
    matching = db.counts([counted("passages", match("text", query, "any")) for query in words])
    row("top 10 of 3 words, OR, that a `wasm_udf` passes, which passes 1 %", f"{spread(took)} (without it {spread(bare)})")
    row("calls of it ÷ 1,000, which ten rows of 1 % take if the best come first",
        f"{p50(calls):.0f}, at most {max(calls)}; {p50(matching):.0f} documents match", p50(calls) / 1000)


def arriving(table, definition, rows):
    db.run(f"DROP TABLE IF EXISTS {table};"
           f"CREATE TABLE {table} (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, doc jsonb NOT NULL);"
           f"INSERT INTO {table} (doc) SELECT doc FROM passages ORDER BY id LIMIT {rows};"
           f"CREATE INDEX {table}_index ON {table} {definition}; VACUUM ANALYZE {table}; CHECKPOINT",
           client_min_messages="error", maintenance_work_mem=MEMORY)


def stage_insert():
    base = min(ROWS // 4, 100_000)
    passages = int(db.number("SELECT max(id) FROM passages"))
    script = (f"\\set from random(1, {passages})\n"
              "INSERT INTO arriving (doc) SELECT doc FROM passages WHERE id = :from;\n")
    definitions = [("GIN", f"USING gin (({VECTOR}))"), ("ours", INDEXES["passages_text"][1]),
                   ("none", None)]
    for clients in [1, 4]:
        results = {}
        for name, definition in definitions:
            say(f"inserts, {clients} clients, {name}")
            arriving("arriving", definition or "USING btree (id)", base)
            rate, took, failed, errors = db.pgbench([script], clients, SECONDS).finish()
            if failed:
                say(f"{failed} errors: {errors[:3]}")
            results[name] = (rate, p50(took), p99(took), max(took))
        (ours, _, slow, worst), (gin, _, gin_slow, gin_worst) = results["ours"], results["GIN"]
        row(f"inserts a second, {clients} client{'s' * (clients > 1)} ÷ GIN `fastupdate`",
            f"{ours:.0f} ÷ {gin:.0f} (without an index on text {results['none'][0]:.0f})", ours / gin, ("≥", 1.0))
        row(f"p99 of an insert, {clients} client{'s' * (clients > 1)} ÷ GIN `fastupdate`",
            f"{slow:.2f} ÷ {gin_slow:.2f} ms; slowest {worst:.0f} ÷ {gin_worst:.0f} ms", slow / gin_slow, ("≤", 1.0))
    db.run("DROP TABLE arriving")


def stage_update():
    seconds = int(os.environ.get("UPDATE_SECONDS", "300" if LONG else "60"))
    base = min(ROWS // 4, 100_000)
    arriving("changing", INDEXES["passages_text"][1], base)
    passages = int(db.number("SELECT max(id) FROM passages"))
    update = (f"\\set from random(1, {passages})\n\\set id random(1, {base})\n"
              "UPDATE changing SET doc = (SELECT doc FROM passages WHERE id = :from) WHERE id = :id;\n")
    words, _ = drawn(texts(), QUERIES, 4)
    reads = [ranked("changing", match("text", query, "any")) + ";\n" for query in words[3][:60]]
    say(f"1,000 updates a second and two readers, {seconds} s")
    readers = db.pgbench(reads, 2, seconds, protocol="simple")
    writers = db.pgbench([update], 4, seconds, rate=1000)
    rate, took, failed, errors = writers.finish()
    read_rate, read_took, read_failed, read_errors = readers.finish()
    for error in (errors + read_errors)[:5]:
        say(error)
    row(f"1,000 updates a second for {seconds} s beside two readers: rate held", f"{rate:.0f}/s", rate / 1000, ("≥", 0.99))
    row("errors meanwhile", f"{failed + read_failed}", failed + read_failed, ("≤", 0))
    row("an update meanwhile, by its schedule, p50 / p99", spread(took))
    row("a ranked read meanwhile, 3 words, OR, p50 / p99", f"{spread(read_took)}; {read_rate:.0f}/s")
    db.run("SELECT quidditch.check_index('changing_index', true); DROP TABLE changing")


def stage_quality():
    if not COLLECTIONS:
        row("ranking quality (COLLECTIONS names no folder)", "not measured")
        return
    import pytrec_eval

    # nDCG@10 of others for the same: Lucene's, pg_textsearch's.
    for name, others in [("cranfield", (0.522, 0.525)), ("vaswani", (0.433, 0.439))]:
        folder = Path(COLLECTIONS) / name
        read = lambda file: [json.loads(line) for line in (folder / file).read_text().splitlines()]
        table = f"judged_{name}"
        db.run(f"DROP TABLE IF EXISTS {table}", client_min_messages="error")
        documents = read("corpus.jsonl")
        lines = [json.dumps([document["_id"], {"text": f"{document.get('title') or ''} {document['text']}"}]).encode() + b"\n"
                 for document in documents]
        db.copy_lines("DROP TABLE IF EXISTS lines;\nCREATE UNLOGGED TABLE lines (line jsonb);\n"
                      "\\copy lines FROM pstdin WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')\n", lines,
                      client_min_messages="error")
        db.run(f"CREATE TABLE {table} AS SELECT line->>0 AS id, line->1 AS doc FROM lines; DROP TABLE lines;"
               f"CREATE INDEX {table}_index ON {table} {INDEXES['passages_text'][1]}; VACUUM ANALYZE {table}")
        judged = {}
        for line in (folder / "qrels.tsv").read_text().splitlines()[1:]:
            query, document, grade = line.split("\t")
            judged.setdefault(query, {})[document] = int(grade)
        run = {}
        for query in read("queries.jsonl"):
            asked = dollar(json.dumps(match("text", [query["text"].lower()], "any")))
            found = db.run(f"SELECT id FROM {table} WHERE doc @@@ {asked} ORDER BY doc <@> {asked} LIMIT 10", enable_seqscan="off")
            run[query["_id"]] = {document: 1 / rank for rank, document in enumerate(found.splitlines(), 1)}
        scores = pytrec_eval.RelevanceEvaluator(judged, {"ndcg_cut.10"}).evaluate(run)
        ndcg = sum(score["ndcg_cut_10"] for score in scores.values()) / len(judged)
        row(f"ranking, {name}: nDCG@10 − the better of Lucene and pg_textsearch",
            f"{ndcg:.4f} − {max(others)} (Lucene {others[0]}, pg_textsearch {others[1]})", ndcg - max(others), ("≥", -0.005))
        db.run(f"DROP TABLE {table}")


def stage_scale():
    sizes = [size for size in [100_000, 300_000] if size < ROWS] or [ROWS // 10, ROWS // 3]
    sizes += [ROWS] + [3 * ROWS] * LONG
    words, _ = drawn(texts(), QUERIES, 5)
    latency = {"2 words": [], "4 words": [], "8 words": []}
    building = {"text only": []}
    for size in sizes:
        table, index = "passages", "passages_text"
        if size == ROWS:
            seconds, _ = built(index)
            db.usable("passages", ["passages_text"])
        else:
            table, index = "scaled", "scaled_text"
            load_table(table, size)
            seconds, _ = build(index, table, INDEXES["passages_text"][1])
        rows = int(db.number(f"SELECT max(id) FROM {table}"))
        building["text only"].append((rows, seconds))
        said = []
        for length in [2, 4, 8]:
            took = db.milliseconds([ranked(table, match("text", query, "any")) for query in words[length]])
            latency[f"{length} words"].append((rows, p50(took)))
            said.append(f"{p50(took):.2f}")
        passes = " (three passes)" if size > ROWS else ""
        row(f"{rows:,} passages{passes}: build; top 10 of 2, 4, 8 words, OR, p50", f"{seconds:.1f} s; {', '.join(said)} ms")
        if table == "scaled":
            db.run("DROP TABLE scaled")
    picture = chart([("Top 10, OR, p50", "ms", latency), ("Building, text only", "s", building)])
    where = REPO / "docs/index-scaling.svg" if ROWS >= 900_000 else MADE / "index-scaling.svg"
    where.write_text(picture)
    say(f"drew {where.relative_to(REPO)}")


def stage_cold():
    built("passages_text")
    db.usable("passages", ["passages_text"])
    words, _ = drawn(texts(), QUERIES, 6)
    read, cold, warm = [], [], []
    for query in words[3][:3]:
        say("restarting the server")
        for verb in ["stop", "start"]:
            subprocess.run([REPO / "scripts/server.sh", verb, "bench"], check=True)
        statement = ranked("passages", match("text", query, "any"))
        first, *_, last = db.explain_all([statement] * 3)
        pages = sum(first[part].get("Shared Read Blocks", 0) for part in ["Plan", "Planning"] if part in first)
        read.append(pages)
        cold.append(first["Planning Time"] + first["Execution Time"])
        warm.append(last["Planning Time"] + last["Execution Time"])
    row("first ranked query after a restart, 3 words, OR ÷ warm", f"{p50(cold):.1f} ÷ {p50(warm):.2f} ms; "
        f"{p50(read):.0f} pages read", p50(cold) / p50(warm))


STAGES = {name.removeprefix("stage_"): run for name, run in globals().items() if name.startswith("stage_")}


def main():
    stages = os.environ.get("STAGES", "").split() or list(STAGES)
    unknown = [name for name in stages if name not in STAGES]
    if unknown:
        sys.exit(f"error: no stage is called {unknown[0]}; there are {' '.join(STAGES)}")
    start = time.monotonic()
    load()
    version = subprocess.run([BIN / "postgres", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    model = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    count = int(db.number("SELECT max(id) FROM passages"))
    print(f"{version}, {count:,} passages, {len(model)} × {model[0] if model else 'unknown processor'}, load "
          f"{os.getloadavg()[0]:.1f}; maintenance_work_mem {MEMORY}, no parallel workers, {QUERIES} queries of each kind, "
          "p50 / p99.\n")
    heading()
    for name in stages:
        say(f"stage {name}")
        try:
            STAGES[name]()
        except (RuntimeError, subprocess.CalledProcessError) as error:
            say(f"stage {name} failed: {error}")
            row(f"stage {name}", "failed")
    say(f"{time.monotonic() - start:.0f} s, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
