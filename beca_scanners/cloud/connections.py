"""What connects to a cloud in one text: Heroku's addresses of databases, and Cloudflare's tokens of tunnels."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Final

from beca_core import Confidence, CounterExample, Example, Rule, Severity, Step
from beca_core.checks import Encoded, Entropy
from beca_scanners.building import base36, base62, hexadecimal, uuid
from beca_scanners.building.shape import TokenShape

if TYPE_CHECKING:
    from collections.abc import Iterator

_HOST: Final = "ec2-1-2-3-4.compute-1.amazonaws.com"
_CLUSTER: Final = "c1.cluster-abc.us-east-1.rds.amazonaws.com"


def _url(password: str, host: str = _HOST, scheme: str = "postgres", user: str = "") -> str:
    user = user or base36(14).sample("user")
    return f"{scheme}://{user}:{password}@{host}:5432/{base36(14).sample('database')}"


def _urls() -> Iterator[Example]:
    for seed, prefix, host, scheme in (("a", "", _HOST, "postgres"), ("b", "p", _CLUSTER, "postgresql")):
        password = prefix + hexadecimal(64).sample(seed)
        yield Example(f"DATABASE_URL={_url(password, host, scheme)}\n", password)


HEROKU_POSTGRES: Final = Rule(
    id="heroku-postgres-url",
    version=1,
    description="Heroku Postgres connection URL: the password in it",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    pattern=r"postgres(?:ql)?://(?P<user>[0-9a-z]{6,20}):(?P<secret>p?[0-9a-f]{64})@"
    r"(?P<host>[0-9a-z.-]{1,100}\.amazonaws\.com)(?::[0-9]{1,5})?/[0-9a-z]{6,20}",
    attributes=("user", "host"),
    boundary="0-9A-Za-z",
    max_bytes=512,
    checks=(Entropy(min_share=0.6),),
    supersedes=("secret-key", "generic-*", "*-url-password"),
    provider="Heroku",
    category="cloud",
    examples=tuple(_urls()),
    counter_examples=(
        CounterExample(f"DATABASE_URL={_url(hexadecimal(64).sample('elsewhere'), 'db.acme.test')}\n"),
        CounterExample(f"DATABASE_URL={_url('0' * 64)}\n", step=Step.CHECK, check="entropy"),
        CounterExample(f"DATABASE_URL={_url('password')}\n"),
    ),
    references=("https://devcenter.heroku.com/articles/heroku-postgresql-credentials",),
    remediation="Rotate the credentials with the command heroku pg:credentials:rotate.",
)


def _tunnel(secret: str, *, names: str = "ats") -> str:
    account, tunnel = hexadecimal(32).sample(secret), TokenShape(*uuid()).samples(secret)[0]
    document = dict(zip(names, (account, tunnel, b64encode(secret.encode()).decode()), strict=True))
    return b64encode(json.dumps(document, separators=(",", ":")).encode()).decode().rstrip("=")


_TUNNELS: Final = (_tunnel(base62(32).sample("tunnel")), _tunnel(base62(48).sample("longer tunnel")))

CLOUDFLARE_TUNNEL: Final = Rule(
    id="cloudflare-tunnel-token",
    version=1,
    description="Cloudflare token of a tunnel: account, tunnel and its secret as a JSON document in base 64",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    pattern="(?P<secret>eyJhIjoi[0-9A-Za-z]{130,260})",
    boundary="0-9A-Za-z_+/.-",
    max_bytes=512,
    checks=(
        Encoded(encoding="base64", contains=('","t":"',)),
        Encoded(encoding="base64", contains=('","s":"',)),
    ),
    supersedes=("secret-key", "generic-*"),
    provider="Cloudflare",
    category="cloud",
    examples=(
        Example(f"cloudflared tunnel run --token {_TUNNELS[0]}\n", _TUNNELS[0]),
        Example(f"TUNNEL_TOKEN: {_TUNNELS[1]}\n", _TUNNELS[1]),
    ),
    counter_examples=(
        CounterExample(f"cursor={_tunnel(base62(32).sample('cursor'), names='axs')}", step=Step.CHECK, check="encoded"),
        CounterExample(f"cursor={_tunnel(base62(32).sample('other'), names='atx')}", step=Step.CHECK, check="encoded"),
        CounterExample(f"cursor={_TUNNELS[0][:60]}"),
    ),
    references=("https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/",),
    remediation="Refresh the token of the tunnel in the dashboard of Cloudflare One, and restart its connectors.",
)

RULES: Final[tuple[Rule, ...]] = (HEROKU_POSTGRES, CLOUDFLARE_TUNNEL)
