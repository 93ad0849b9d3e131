"""Frontend tokens: ours alone, for as long as they live and their connection does."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolvers.frontend_tokens import FrontendTokens, TokenRefusedError
from resolvers.viewer import FrontendScope, Viewer, ViewerKind
from storage.encryption import KeyRing
from storage.errors import StorageUnavailableError
from storage.instants import write_instant
from storage.records import LinkedId
from tests.storage.builders import a_key, a_key_ring

NOW = datetime(2026, 6, 1, 12, 0, 0, 250_000, tzinfo=UTC)
IAT = int(NOW.timestamp())
ISSUER = "https://juncture.example"
ACME = LinkedId("acme", "jira")
TEN_MINUTES = timedelta(minutes=10)
REFUSAL = "The frontend token is not valid: ask your backend for another one."
RING = a_key_ring()
FORGERIES = settings(max_examples=300, deadline=None)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


class Disconnections:
    """Instead of the database: when external ids were disconnected."""

    def __init__(self, rows: Mapping[str, datetime] | None = None) -> None:
        self.rows = dict(rows or {})
        self.reads = 0
        self.is_down = False

    async def fetch_one(self, _sql: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
        self.reads += 1
        if self.is_down:
            raise StorageUnavailableError("the database does not answer")
        at = self.rows.get(values["external_id"])
        return None if at is None else {"disconnected_at": write_instant(at)}


def the_tokens(
    ring: KeyRing = RING,
    *,
    now: datetime = NOW,
    rows: Disconnections | None = None,
    monotonic: Callable[[], float] = lambda: 0.0,
    issuer: str = ISSUER,
) -> FrontendTokens:
    return FrontendTokens(
        rows or Disconnections(),  # type: ignore[arg-type]  # only rows are asked for
        ring,
        issuer=issuer,
        clock=lambda: now,
        blindness=timedelta(seconds=0.5),
        monotonic=monotonic,
    )


def mint(tokens: FrontendTokens | None = None, *scopes: FrontendScope) -> str:
    made = (tokens or the_tokens()).mint(ACME, scopes or [FrontendScope.READ], TEN_MINUTES)
    return made.token


def accept(token: str, tokens: FrontendTokens | None = None) -> Viewer:
    return asyncio.run((tokens or the_tokens()).verify(token))


def is_refused(token: str, tokens: FrontendTokens | None = None) -> bool:
    try:
        accept(token, tokens)
    except TokenRefusedError as error:
        return str(error) == REFUSAL
    return False


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def the_header(**changes: Any) -> dict[str, Any]:
    return without({"alg": "HS256", "kid": "k1", "typ": "JWT", **changes})


def the_claims(**changes: Any) -> dict[str, Any]:
    claims = {
        "iss": ISSUER,
        "aud": "juncture:graphql",
        "sub": "acme",
        "provider": "jira",
        "scope": ["read"],
        "iat": IAT,
        "exp": IAT + 600,
        "issued_us": IAT * 1_000_000 + 250_000,
        "jti": "6f0a",
    }
    return without({**claims, **changes})


ABSENT = object()


def without(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not ABSENT}


def sign(header: object, claims: object, key: bytes | None = None, digest: str = "sha256") -> str:
    """A token of any content, made without the code that makes ours; by our key unless told."""
    right = RING.derived("frontend token")["k1"]
    signed = f"{part(header)}.{part(claims)}"
    signature = hmac.new(right if key is None else key, signed.encode(), digest).digest()
    return f"{signed}.{part(signature)}"


def test_a_token_shows_who_may_do_what_until_when() -> None:
    made = the_tokens().mint(ACME, [FrontendScope.READ, FrontendScope.CONNECT], TEN_MINUTES)

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
    made = the_tokens().mint(linked, list(FrontendScope), TEN_MINUTES)

    assert len(made.token) <= 4_096
    assert accept(made.token).linked_id == linked


@pytest.mark.parametrize(
    ("now", "is_good"),
    [
        (NOW + timedelta(minutes=9, seconds=59), True),
        (NOW.replace(microsecond=0) + TEN_MINUTES, False),
        (NOW + timedelta(days=30), False),
        (NOW - timedelta(seconds=60), True),
        (NOW - timedelta(seconds=61), False),
    ],
    ids=["before its end", "at its end", "long after", "a fast clock", "not yet valid"],
)
def test_a_token_lives_from_its_beginning_to_its_end(now: datetime, *, is_good: bool) -> None:
    assert is_refused(mint(), the_tokens(now=now)) is not is_good


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
    "something more": {"admin": True},
    "a beginning of another kind": {"nbf": IAT - 5},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_that_we_do_not_make_are_refused_even_from_the_right_key(name: str) -> None:
    assert is_refused(sign(the_header(), the_claims(**CLAIMS[name])))


WRONG_KEYS: dict[str, bytes] = {
    "empty": b"",
    "zeros": bytes(32),
    "the encryption key itself": b"\x01" * 32,
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


@pytest.mark.parametrize(
    ("after", "is_good"),
    [(timedelta(0), False), (timedelta(microseconds=1), True), (timedelta(seconds=-1), False)],
    ids=["made at that instant", "made after", "made before"],
)
def test_a_disconnection_kills_every_token_made_until_then(
    after: timedelta, *, is_good: bool
) -> None:
    rows = Disconnections({"acme": NOW - after})

    assert is_refused(mint(), the_tokens(rows=rows)) is not is_good


def test_a_disconnection_of_another_id_kills_nothing() -> None:
    assert not is_refused(mint(), the_tokens(rows=Disconnections({"other": NOW})))


async def test_a_disconnection_is_seen_within_the_interval_and_read_once_in_it() -> None:
    rows, elapsed_s = Disconnections(), 0.0
    tokens = the_tokens(rows=rows, monotonic=lambda: elapsed_s)
    token = mint(tokens)
    for _ in range(3):
        await tokens.verify(token)

    rows.rows["acme"] = NOW
    elapsed_s = 0.5

    assert rows.reads == 1
    with pytest.raises(TokenRefusedError):
        await tokens.verify(token)


async def test_the_process_that_disconnects_refuses_at_once() -> None:
    rows = Disconnections()
    tokens = the_tokens(rows=rows)
    token = mint(tokens)
    await tokens.verify(token)

    rows.rows["acme"] = NOW
    tokens.forget(ACME)

    with pytest.raises(TokenRefusedError):
        await tokens.verify(token)


async def test_a_forged_token_reads_no_row() -> None:
    rows = Disconnections()

    with pytest.raises(TokenRefusedError):
        await the_tokens(rows=rows).verify(sign(the_header(), the_claims(), b"wrong"))

    assert rows.reads == 0


async def test_a_database_that_is_down_refuses_nobody_for_good() -> None:
    rows = Disconnections()
    tokens = the_tokens(rows=rows)
    token = mint(tokens)
    rows.is_down = True
    with pytest.raises(StorageUnavailableError):
        await tokens.verify(token)

    rows.is_down = False

    assert (await tokens.verify(token)).linked_id == ACME
