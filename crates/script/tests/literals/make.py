"""Writes the second column of python.tsv: what ast.literal_eval makes of the literal in the first, a JSON string.

Run with python3 (3.11 made the file). To add a literal, add a line with it. Floats are written by repr, so they keep all
their digits; "none" stands for what can't be a default, bytes, lone surrogates and named characters.
"""

import ast
import json
import pathlib
import warnings

warnings.simplefilter("ignore")


def shown(literal):
    value = ast.literal_eval(literal)
    match value:
        case bytes():
            return "none"
        case str():
            is_text = "\\N" not in literal and not any("\ud800" <= c <= "\udfff" for c in value)
            return json.dumps(value) if is_text else "none"
        case bool() | None:
            return json.dumps(value)
        case int():
            return f"int {value}"
        case float():
            return f"float {value!r}"


table = pathlib.Path(__file__).with_name("python.tsv")
literals = [line.split("\t")[0] for line in table.read_text().splitlines()]
table.write_text("".join(f"{literal}\t{shown(json.loads(literal))}\n" for literal in literals))
