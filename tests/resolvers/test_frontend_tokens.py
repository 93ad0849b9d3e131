"""Frontend tokens: what they show, and that whatever we did not make is refused."""

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolvers.access.viewer import FrontendScope, Viewer, ViewerKind
from storage.records import LinkedId
from tests.resolvers.token_bench import (
    ABSENT,
    ACME,
    IAT,
    ISSUER,
    NOW,
    RING,
    TEN_MINUTES,
    accept,
    is_refused,
    mint,
    part,
    sign,
    the_claims,
    the_header,
    the_tokens,
)
from tests.storage.builders import a_key, a_key_ring

FORGERIES = settings(max_examples=300, deadline=None)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def test_a_token_shows_who_may_do_what_until_when() -> None:
    scopes = [FrontendScope.READ, FrontendScope.CONNECT]
    made = the_tokens().mint(ACME, scopes, TEN_MINUTES, maker=None)

    viewer = accept(made.token)

    assert viewer == Viewer(
        kind=ViewerKind.FRONTEND_TOKEN,
        frontend_scopes=frozenset({FrontendScope.READ, FrontendScope.CONNECT}),
        key_id=made.token_id,
        linked_id=ACME,
        expires_at=made.expires_at,
    )
    assert made.expires_at == NOW.replace(microsecond=0) + TEN_MINUTES
    assert made.token not in repr(made)


def test_a_token_made_by_other_hands_from_the_same_key_is_the_same() -> None:
    assert accept(sign(the_header(), the_claims())).linked_id == ACME


def test_writing_includes_reading_and_connecting_neither() -> None:
    assert accept(mint(None, FrontendScope.WRITE)).frontend_scopes == {
        FrontendScope.READ,
        FrontendScope.WRITE,
    }
    assert accept(mint(None, FrontendScope.CONNECT)).frontend_scopes == {FrontendScope.CONNECT}


def test_the_newest_key_signs_and_every_key_of_the_ring_is_accepted() -> None:
    old, both = a_key_ring(), a_key_ring(a_key("k2", b"\x02"), a_key())
    old_token, new_token = mint(the_tokens(old)), mint(the_tokens(both))

    assert not is_refused(old_token, the_tokens(both))
    assert not is_refused(new_token, the_tokens(both))
    assert not is_refused(new_token, the_tokens(a_key_ring(a_key("k2", b"\x02"))))
    assert is_refused(new_token, the_tokens(old))


def test_two_tokens_of_one_instant_have_ids_of_their_own() -> None:
    assert accept(mint()).key_id != accept(mint()).key_id


@pytest.mark.parametrize("letter", ["x", "é", "\N{GRINNING FACE}", '"'])
def test_the_longest_external_id_fits(letter: str) -> None:
    linked = LinkedId(letter * 255, "jira")
    for maker in (None, "0123456789abcdef"):
        made = the_tokens().mint(linked, list(FrontendScope), TEN_MINUTES, maker=maker)

        assert len(made.token) <= 4_096
        assert maker or accept(made.token).linked_id == linked


