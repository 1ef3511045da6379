"""SECRET_KEY: which words are mentions, and which have a literal value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, random_text
from beca_scanners.keys.private_keys import armour

if TYPE_CHECKING:
    from collections.abc import Callable

    Find = Callable[[str, str | bytes], list[tuple[bytes, Confidence]]]

LOW, HIGH = Confidence.LOW, Confidence.HIGH
PEM = armour("EC PRIVATE KEY", b"k" * 60)
ONE_LINE_PEM = PEM.replace("\n", "\\n")
HEX = "0f3a" * 16

WORDS = [
    ("", []),
    ("public_keyasdf\nprivate_keyfdas\n", ["public_keyasdf", "private_keyfdas"]),
    ("private_key", ["private_key"]),
    ("\tprivate_key\t", ["private_key"]),
    ('["private_key"]', ["private_key"]),
    ("x=private_key", ["private_key"]),
    ("rsa.private_key_2048.size", ["private_key_2048"]),
    ("(public_key,private_key)", ["public_key", "private_key"]),
    ("private_key-public_key/private_key", ["private_key", "public_key", "private_key"]),
    ("private_keyprivate_key", ["private_keyprivate_key"]),
    ("éprivate_key", ["private_key"]),
    ("密钥private_key是", ["private_key"]),
    ("my_private_key", []),
    ("1private_key", []),
    ("aprivate_key", []),
    ("private key", []),
    ("private-key", []),
    ("Private_Key PUBLIC_KEY PRIVATE_KEY", []),
    ("private_ke", []),
]


@pytest.mark.parametrize(("text", "words"), WORDS)
def test_words(text: str, words: list[str], find: Find) -> None:
    assert find("secret-key", text) == [(word.encode(), LOW) for word in words]


LITERALS = [
    # quoted, with every operator
    ('private_key = "hunter2"', "hunter2"),
    ("private_key='hunter2'", "hunter2"),
    ("private_key := `hunter2`", "hunter2"),
    ("'private_key' => 'hunter2',", "hunter2"),
    ('"private_key": "hunter2",', "hunter2"),
    ('{"private_key":"hunter2","public_key":2}', "hunter2"),
    ('{ \\"private_key\\": \\"hunter2\\" }', "hunter2"),
    (":private_key => 'hunter2'", "hunter2"),
    ('$private_key = "hunter2";', "hunter2"),
    ('self.private_key="hunter2"', "hunter2"),
    ('config["private_key"] = "hunter2"', "hunter2"),
    ("config['private_key']='hunter2'", "hunter2"),
    ('const char private_key[] = "hunter2";', "hunter2"),
    ('static char private_key[64]="hunter2";', "hunter2"),
    ('f(private_key="hunter2")', "hunter2"),
    ('private_key_v2: "hunter2"', "hunter2"),
    # what a string may look like
    ('private_key = "a \\"quoted\\" word"', 'a \\"quoted\\" word'),
    ("private_key = 'it\\'s'", "it\\'s"),
    ('private_key = "it\'s"', "it's"),
    ('private_key = "with blanks, commas; and {braces}"', "with blanks, commas; and {braces}"),
    ('private_key = b"hunter2"', "hunter2"),
    ('private_key = rb"hunter2"', "hunter2"),
    ('private_key = f"hunter2"', "hunter2"),
    ('private_key = @"hunter2";', "hunter2"),
    ('private_key = """hunter2"""', "hunter2"),
    ("private_key = '''\n  hunter2\n'''", "hunter2"),
    ('private_key: str = "hunter2"', "hunter2"),
    ("private_key: Optional[bytes] = b'hunter2'", "hunter2"),
    ('let private_key: &\'static str = "hunter2";', "hunter2"),
    ('private_key = "pa$$word"', "pa$$word"),
    ('private_key = "ключ"', "ключ"),
    ("private_key: `s3cr3t`,", "s3cr3t"),
    # dotenv and shell: the beginning of a line, and no blank
    ("private_key=hunter2x", "hunter2x"),
    ("private_key=hunter", "hunter"),
    ("private_key=hunter-two", "hunter-two"),
    ("export private_key=hunter", "hunter"),
    ("a=b\nexport PRIVATE_KEY=hunter\nc=d", "hunter"),
    ("PRIVATE_KEY=hunter\r\n", "hunter"),
    ("private_key=my_key_1", "my_key_1"),
    ("private_key=1234", "1234"),
    ('private_key="hunter two"', "hunter two"),
    # the same elsewhere
    ("ENV private_key=hunter2", "hunter2"),
    ("  - private_key=hunter2", "hunter2"),
    ('  - "private_key=hunter2"', "hunter2"),
    ("curl -d 'private_key=hunter2' https://example.com", "hunter2"),
    ("--private_key=hunter2", "hunter2"),
    # INI, properties, YAML
    (f"[keys]\nprivate_key = {HEX}\n", HEX),
    (f"private_key = {HEX}  # rotated yearly", HEX),
    (f"private_key = {HEX}\t; rotated yearly", HEX),
    ("private_key: s3cr3t", "s3cr3t"),
    ("private_key: s3cr3t \r\nother: 1", "s3cr3t"),
    ("key:\n  private_key: s3cr3t # x", "s3cr3t"),
    ("private_key = AAAA/bbbb+1ccc==", "AAAA/bbbb+1ccc=="),
    ("private_key: |\n  hunter2\n", "hunter2"),
    ("  private_key: >-\n    hunter2\n    hunter3\n  other: 1\n", "hunter2\n    hunter3"),
    ("private_key: |\r\n  hunter2\r\nother: 1\r\n", "hunter2"),
    # numbers in code
    (f"private_key = 0x{HEX};", f"0x{HEX}"),
    ("f(private_key=1234567890123456, n=1)", "1234567890123456"),
    # PEM
    (f'"private_key": "{ONE_LINE_PEM}\\n",', ONE_LINE_PEM),
    (f'PRIVATE_KEY="{PEM}"', PEM),
    (f"private_key = '''{PEM}\n'''", PEM),
    (f'private_key = """\n{PEM}\n"""', PEM),
    (f"private_key: {PEM}", PEM),
    ("  private_key: |\n    " + PEM.replace("\n", "\n    "), PEM.replace("\n", "\n    ")),
    (f"private_key = <<-EOT\n{PEM}\nEOT\n", PEM),
    (f"private_key = `{PEM}`;", PEM),
    ("private_key: |\r\n  " + PEM.replace("\n", "\r\n  "), PEM.replace("\n", "\r\n  ")),
    (f"public_key = '{PEM}'", PEM),
    (f'private_key = "{ONE_LINE_PEM[:-10]}"', ONE_LINE_PEM[:-10]),
]


@pytest.mark.parametrize(("text", "value"), LITERALS)
def test_literals(text: str, value: str, find: Find) -> None:
    found = find("secret-key", text)
    assert (value.encode(), HIGH) in found
    assert [secret for secret, confidence in found if confidence is HIGH] == [value.encode()]


@pytest.mark.parametrize(("text", "value"), [pair for pair in LITERALS if "private_key" in pair[0]])
def test_a_literal_that_is_assigned_to_the_upper_case_name_is_found(text: str, value: str, find: Find) -> None:
    upper = text.replace("private_key", "PRIVATE_KEY")
    assert [pair for pair in find("secret-key", upper) if pair[1] is HIGH] == [(value.encode(), HIGH)]


MENTIONS = [
    # no operator of an assignment
    'private_key == "hunter2"',
    'private_key === "hunter2"',
    'private_key != "hunter2"',
    'private_key =~ "hunter2"',
    'private_key::from("hunter2")',
    'private_key, "hunter2"',
    'private_key "hunter2"',
    "private_key",
    "private_key =",
    "private_key:",
    "private_key:\n  nested: hunter2",
    'private_key:\n"other": "hunter2"',
    # expressions
    "private_key = load()",
    "private_key = generate_2048()",
    "private_key = key",
    "private_key = key2",
    "private_key = rsa_key_2048",
    "private_key = other.value1",
    "private_key = Keys::First1",
    "private_key=key,",
    "    private_key=key",
    "private_key = a + b",
    "private_key = a1 + b2",
    "private_key = [1, 2, 3]",
    "private_key = {",
    "private_key = &keys[1]",
    "private_key = -1",
    "private_key = None",
    "private_key: null",
    "private_key=null",
    "private_key=True",
    "private_key = undefined;",
    'private_key = b64decode("hunter2")',
    "private_key = x1 if y1 else z1",
    "private_key = 3",
    "bytes private_key = 3;",
    "private_key: 1.25",
    'f(private_key=key, password="hunter2")',
    # the environment, templates
    'private_key = os.environ["KEY"]',
    "private_key = os.getenv('KEY')",
    "private_key = process.env.KEY1",
    "private_key=$KEY1",
    "private_key=${KEY1}",
    'private_key="${KEY1}"',
    'private_key="$KEY1"',
    "private_key: {{ key1 }}",
    'private_key: "{{ key1 }}"',
    'private_key = "{% key1 %}"',
    'private_key = "<%= key1 %>"',
    'private_key = "#{key1}"',
    'private_key = "%(key1)s"',
    "private_key = %KEY1%",
    'private_key = f"{key1}"',
    'private_key = rf"{key1}"',
    'private_key = $"{key1}"',
    'private_key = "$(cat key1)"',
    'private_key = "%s"',
    'private_key = "key of {{ key1 }}"',
    "private_key: !vault |",
    "private_key: *anchor1",
    # types
    ":type private_key: `str`",
    "- `private_key`: `string`",
    "private_key: str",
    "private_key: string",
    "private_key: bytes32",
    "private_key: uint256",
    "private_key: Option<Key1>",
    "private_key: X25519PrivateKey",
    "private_key?: string",
    "private_key = sha256",
    # empty values, filler, and names of keys
    'private_key = ""',
    "private_key = ''",
    'private_key = "  "',
    'private_key = """"""',
    'private_key = "..."',
    'private_key = "********"',
    'private_key = "xxxxxxxx"',
    'private_key = "<your key>"',
    "private_key=<your-key-1>",
    'private_key = "/etc/ssl/private/server.pem"',
    'private_key = "server.key"',
    "private_key: ./keys/id_1",
    "private_key=~/.ssh/id_ed25519",
    "private_key = keys/id_ed25519",
    r'private_key = "C:\\keys\\id1"',
    'private_key = "https://example.com/key1"',
    "private_key: -----BEGIN",
    "private_key: |\n",
    "  private_key: |\n  other: 1",
    'private_key = "-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----"',
    "private_key: |\n  -----BEGIN PRIVATE KEY-----\n  ...\n  -----END PRIVATE KEY-----\n",
    # prose, and values that do not run to the end of the line
    "private_key: the key with 2048 bits",
    "The private_key: see RFC 7468.",
    "| private_key | string1 |",
    "GET /?private_key=hunter2&x=1",
    "private_key = hunter2, other",
    'private_key = "hunter2',
    'private_key = hunter2"',
    '"private_key": hunter2"',
    "private_key: 'hunter2\n'",
]


@pytest.mark.parametrize("text", MENTIONS)
def test_mentions(text: str, find: Find) -> None:
    assert find("secret-key", text) == [(b"private_key", LOW)]


@pytest.mark.parametrize("text", MENTIONS)
def test_the_upper_case_name_alone_is_not_reported(text: str, find: Find) -> None:
    if not text.startswith("private_key=key"):
        assert find("secret-key", text.replace("private_key", "PRIVATE_KEY")) == []
    assert find("secret-key", text.replace("private_key", "PUBLIC_KEY")) == []


SEVERAL = [
    ("private_key=private_key", ["private_key", "private_key"]),
    ('private_key="a1", public_key="b2"', ["a1!", "b2"]),
    ('private_key = public_key = "hunter2"', ["private_key", "hunter2"]),
    ("private_key = os.environ['private_key_1']", ["private_key", "private_key_1"]),
    ('private_key = "private_key_1"', ["private_key", "private_key_1"]),
    ('private_key = "my_private_key.pem"', ["private_key"]),
    ('private_key: "PRIVATE_KEY"', ["private_key"]),
    ("private_key=${PRIVATE_KEY}", ["private_key"]),
    ("private_key=hunter2 # the private_key", ["hunter2!", "private_key"]),
    ("private_key=hunter2 private_key_2=x", ["private_key", "private_key_2"]),
    (f'{{"private_key": "{ONE_LINE_PEM}", "public_key": "ab12"}}', [f"{ONE_LINE_PEM}!", "ab12"]),
]


@pytest.mark.parametrize(("text", "expected"), SEVERAL)
def test_no_value_hides_a_word(text: str, expected: list[str], find: Find) -> None:
    assert find("secret-key", text) == [
        (word.removesuffix("!").encode(), HIGH if word.endswith("!") else LOW) for word in expected
    ]


NEUTRAL = st.binary().filter(lambda data: b"_key" not in data.lower() and b"_KEY" not in data)


@given(data=st.binary())
def test_no_bytes_raise(data: bytes, find: Find) -> None:
    assert len(find("secret-key", b"private_key=" + data)) >= 1


# Filler, which is not a value, is one repeated character, or has no letter and no digit.
VALUES = st.from_regex(r"[a-h0-5][a-h0-5+_ -]*[a-h0-5]", fullmatch=True).filter(lambda value: len(set(value)) > 1)


@given(before=NEUTRAL, after=NEUTRAL, value=VALUES)
def test_a_quoted_value_is_found_in_any_surroundings(before: bytes, after: bytes, value: str, find: Find) -> None:
    text = before + b'\nprivate_key = "' + value.encode() + b'"\n' + after
    assert find("secret-key", text) == [(value.encode(), HIGH)]


@given(
    before=st.binary(max_size=1),
    word=st.sampled_from([b"private_key", b"public_key"]),
    rest=st.from_regex(rb"\A[A-Za-z0-9_]{0,9}\Z"),
    after=st.sampled_from([b"", b" ", b")", b"\0", b"\xff", b"\xc3\xa9", b"-", b"."]),
)
def test_the_character_before_a_word_decides(before: bytes, word: bytes, rest: bytes, after: bytes, find: Find) -> None:
    joined = before.isalnum() or before == b"_"
    expected = [] if joined else [(word + rest, LOW)]
    assert find("secret-key", before + word + rest + after) == expected


@given(words=st.lists(st.sampled_from(["private_key", "public_key_2", 'private_key = "a1"', "x", "="])))
def test_every_word_is_found(words: list[str], find: Find) -> None:
    text = " ".join(words)
    assert len(find("secret-key", text)) == text.count("_key")


LONG = 70_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"x" * LONG + b" private_key " + b"y" * LONG, [(b"private_key", LOW)]),
        (b"private_key" + b"y" * LONG, [(b"private_key" + b"y" * LONG, LOW)]),
        (b'"' * LONG + b'private_key="a1"' + b"'" * LONG, [(b"a1", HIGH)]),
        (b"private_key=" + b"y" * LONG, [(b"private_key", LOW)]),
        (b"private_key=" + b"y1" * 4000, [(b"y1" * 4000, HIGH)]),
        (b"private_key" + b" " * LONG + b"= 'a1'", [(b"private_key", LOW)]),
        (b"\0private_key\0", [(b"private_key", LOW)]),
        (b"\xff\xfeprivate_key='\xff\xfe1'", [(b"\xff\xfe1", HIGH)]),
        (
            b"private_key\r\npublic_key\rprivate_key\n",
            [(b"private_key", LOW), (b"public_key", LOW), (b"private_key", LOW)],
        ),
        (b"private_key=a1\0\n", [(b"a1\0", HIGH)]),
    ],
)
def test_long_lines_and_odd_bytes(text: bytes, expected: list[tuple[bytes, Confidence]], find: Find) -> None:
    assert find("secret-key", text) == expected


PUBLIC = [
    ("public_key = 'hunter2'", "hunter2"),
    ('public_key="ssh-rsa AAAA/bbbb me.too"', "ssh-rsa AAAA/bbbb me.too"),
    ("public_key = '" + PEM.replace("EC PRIVATE", "PUBLIC") + "'", PEM.replace("EC PRIVATE", "PUBLIC")),
    (f"public_key: {HEX}", HEX),
    ("public_key_b64: MCowBQYDK2VwAyEA8i4y\n", "MCowBQYDK2VwAyEA8i4y"),
]


@pytest.mark.parametrize(("text", "value"), PUBLIC)
def test_the_value_of_a_public_key_is_public(text: str, value: str, find: Find) -> None:
    assert find("secret-key", text) == [(value.encode(), LOW)]


PLACEHOLDERS = [
    "your-private-key",
    "change-me",
    "replace_me",
    "put-your-key-here",
    "example-key-1",
    "test",
    "dummy key",
]


@pytest.mark.parametrize("name", ["private_key", "PRIVATE_KEY"])
@pytest.mark.parametrize("value", PLACEHOLDERS)
def test_a_placeholder_of_a_private_key_is_low(name: str, value: str, find: Find) -> None:
    assert find("secret-key", f'{name} = "{value}"') == [(value.encode(), LOW)]


@pytest.mark.parametrize("name", ["private_key_id", "private_key_name", "private_key_fingerprint"])
def test_the_value_of_a_name_of_another_thing_is_doubted(name: str, find: Find) -> None:
    value = random_text("0123456789abcdef", 20, "name of another thing")
    assert find("secret-key", f'"{name}": "{value}"') == [(value.encode(), LOW)]
