#!/usr/bin/env python3
"""Checks that docs/udf-troubleshooting.md has every error and warning about UDFs that the sources can send.

  check-messages.py            name the messages that are missing; fails when there are some
  check-messages.py --list     print all messages with their places

What is a message: a string literal of at least two words in the sources below that doesn't begin like a sentence. By the
style of PostgreSQL messages begin in lower case or with a name, details and hints are sentences. What stands in for
a value, {name} or %s, is … here and in the document, with or without quotes around it.

To mend a failure: add the message to the document, in backquotes, under the heading of when it occurs, with its cause and
what to do. A literal that users never see as an error goes to NO_MESSAGES or NO_CALLS below.
"""

import pathlib
import re
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = REPOSITORY / "docs/udf-troubleshooting.md"

RUST = ["src/udf", "src/udf.rs", "src/arguments.rs", "src/callsite.rs", "src/cluster.rs", "src/datum.rs", "src/report.rs",
        "src/settings/startup.rs", "crates/sandbox/src", "crates/script/src", "crates/cluster/src",
        "src/search/prepared.rs"]
C = ["udfs/interpreters/python", "udfs/interpreters/javascript"]
PATCHES = ["udfs/interpreters/python/patches", "udfs/interpreters/javascript"]

# Calls, anywhere around a literal, that don't send it to anybody.
NO_CALLS = {"hint", "with_hint", "detail", "unreachable!", "expect", "strip_prefix", "starts_with", "access::select", "access::write"}

# Names of things, and texts that stand in another answer than an error.
NO_MESSAGES = {
    "double precision",  # a type
    "reset statistics", "add key", "revoke key",  # operations in the audit trail
    "PRIVATE KEY",  # what a text is searched for
    "quidditch code",  # of a file in memory
    # Parts of hints.
    "def …(query: str) -> bool:", "function …({query}) { … }",
    "… is called by the names of its parameters: write each as name: type.",
    # The sandbox's words for what the extension says in its own.
    "memory limit exceeded: … bytes wanted, … allowed", "table limit exceeded: … elements wanted, … allowed",
    "call stack exhausted", "call ran longer than … ms", "damaged document: …", "… is not allowed",
}

LITERAL = r'"(?:\\.|[^"\\])*"'
RUST_TOKEN = re.compile(rf"""
    (?P<comment> //[^\n]* )
  | (?P<raw> b?r(?P<hashes>\#*)".*?"(?P=hashes) )
  | (?P<bytes> [bc]{LITERAL} )
  | (?P<text> {LITERAL} )
  | (?P<character> '(?:\\u\{{[0-9a-f]+\}}|\\.|[^\\'])' )
  | (?P<open> (?:[A-Za-z_][\w:]*!?)?[(\[{{] )
  | (?P<close> [)\]}}] )
  | (?P<word> [A-Za-z_]\w* )
""", re.S | re.X)
C_CALL = re.compile(rf"(?:JS_Throw\w+|MP_ERROR_TEXT)\((?:{LITERAL}|[^;\"])*")


def unescaped(literal):
    text = re.sub(r"\\\n\s*", "", literal[1:-1])
    return re.sub(r"\\(.)", lambda escape: {"n": "\n"}.get(escape[1], escape[1]), text)


def rust_literals(source):
    """The literals outside of the tests at a file's end, each with its place and the calls around it."""
    tests = re.search(r"#\[cfg\(test\)\]\s*mod ", source)
    calls = []
    for token in RUST_TOKEN.finditer(source, 0, tests.start() if tests else len(source)):
        if token["open"]:
            calls.append(token["open"][:-1])
        elif token["close"] and calls:
            calls.pop()
        elif token["text"] and not NO_CALLS.intersection(calls):
            yield token.start(), re.sub(r"\{\{|\}\}|\{[^{}]*\}", rust_placeholder, unescaped(token["text"]))


def rust_placeholder(match):
    return {"{{": "{", "}}": "}"}.get(match[0], "…")


def c_literals(source):
    for call in C_CALL.finditer(source):
        for literal in re.finditer(LITERAL, call[0]):
            yield call.start() + literal.start(), re.sub(r"%(?:\.\*)?[a-z]", "…", unescaped(literal[0]))


def normalised(text):
    return re.sub(r"\s+", " ", re.sub(r"…+", "…", text.replace('"…"', "…")))


def is_message(text):
    words = re.findall(r"[A-Za-z']{2,}", text)
    return len(words) >= 2 and " " in text.strip() and not re.match(r"[A-Z][a-z]*\s", text) and text not in NO_MESSAGES


def files(paths, suffix):
    for path in paths:
        path = REPOSITORY / path
        found = sorted(path.rglob(f"*{suffix}")) if path.is_dir() else [path]
        if not found:
            sys.exit(f"{path} has no {suffix} files: correct scripts/check-messages.py")
        yield from found


def messages():
    for paths, suffix, literals in [(RUST, ".rs", rust_literals), (C, ".c", c_literals), (PATCHES, ".patch", c_literals)]:
        for path in files(paths, suffix):
            source = path.read_text(encoding="utf-8")
            for at, text in literals(source):
                if is_message(text):
                    line = source.count("\n", 0, at) + 1
                    yield f"{path.relative_to(REPOSITORY)}:{line}", normalised(text)


found = list(messages())
if sys.argv[1:] == ["--list"]:
    for place, text in found:
        print(f"{place}: {text}")
    sys.exit()
# A message with a backquote in it stands in double ones, as Markdown has it.
quoted = re.findall(r"(`+)(.+?)(?<!`)\1(?!`)", DOCUMENT.read_text(encoding="utf-8"))
documented = [normalised(span) for _, span in quoted]
# A value at a literal's end may be words of another literal: "UDF … exceeded its …" and "time limit of … ms".
missing = [(place, text) for place, text in found if not any(text.strip("… ") in span for span in documented)]
for place, text in missing:
    print(f"{place}: not in {DOCUMENT.relative_to(REPOSITORY)}: {text}", file=sys.stderr)
if missing:
    sys.exit("scripts/check-messages.py says at its top how to mend this")
