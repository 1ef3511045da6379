"""Secrets that are known by the format around them: a header, a URL, an assignment, a document."""

from __future__ import annotations

from typing import Final

from beca_core import Confidence, CounterExample, Example, Rule, Severity, Step
from beca_core.checks import Encoded, Entropy, Placeholder, UrlParts
from tests.shapes.samples import armoured, base64_of, sample

_FREE: Final = "A-Za-z0-9!~%"

_URL_PASSWORD: Final = sample(_FREE, 16, "url") + "!%"
URL: Final = Rule(
    id="database-url",
    version=1,
    description="Password in the URL of a database",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=r"""(?P<url>postgres(?:ql)?://[^\s:/@"']{1,64}:(?P<secret>[^\s@/"']{4,128})@(?P<host>[^\s/:@"'?]{1,253}))""",
    checks=(UrlParts(of="url"),),
    attributes=("host",),
    examples=(Example(f"postgres://admin:{_URL_PASSWORD}@db.orbit.internal/main", _URL_PASSWORD),),
    counter_examples=(
        "postgres://admin@db.orbit.internal/main",
        CounterExample(f"postgres://admin:{_URL_PASSWORD}@example.com/main", step=Step.CHECK, check="url-parts"),
        CounterExample("postgresql://admin:password@db.orbit.internal", step=Step.CHECK, check="url-parts"),
    ),
)

_BASIC: Final = base64_of("admin:not-a-real-password!%")
BASIC_HEADER: Final = Rule(
    id="basic-header",
    version=1,
    description="User and password in a header of HTTP",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=r"(?i:authorization)[\"']?: {0,2}[\"']?(?i:basic) (?P<secret>[A-Za-z0-9+/]{12,400}={0,2})",
    boundary="0-9A-Za-z+/=",
    checks=(Encoded(encoding="base64", content="text", contains=(":",)),),
    examples=(Example(f"Authorization: Basic {_BASIC}", _BASIC),),
    counter_examples=(
        CounterExample(f"Authorization: Basic {base64_of('no-colon-in-this-one')}", step=Step.CHECK, check="encoded"),
    ),
)

_BEARER: Final = sample("A-Za-z0-9._~+/-", 60, "bearer")
BEARER_HEADER: Final = Rule(
    id="bearer-header",
    version=1,
    description="Token in a header of HTTP",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    pattern=r"(?i:authorization)[\"']?: {0,2}[\"']?(?i:bearer) (?P<secret>[A-Za-z0-9._~+/-]{20,600}={0,2})",
    boundary="0-9A-Za-z._~+/=-",
    checks=(Entropy(min_share=0.7),),
    examples=(
        Example(f"authorization: bearer {_BEARER}", _BEARER),
        Example(f"Authorization: Bearer {_BEARER}", _BEARER),
    ),
    counter_examples=(
        "Authorization: Bearer <token>",
        CounterExample(f"Authorization: Bearer {'token' * 6}", step=Step.CHECK, check="entropy"),
    ),
)

_PLAIN_KEY, _RSA_KEY = (armoured(f"{kind}ORBIT KEY", 4, f"pem{kind.strip()}") for kind in ("", "RSA "))
PEM: Final = Rule(
    id="orbit-private-key",
    version=1,
    description="Private key in the armour of Orbit",
    provider="Orbit",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    pattern=(
        r"(?P<secret>-----BEGIN (?:RSA |EC )?ORBIT KEY-----\s{1,4}(?:[A-Za-z0-9+/=]+\s{1,4}){2,90}"
        r"-----END (?:RSA |EC )?ORBIT KEY-----)"
    ),
    multiline=True,
    max_bytes=8192,
    examples=(Example(f"{_PLAIN_KEY}\n", _PLAIN_KEY), Example(f"# key\n{_RSA_KEY}\n", _RSA_KEY)),
    counter_examples=(
        "-----BEGIN ORBIT KEY-----\n...\n-----END ORBIT KEY-----",
        armoured("ORBIT CERTIFICATE", 4, "public"),
    ),
)

_IN_OBJECT: Final = sample("0-9a-z", 30, "object")
JSON_OBJECT: Final = Rule(
    id="vaulted-token",
    version=1,
    description="Token in a JSON object over several lines",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=r'"kind":\s{0,20}"vaulted",\s{0,40}"token":\s{0,20}"(?P<secret>[0-9a-z]{30})"',
    multiline=True,
    examples=(Example(f'{{\n  "kind": "vaulted",\n  "token": "{_IN_OBJECT}"\n}}\n', _IN_OBJECT),),
    counter_examples=(f'{{\n  "kind": "public",\n  "token": "{_IN_OBJECT}"\n}}\n',),
)

