from tests.sandbox.visitors import a_site


def test_two_users_of_one_name_are_two() -> None:
    _, site = a_site()

    first, second = site.add_user("Ada"), site.add_user("Ada")

    assert first.account_id != second.account_id
    assert {first.account_id, second.account_id} <= site.data.users.keys()


def test_a_users_id_is_the_same_every_time() -> None:
    ids = {a_site()[1].add_user("Ada").account_id for _ in range(2)}

    assert len(ids) == 1
