"""The operators through SQLAlchemy 2, on psycopg 3."""

import json

import sqlalchemy
from sqlalchemy import Float, Text, cast, create_engine, func, literal, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

import checks
from checks import equal


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    doc: Mapped[dict] = mapped_column(JSONB)


def found(query):
    return select(Book.id).where(Book.doc.bool_op("@@@")(query)).order_by(Book.id)


def ranked(query):
    score = Book.doc.op("<@>", return_type=Float())(query)
    return select(Book.id).where(Book.doc.bool_op("@@@")(query)).order_by(score, Book.id)


def refused(engine, error, sqlstate, message, statement):
    try:
        with Session(engine) as session:
            session.scalars(statement).all()
    except error as e:
        equal((e.orig.sqlstate, e.orig.diag.message_primary), (sqlstate, message), statement)
    else:
        raise AssertionError(f"{statement}: no error")


def main():
    # Server-side prepared statements from the first execution on; psycopg's own habit is from the sixth.
    # With one connection, so that it is always the same statement.
    engine = create_engine("postgresql+psycopg://", pool_size=1, connect_args={"prepare_threshold": 0})
    Base.metadata.create_all(engine)
    name, version, wat, metadata = checks.udf
    with Session(engine) as session, session.begin():
        session.add_all(Book(id=id, doc=document) for id, document in enumerate(checks.documents, 1))
        session.execute(
            select(func.quidditch.register_udf(name, version, func.convert_to(wat, "UTF8"), literal(metadata, JSONB)))
        )

    with Session(engine) as session:
        everything = list(range(1, len(checks.documents) + 1))
        for query, expected in checks.searches:
            equal(session.scalars(select(Book.id).where(Book.doc.op("@@@")(query))).all(), expected, query)
            rest = [id for id in everything if id not in expected]
            equal(session.scalars(select(Book.id).where(~Book.doc.bool_op("@@@")(query))).all(), rest, query)
            # As text. cast(str, JSONB) would make a JSON string of it.
            as_text = cast(literal(json.dumps(query), Text), JSONB)
            equal(session.scalars(found(as_text)).all(), expected, query)
            # In SQL of one's own; :query::jsonb isn't a parameter to SQLAlchemy.
            own = text("SELECT id FROM book WHERE doc @@@ CAST(:query AS jsonb) AND doc->>'title' LIKE '%' ORDER BY id")
            equal(session.scalars(own, {"query": json.dumps(query)}).all(), expected, query)
        for query, expected in checks.rankings:
            equal(session.scalars(ranked(query)).all(), expected, query)

    # One prepared statement, a mistake in between. Committed each time: psycopg drops its prepared statements at a
    # ROLLBACK, and that is how a session ends otherwise.
    for _ in range(2):
        for query, sqlstate, message in checks.mistakes:
            refused(engine, DataError, sqlstate, message, found(query))
        for query, expected in checks.searches:
            with Session(engine) as session, session.begin():
                equal(session.scalars(found(query)).all(), expected, query)
    with Session(engine) as session:
        plans = text(
            "SELECT max(generic_plans) FROM pg_prepared_statements WHERE statement LIKE 'SELECT book.id %@@@%'"
        )
        checks.generic(session.scalar(plans))

    unranked = checks.unranked
    with Session(engine) as session:
        equal(session.scalars(found(unranked["query"])).all(), unranked["ids"], unranked)
    refused(engine, OperationalError, unranked["sqlstate"], unranked["message"], ranked(unranked["query"]))
    checks.report(f"SQLAlchemy {sqlalchemy.__version__}")


main()
