from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.system.quantities import parse_seconds, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1),
        ("1000", 1000),
        ("512K", 512 * 1024),
        ("2kib", 2048),
        ("20M", 20 * 1024**2),
        ("20MB", 20 * 1024**2),
        (" 1g ", 1024**3),
        (str(2**30), 2**30),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("0.5", 0.5), ("10m", 600), ("1.5H", 5400), ("2d", 172_800)]
)
def test_times(text: str, seconds: float) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "00K",
        "-1",
        "1.5M",
        "5T",
        "K",
        "1 M",
        "1e6",
        "1_000",
        "many",
        "1M5",
        str(2**62 + 1),
        "9" * 20,
        f"{2**40}G",
        "٣",
    ],
)
def test_what_is_no_size_is_refused_with_advice(text: str) -> None:
    with pytest.raises(ValueError, match=r"^Write it as a number of bytes, or as 512K, 20M or 1G\.$"):
        parse_size(text)


@pytest.mark.parametrize(
    "text", ["", "0", "0.0h", "-1", "inf", "nan", "1e3", "h", "1 h", "1h30m", ".5", "5.", "9" * 10]
)
def test_what_is_no_time_is_refused_with_advice(text: str) -> None:
    with pytest.raises(ValueError, match=r"^Write it as a number of seconds, or as 90s, 10m or 2h\.$"):
        parse_seconds(text)


@given(st.integers(1, 2**62))
def test_every_size_can_be_written_in_bytes_or_in_a_unit(size: int) -> None:
    assert parse_size(str(size)) == size
    for unit, factor in (("K", 1024), ("M", 1024**2), ("G", 1024**3)):
        if size % factor == 0:
            assert parse_size(f"{size // factor}{unit}") == size


@given(st.text(max_size=12))
def test_any_text_is_a_quantity_or_refused(text: str) -> None:
    for parse in (parse_size, parse_seconds):
        try:
            assert parse(text) > 0
        except ValueError as error:
            assert str(error).startswith("Write it as")  # noqa: PT017
