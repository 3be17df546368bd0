"""What the Python clients share: the checks of checks.json, and counting those that held."""

import json
import pathlib

_folder = pathlib.Path(__file__).parent
_checks = json.loads((_folder / "checks.json").read_text(encoding="utf-8"))

documents = _checks["documents"]
# Pairs of a query and the ids it should find; of rankings, in this order.
searches = [(check["query"], check["ids"]) for check in _checks["searches"]]
rankings = [(check["query"], check["ids"]) for check in _checks["rankings"]]
# Queries that are errors, with SQLSTATE and message.
mistakes = [(check["query"], check["sqlstate"], check["message"]) for check in _checks["mistakes"]]
# A query to search with that can't rank without an index.
unranked = _checks["unranked"]
# The arguments of quidditch.register_udf(name, version, convert_to(wat, 'UTF8'), metadata).
udf = (
    _checks["udf"]["name"],
    _checks["udf"]["version"],
    (_folder / "pricier_than.wat").read_text(encoding="utf-8"),
    _checks["udf"]["metadata"],
)

_held = 0


def equal(got, expected, what):
    global _held
    assert got == expected, f"{what}: got {got!r}, expected {expected!r}"
    _held += 1


def generic(plans):
    """Of pg_prepared_statements: five executions are planned with the parameters, then a plan is kept if that pays."""
    global _held
    assert plans and plans > 0, f"no generic plan was used: {plans!r}"
    _held += 1


def report(client):
    print(f"{client}: {_held} checks")
