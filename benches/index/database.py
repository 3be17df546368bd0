"""The private server that is measured: statements through psql, loads through pgbench."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

BIN = Path(os.environ["QUIDDITCH_PG_BIN"])
SETTINGS = {"jit": "off", "max_parallel_workers_per_gather": "0", "max_parallel_maintenance_workers": "0"}


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


def dollar(text):
    """A string constant that needs no escapes; several may lie in each other."""
    tag = "q"
    while f"${tag}$" in text:
        tag += "q"
    return f"${tag}${text}${tag}$"


class Database:
    """Statements go to psql's standard input, each call in a session of its own."""

    def __init__(self, name):
        self.name = name

    def environment(self, **settings):
        options = " ".join(f"-c {key}={value}" for key, value in (SETTINGS | settings).items())
        return os.environ | {"PGDATABASE": self.name, "PGOPTIONS": options}

    def run(self, sql, **settings):
        """What psql prints, unaligned and without headings."""
        done = subprocess.run([BIN / "psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1"], input=sql, text=True,
                              env=self.environment(**settings), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise RuntimeError(f"{done.stderr.strip()}\n  in: {sql[:1000]}")
        return done.stdout.strip()

    def number(self, sql, **settings):
        return float(self.run(sql, **settings))

    def notices(self, sql, **settings):
        """How many notices a statement raises."""
        done = subprocess.run([BIN / "psql", "-X", "-q", "-At", "-c", sql], text=True, check=True,
                              env=self.environment(client_min_messages="notice", **settings), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        return sum(line.startswith("NOTICE") for line in done.stderr.splitlines())

    def has(self, relation):
        return self.run(f"SELECT to_regclass('{relation}') IS NOT NULL") == "t"

    def copy_lines(self, sql, lines, **settings):
        """Runs statements, the last of which is a `\\copy … FROM pstdin`, and feeds that with lines."""
        command = [BIN / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(sql)
            script.flush()
            with subprocess.Popen([*command, "-f", script.name], stdin=subprocess.PIPE,
                                  env=self.environment(**settings)) as psql:
                for line in lines:
                    psql.stdin.write(line)
        if psql.returncode != 0:
            raise RuntimeError(f"psql failed in: {sql[:1000]}")

    def milliseconds(self, queries, rounds=3, **settings):
        """What each query takes inside the server, planning included: the fastest of some rounds, after one that warms."""
        queries = dollar(json.dumps(queries))
        return json.loads(self.run(f"SELECT bench_milliseconds({queries}, {rounds})", **settings))

    def counts(self, queries, **settings):
        return json.loads(self.run(f"SELECT bench_counts({dollar(json.dumps(queries))})", **settings))

    def explain_all(self, queries, options="ANALYZE, BUFFERS", **settings):
        """Their plans, all in one session."""
        plans = self.run("".join(f"EXPLAIN ({options}, FORMAT json) {query};\n" for query in queries), **settings)
        plans = plans.replace("\n]\n[", "\n],[")
        return [plan[0] for plan in json.loads(f"[{plans}]")]

    def usable(self, table, indexes):
        """Lets the planner see these indexes of a table only."""
        names = ", ".join(f"'{name}'" for name in indexes)
        self.run(f"UPDATE pg_index SET indisvalid = indexrelid::regclass::text IN ({names}) "
                 f"WHERE indrelid = '{table}'::regclass AND NOT indisprimary")

    def pgbench(self, scripts, clients, seconds, rate=None, protocol="prepared"):
        """A Load that runs; scripts are SQL, one of which each transaction picks."""
        return Load(self, scripts, clients, seconds, rate, protocol)


class Load:
    """A pgbench under way."""

    def __init__(self, database, scripts, clients, seconds, rate, protocol):
        self.folder = tempfile.TemporaryDirectory()
        folder = Path(self.folder.name)
        arguments = ["-n", "-c", str(clients), "-j", "1", "-T", str(seconds), "-M", protocol, "-l",
                     f"--log-prefix={folder / 'log'}"]
        if rate:
            arguments += ["-R", str(rate)]
        for number, script in enumerate(scripts):
            path = folder / f"{number}.sql"
            path.write_text(script)
            arguments += ["-f", str(path)]
        self.process = subprocess.Popen([BIN / "pgbench", *arguments], text=True, env=database.environment(
            synchronous_commit="off"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def finish(self):
        """Transactions per second, milliseconds of each, what went wrong."""
        out, err = self.process.communicate()
        rate = re.search(r"tps = ([\d.]+)", out)
        failed = re.search(r"number of failed transactions: (\d+)", out)
        errors = [line for line in err.splitlines() if "ERROR" in line or "aborted" in line]
        took = []
        for log in Path(self.folder.name).glob("log*"):
            for line in log.read_text().splitlines():
                fields = line.split()
                if fields[2].isdigit():
                    took.append(int(fields[2]) / 1000)
        self.folder.cleanup()
        if not rate:
            raise RuntimeError(f"pgbench said: {out}\n{err}")
        return float(rate[1]), took, (int(failed[1]) if failed else 0) + len(errors), errors
