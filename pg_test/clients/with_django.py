"""The operators through Django 5, on psycopg 3: with parameters bound by the client, its default, and by the server."""

import json
import os

import django
from django.conf import settings

database = {
    "ENGINE": "django.db.backends.postgresql",
    "HOST": os.environ["PGHOST"],
    "PORT": os.environ["PGPORT"],
    "USER": os.environ["PGUSER"],
    "NAME": os.environ["PGDATABASE"],
}
settings.configure(
    DATABASES={
        "default": database,
        "prepared": database | {"OPTIONS": {"server_side_binding": True, "prepare_threshold": 0}},
    },
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

from django.db import DataError, OperationalError, connections, models
from django.db.models.functions import Cast
from django.db.models.lookups import FieldGetDbPrepValueMixin, PostgresOperatorLookup

import checks
from checks import equal


@models.JSONField.register_lookup
class Search(FieldGetDbPrepValueMixin, PostgresOperatorLookup):
    """doc__search={...}; made as Django's own JSON lookup `contains` is."""

    lookup_name = "search"
    postgres_operator = "@@@"


class NegatedScore(models.Func):
    """To order by: the best match comes first."""

    template = "(%(expressions)s)"
    arg_joiner = " <@> "
    output_field = models.FloatField()

    def __init__(self, field, query):
        super().__init__(field, models.Value(query, models.JSONField()))


class Book(models.Model):
    doc = models.JSONField()

    class Meta:
        app_label = "clients"
        db_table = "book"


def ids(books):
    return list(books.values_list("id", flat=True))


def ranked(books, query):
    return books.filter(doc__search=query).order_by(NegatedScore("doc", query), "id")


def refused(error, sqlstate, message, books):
    try:
        ids(books)
    except error as e:
        cause = e.__cause__
        equal((cause.sqlstate, cause.diag.message_primary), (sqlstate, message), books.query)
    else:
        raise AssertionError(f"{books.query}: no error")


def main():
    with connections["default"].schema_editor() as editor:
        editor.create_model(Book)
    Book.objects.bulk_create(Book(doc=document) for document in checks.documents)
    *names, metadata = checks.udf
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT quidditch.register_udf(%s, %s, convert_to(%s, 'UTF8'), %s)", [*names, json.dumps(metadata)]
        )

    for connection in connections:
        books = Book.objects.using(connection).order_by("id")
        for query, expected in checks.searches:
            equal(ids(books.filter(doc__title__icontains="", doc__search=query)), expected, query)
            rest = [book.id for book in books.all() if book.id not in expected]
            equal(ids(books.exclude(doc__search=query)), rest, query)
            equal(books.filter(models.Q(doc__search=query) | models.Q(id=0)).count(), len(expected), query)
            # As text, and in SQL of one's own.
            as_text = Cast(models.Value(json.dumps(query), models.TextField()), models.JSONField())
            equal(ids(books.filter(doc__search=as_text)), expected, query)
            own = "SELECT id FROM book WHERE doc @@@ %s::jsonb AND doc->>'title' LIKE '%%' ORDER BY id"
            equal([book.id for book in books.raw(own, [json.dumps(query)])], expected, query)
        # A part of the document.
        equal(ids(books.filter(doc__author__search={"term": {"name": "李清照"}})), [5], "author")
        for query, expected in checks.rankings:
            equal(ids(ranked(books, query)), expected, query)

        for _ in range(2):
            for query, expected in checks.searches:
                equal(ids(books.filter(doc__search=query)), expected, query)
            for query, sqlstate, message in checks.mistakes:
                refused(DataError, sqlstate, message, books.filter(doc__search=query))

        unranked = checks.unranked
        equal(ids(books.filter(doc__search=unranked["query"])), unranked["ids"], unranked)
        refused(OperationalError, unranked["sqlstate"], unranked["message"], ranked(books, unranked["query"]))

    with connections["prepared"].cursor() as cursor:
        cursor.execute(
            "SELECT max(generic_plans) FROM pg_prepared_statements"
            """ WHERE statement LIKE 'SELECT "book"."id" %WHERE "book"."doc" @@@ $1 ORDER BY%'"""
        )
        checks.generic(cursor.fetchone()[0])
    checks.report(f"Django {django.get_version()}")


main()
