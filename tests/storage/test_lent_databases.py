import asyncpg
import pytest

from tests.support.databases import LentDatabase

CHANGES = {
    "another migration": "UPDATE alembic_version SET version_num = '9999'",
    "another table": "CREATE TABLE added (id integer)",
    "another column": "ALTER TABLE connection ADD COLUMN added integer",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_database_that_a_test_left_otherwise_is_not_lent_again(
    postgresql_template: str, change: str
) -> None:
    lent = LentDatabase(postgresql_template)
    url = lent.lend()
    connection = await asyncpg.connect(dsn=url, timeout=5)
    await connection.execute(change)
    await connection.close()

    lent.take_back()
    another = lent.lend()
    lent.drop()

    assert another != url


async def test_a_database_that_holds_rows_alone_is_emptied_and_lent_again(
    postgresql_template: str,
) -> None:
    lent = LentDatabase(postgresql_template)
    url = lent.lend()

    lent.take_back()
    same = lent.lend()
    lent.drop()

    assert same == url
