#!/usr/bin/env bash
# Runs the examples of some documents on the demo's database and compares their outputs with those written there.
#   examples.sh            print the differences; fails when there are some
#   examples.sh --write    write the outputs into the documents instead
#
# Every ```sql block of a document runs, in order, in one session that can only read. Some documents make tables,
# indexes or UDFs of their own, so theirs run in a copy of the database, which is dropped again. The ```text block that follows a
# block, if one does, is its output as psql prints it; a value that is wide or has several lines stands without its column's
# header. A block without output has to run without an error.
#
# QUIDDITCH_SERVER may name the scripts/server.sh of another working copy, whose demo is used then.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"
environment=$("${QUIDDITCH_SERVER:-scripts/server.sh}" env demo)
eval "$environment"
exec python3 - "$@" <<'PYTHON'
import contextlib
import difflib
import os
import re
import subprocess
import sys

WIDEST = 120
# Printed between the blocks.
MARK = "--- end of block"

DOCUMENTS = ["docs/query-language.md"]
# Those whose examples change something.
WRITING = ["docs/elasticsearch.md", "docs/udf-performance.md", "docs/udf-troubleshooting.md", "docs/index.md"]

if sys.argv[1:] not in ([], ["--write"]):
    sys.exit("usage: examples.sh [--write]")
write = "--write" in sys.argv

# A block of SQL, and its output if that follows.
BLOCK = re.compile(r"^```sql\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.M | re.S)


def program(name):
    return os.path.join(os.environ["QUIDDITCH_PG_BIN"], name)


@contextlib.contextmanager
def copy_of_database():
    """The name of a copy of the demo's database."""
    name = os.environ["PGDATABASE"]
    copy = f"{name}_examples"

    def psql(database, *arguments, **options):
        subprocess.run([program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, *arguments],
                       check=True, stdout=subprocess.DEVNULL, **options)

    drop = ["-c", "SET client_min_messages = warning", "-c", f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)"]
    psql(name, *drop, "-c", f"CREATE DATABASE {copy}")
    try:
        with subprocess.Popen([program("pg_dump"), name], stdout=subprocess.PIPE) as dump:
            # As many processes as build an index make segments, so one for outputs that don't vary.
            serial = dict(os.environ, PGOPTIONS="-c max_parallel_maintenance_workers=0")
            psql(copy, stdin=dump.stdout, env=serial)
        if dump.returncode:
            sys.exit("pg_dump failed")
        psql(copy, "-c", "VACUUM (ANALYZE) packages")
        yield copy
    finally:
        psql(name, *drop)


def run(blocks, database=None):
    """The output of each block; in that database, which may be written to, or else in the demo's."""
    commands = "\\pset footer off\n\\pset pager off\n"
    commands += "".join(f"{sql}\\echo '{MARK}'\n" for sql in blocks)
    environment = dict(os.environ)
    if database:
        environment["PGDATABASE"] = database
    else:
        environment["PGOPTIONS"] = "-c default_transaction_read_only=on"
    done = subprocess.run([program("psql"), "-X", "-q"], input=commands, text=True, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    outputs = done.stdout.split(MARK + "\n")[:-1]
    if len(outputs) != len(blocks):
        sys.exit(f"psql ran {len(outputs)} of {len(blocks)} blocks (make demo starts the server):\n{done.stdout}")
    return [tidied(output) for output in outputs]


def tidied(output):
    lines = [line.rstrip() for line in output.splitlines()]
    result = []
    while lines:
        # A result of one column: header, dashes, rows, an empty line.
        if len(lines) > 1 and re.fullmatch("-+", lines[1]):
            end = lines.index("") if "" in lines else len(lines)
            rows, lines = lines[:end], lines[end:]
            several = any(row.endswith("+") for row in rows)
            if several or max(map(len, rows)) > WIDEST:
                rows = [row[1:].removesuffix("+").rstrip() for row in rows[2:]]
            result += rows
        else:
            result.append(lines.pop(0))
    return "\n".join(result).strip("\n") + "\n" if any(result) else ""


def check(path, database=None):
    """Runs a document's examples and says how many failed."""
    source = open(path, encoding="utf-8").read()
    found = list(BLOCK.finditer(source))
    outputs = run([match[1] for match in found], database)
    failed, result, last = 0, "", 0
    for match, output in zip(found, outputs):
        sql, expected = match[1], match[2]
        result += source[last:match.start()] + f"```sql\n{sql}```\n"
        last = match.end()
        if expected is not None:
            result += f"```text\n{output}```\n"
        elif "ERROR:" not in output:
            continue
        if output != expected:
            failed += 1
            if not write or expected is None:
                line = source.count("\n", 0, match.start()) + 1
                print(f"{path}:{line}:\n{sql}")
                print("\n".join(difflib.unified_diff(
                    (expected or "").splitlines(), output.splitlines(), "written", "found", lineterm="")) + "\n")
    result += source[last:]
    if write and result != source:
        open(path, "w", encoding="utf-8").write(result)
    print(f"{path}: {len(found)} examples, {failed} {'rewritten' if write else 'differ'}")
    return failed


failed = sum([check(path) for path in DOCUMENTS])
with copy_of_database() as database:
    failed += sum([check(path, database) for path in WRITING])
sys.exit(1 if failed and not write else 0)
PYTHON