_DOTENV: Final = sample("0-9A-Za-z", 28, "dotenv")
DOTENV: Final = Rule(
    id="orbit-variable",
    version=1,
    description="Token of Orbit in a file of environment variables",
    provider="Orbit",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=r"""^(?:export )?ORBIT_TOKEN=["']?(?P<secret>[0-9A-Za-z]{28})["']?$""",
    examples=(
        Example(f"DEBUG=1\nORBIT_TOKEN={_DOTENV}\n", _DOTENV),
        Example(f'export ORBIT_TOKEN="{_DOTENV}"', _DOTENV),
    ),
    counter_examples=("ORBIT_TOKEN=$TOKEN", f"# ORBIT_TOKEN={_DOTENV}"),
)

_ELEMENT: Final = sample("A-Za-z0-9+/", 40, "element")
XML_ELEMENT: Final = Rule(
    id="orbit-element",
    version=1,
    description="Key in an element of XML",
    provider="Orbit",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=r"<orbitKey>\s{0,8}(?P<secret>[A-Za-z0-9+/]{40})\s{0,8}</orbitKey>",
    examples=(Example(f"<orbitKey>{_ELEMENT}</orbitKey>", _ELEMENT),),
    counter_examples=("<orbitKey>${orbit.key}</orbitKey>",),
)

_BLOCK: Final = sample("0-9a-z", 24, "block")
YAML_BLOCK: Final = Rule(
    id="orbit-block",
    version=1,
    description="Secret of Orbit in a block of YAML",
    provider="Orbit",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=(
        r"^[ \t]{0,16}orbit:[ \t]{0,4}\r?\n(?:[ \t]{1,20}[a-z_]{1,20}:[^\r\n]{0,80}\r?\n){0,5}"
        r"""[ \t]{1,20}secret:[ \t]{1,4}["']?(?P<secret>[0-9a-z]{24})["']?$"""
    ),
    multiline=True,
    examples=(Example(f"orbit:\n  region: north\n  secret: {_BLOCK}\n", _BLOCK),),
    counter_examples=(f"comet:\n  secret: {_BLOCK}\n", f"orbit:\nsecret: {_BLOCK}\n"),
)

_SQL: Final = sample(_FREE, 16, "sql") + "!%"
SQL: Final = Rule(
    id="sql-password",
    version=1,
    description="Password in a statement of SQL",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    pattern=r"(?i:identified\s{1,4}by)\s{1,4}'(?P<secret>[^'\s]{6,64})'",
    checks=(Placeholder(),),
    examples=(Example(f"CREATE USER app IDENTIFIED BY '{_SQL}';", _SQL),),
    counter_examples=(
        "CREATE USER app IDENTIFIED BY ?",
        CounterExample("create user app identified by 'password';", step=Step.CHECK, check="placeholder"),
    ),
)

_FLAG: Final = sample(_FREE, 16, "flag") + "!%"
FLAG: Final = Rule(
    id="orbit-flag",
    version=1,
    description="Password in the arguments of a program",
    provider="Orbit",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    pattern=r"""--orbit-password[= ](?P<secret>[^\s"'<>$`{}]{8,64})""",
    checks=(Placeholder(),),
    examples=(Example(f"orbit login --orbit-password {_FLAG}", _FLAG), Example(f"--orbit-password={_FLAG} run", _FLAG)),
    counter_examples=(
        "orbit login --orbit-password $PASSWORD",
        CounterExample("orbit login --orbit-password=changeme", step=Step.CHECK, check="placeholder"),
    ),
)

_PAIRS: Final = sample(_FREE, 16, "pairs") + "!%"
CONNECTION: Final = Rule(
    id="connection-string",
    version=1,
    description="Password in a connection string of pairs",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=(
        r"(?i:server|data source)=(?P<server>[^;\s\"']{1,100});(?:[A-Za-z ]{1,30}=[^;\s\"']{0,60};){0,8}"
        r"(?i:password|pwd)=(?P<secret>[^;\s\"'<>]{6,64})"
    ),
    attributes=("server",),
    checks=(Placeholder(),),
    examples=(Example(f"Server=db.orbit.internal;Database=main;User Id=app;Password={_PAIRS};Encrypt=yes", _PAIRS),),
    counter_examples=(
        "Server=db.orbit.internal;Database=main;Integrated Security=yes",
        CounterExample("Server=db;Password=password1;", step=Step.CHECK, check="placeholder"),
    ),
)