HEADERS: dict[str, dict[str, Any]] = {
    "alg none": {"alg": "none"},
    "alg None": {"alg": "None"},
    "no alg": {"alg": ABSENT},
    "alg a list": {"alg": ["HS256"]},
    "another digest": {"alg": "HS512"},
    "a public key's algorithm": {"alg": "RS256"},
    "an elliptic one": {"alg": "ES256"},
    "no kid": {"kid": ABSENT},
    "foreign kid": {"kid": "k2"},
    "kid a path": {"kid": "../../../dev/null"},
    "kid a statement": {"kid": "k1' OR '1'='1"},
    "kid in another case": {"kid": "K1"},
    "kid null": {"kid": None},
    "kid a list": {"kid": ["k1"]},
    "no typ": {"typ": ABSENT},
    "another typ": {"typ": "at+jwt"},
    "its own key": {"jwk": {"kty": "oct", "k": ""}},
    "a key elsewhere": {"jku": "https://evil.example/keys"},
    "critical": {"crit": ["exp"]},
    "detached": {"b64": False, "crit": ["b64"]},
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_we_do_not_write_is_refused(name: str) -> None:
    assert is_refused(sign(the_header(**HEADERS[name]), the_claims()))


CLAIMS: dict[str, dict[str, Any]] = {
    **{f"no {name}": {name: ABSENT} for name in the_claims()},
    **{f"{name} null": {name: None} for name in the_claims()},
    **{f"{name} a list": {name: [name]} for name in the_claims()},
    "wrong aud": {"aud": "juncture:admin"},
    "one aud of several": {"aud": ["juncture:graphql", "other"]},
    "wrong iss": {"iss": "https://evil.example"},
    "iss with a slash": {"iss": ISSUER + "/"},
    "sub empty": {"sub": ""},
    "sub a number": {"sub": 5},
    "over-long life": {"exp": IAT + 901},
    "no life": {"exp": IAT},
    "negative life": {"exp": IAT - 1},
    "begun long ago": {"iat": IAT - 1_000, "issued_us": (IAT - 1_000) * 1_000_000},
    "begins later": {"iat": IAT + 62, "exp": IAT + 600, "issued_us": (IAT + 62) * 1_000_000},
    "exp a text": {"exp": str(IAT + 600)},
    "exp a fraction": {"exp": IAT + 600.0},
    "exp true": {"exp": True},
    "exp endless": {"exp": 10**400},
    "iat true": {"iat": True},
    "issued at another second": {"issued_us": (IAT + 1) * 1_000_000},
    "issued a fraction": {"issued_us": IAT * 1e6},
    "scope empty": {"scope": []},
    "scope a text": {"scope": "read"},
    "unknown scope": {"scope": ["read", "admin"]},
    "scope in another case": {"scope": ["READ"]},
    "scope of a key": {"scope": ["graph:read"]},
    "no maker's id": {"maker": ""},
    "maker null": {"maker": None},
    "maker a list": {"maker": ["0123456789abcdef"]},
    "something more": {"admin": True},
    "a beginning of another kind": {"nbf": IAT - 5},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_that_we_do_not_make_are_refused_even_from_the_right_key(name: str) -> None:
    assert is_refused(sign(the_header(), the_claims(**CLAIMS[name])))


WRONG_KEYS: dict[str, bytes] = {
    "empty": b"",
    "zeros": bytes(32),
    "the encryption key itself": base64.b64decode(a_key().partition(":")[2]),
    "the key of another purpose": RING.derived("cursor")["k1"],
    "the name of the key": b"k1",
}


@pytest.mark.parametrize("name", WRONG_KEYS)
def test_another_key_is_refused(name: str) -> None:
    assert is_refused(sign(the_header(), the_claims(), WRONG_KEYS[name]))


def test_a_token_of_another_server_with_the_same_keys_is_refused() -> None:
    assert is_refused(mint(the_tokens(issuer="https://staging.example")))


def test_no_signature_is_no_token() -> None:
    header, claims, signature = mint().split(".")

    for alg in ("none", "None", "NONE", "nOnE", ""):
        unsigned = part(the_header(alg=alg))
        assert is_refused(f"{unsigned}.{claims}.")
        assert is_refused(f"{unsigned}.{claims}.{signature}")
    assert is_refused(f"{header}.{claims}.")
    assert is_refused(f"{header}.{claims}")


@pytest.mark.parametrize("digest", ["sha1", "sha384", "sha512"])
def test_another_digest_is_refused_whatever_the_header_calls_it(digest: str) -> None:
    assert is_refused(sign(the_header(), the_claims(), digest=digest))
    if digest != "sha1":
        named = f"HS{hashlib.new(digest).digest_size * 8}"
        assert is_refused(sign(the_header(alg=named), the_claims(), digest=digest))


def test_claims_of_one_token_under_the_signature_of_another_are_refused() -> None:
    header, _, signature = mint().split(".")

    for changes in ({"sub": "other"}, {"scope": ["read", "write"]}, {"exp": IAT + 900}):
        assert is_refused(f"{header}.{part(the_claims(**changes))}.{signature}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "{token}.",
        "{token}.{token}",
        " {token}",
        "{token}\n",
        "{token}=",
        "!{token}",
        "{token}é",
        "{token}" + "A" * 4_096,
        f"{part(b'[' * 2_000)}.{part(b'[' * 900)}.{part(b'x')}",
        f"{part(b'9' * 2_000)}.{part(b'{}')}.{part(b'x')}",
    ],
)
def test_a_text_of_another_shape_is_refused(text: str) -> None:
    assert is_refused(text.replace("{token}", mint()))


@given(place=st.integers(0, 10_000), letter=st.characters(codec="utf-8"))
@FORGERIES
def test_a_token_with_another_letter_anywhere_is_refused(place: int, letter: str) -> None:
    token = mint()
    place %= len(token)

    changed = token[:place] + letter + token[place + 1 :]

    assert changed == token or is_refused(changed)


@given(
    header=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "jku", "crit"]), JSON)
    | st.just(the_header()),
    claims=st.dictionaries(st.sampled_from(sorted(the_claims())) | st.text(), JSON)
    | st.just(the_claims()),
    key=st.binary(max_size=64),
)
@FORGERIES
def test_whatever_somebody_without_the_key_makes_up_is_refused(
    header: object, claims: object, key: bytes
) -> None:
    assert is_refused(sign(header, claims, key))


@given(name=st.sampled_from(["iss", "aud", "scope", "iat", "exp", "issued_us"]), value=JSON)
@FORGERIES
def test_no_made_up_claim_passes_even_with_the_key(name: str, value: object) -> None:
    claims = the_claims()

    assert claims[name] == value or is_refused(sign(the_header(), {**claims, name: value}))


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
@FORGERIES
def test_any_other_text_is_refused(text: str) -> None:
    assert is_refused(text)
