"""The hash of one entry, against bytes written by hand, and against every change of a field."""

import struct
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.journal.chain import GENESIS, Fields, digest, names

FIELDS = st.tuples(
    st.integers(0, 2**64 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=30),
    st.binary(max_size=60),
)


def test_the_bytes_are_those_of_the_design() -> None:
    by_hand = (
        GENESIS
        + bytes.fromhex("0000000000000007")
        + bytes.fromhex("00000002")
        + b"12"
        + bytes.fromhex("00000003")
        + bytes.fromhex("00000000000003e8")
        + bytes.fromhex("00000004")
        + b"Kind"
        + bytes.fromhex("00000002")
        + b"{}"
    )
    assert digest(GENESIS, (7, 1000, 12, 3, b"Kind", b"{}")) == sha256(by_hand).digest()


@given(FIELDS, FIELDS)
def test_two_different_entries_never_share_a_hash(one: Fields, other: Fields) -> None:
    assert (digest(GENESIS, one) == digest(GENESIS, other)) == (one == other)


@given(FIELDS, st.binary(min_size=32, max_size=32))
def test_the_entry_before_is_part_of_the_hash(fields: Fields, before: bytes) -> None:
    assert (digest(GENESIS, fields) == digest(before, fields)) == (before == GENESIS)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(struct.error):
        digest(GENESIS, (1, 0, 0, 2**32, b"", b""))


def test_a_payload_names_a_head() -> None:
    assert names(b'{"data":{"head":"' + b"00" * 32 + b'"}}', GENESIS)
    assert not names(b'{"data":{"head":""}}', GENESIS)
