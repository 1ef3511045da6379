"""Passwords in the URLs of databases, brokers and servers: `scheme://user:password@host`.

What is before the password decides about the harm: a database is worse than a proxy. Placeholders and the hosts that
are reserved for documentation are left out. A server of the machine itself is reported with MEDIUM confidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Confidence, CounterExample, Example, Rule, Severity, Step
from beca_core.checks import UrlParts
from beca_scanners.building.doubts import NoMailAddress
from beca_scanners.building.file_format import password
from beca_scanners.building.provider import LESS_SPECIFIC

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOT_DOCUMENTED: Final = UrlParts(of="url", refuse=("host", "password"))
_NOT_LOCAL: Final = UrlParts(of="url", refuse=("local",), otherwise="medium")
_NO_MAIL: Final = NoMailAddress(of="url")
_USER: Final = r"""[^\s:/@"'`<>(){}\[\]$,;?#]{0,80}"""
_VALUE: Final = r"""[^\s:/@"'`<>{}\[\]\\,;$]{1,256}"""
_HOST: Final = r"""[0-9A-Za-z_\[][0-9A-Za-z_.:\]-]{0,252}"""


def _rule(
    name: str,
    what: str,
    schemes: tuple[str, ...],
    reference: str,
    severity: Severity = Severity.CRITICAL,
    confidence: Confidence = Confidence.HIGH,
) -> Rule:
    rule_id = f"{name}-url-password"
    first, second = password(rule_id).replace(",", "."), password(rule_id, 30).replace(",", ".") + "7#&*()=^|"
    alternatives = "|".join(scheme.replace("+", r"\+") for scheme in schemes)
    return Rule(
        id=rule_id,
        version=1,
        description=f"Password in the URL of {what}",
        severity=severity,
        confidence=confidence,
        pattern=rf"\b(?P<url>(?:{alternatives})://{_USER}:(?P<secret>{_VALUE})@{_HOST})",
        checks=(_NOT_DOCUMENTED, _NOT_LOCAL, _NO_MAIL),
        supersedes=LESS_SPECIFIC,
        category="connection",
        examples=tuple(_examples(schemes, first, second)),
        counter_examples=(
            f"{schemes[0]}://robot@server.acme.internal/main",
            f"{schemes[0]}://${{USER}}:${{PASSWORD}}@server.acme.internal/main",
            CounterExample(f"{schemes[0]}://robot:{first}@example.com/main", step=Step.CHECK, check="url-parts"),
            CounterExample(f"{schemes[0]}://user:password@server.acme.internal", step=Step.CHECK, check="url-parts"),
        ),
        references=(reference,),
        remediation="Change the password at the server, and give it to programs by the environment or a secret store.",
        max_bytes=1024,
    )


def _examples(schemes: tuple[str, ...], first: str, second: str) -> Iterator[Example]:
    for scheme in schemes:
        yield Example(f'url = "{scheme}://robot:{first}@server.acme.internal:9999/main"\n', first)
    yield Example(f"URL={schemes[0]}://a-robot_2:{second}@10.8.0.7/main\n", second, Confidence.HIGH)
    yield Example(f"URL={schemes[0]}://robot:{first}@localhost/main\n", first, Confidence.MEDIUM)


_RFC: Final = "https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1"

RULES: Final[tuple[Rule, ...]] = (
    _rule(
        "postgresql",
        "a database of PostgreSQL",
        ("postgres", "postgresql", "postgresql+psycopg2", "postgresql+psycopg", "postgresql+asyncpg", "cockroachdb"),
        "https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS",
    ),
    _rule(
        "mysql",
        "a database of MySQL or MariaDB",
        ("mysql", "mysql2", "mariadb", "mysql+pymysql", "mysql+mysqlconnector", "mysqlx"),
        "https://dev.mysql.com/doc/refman/8.4/en/connecting-using-uri-or-key-value-pairs.html",
    ),
    _rule(
        "mongodb",
        "a database of MongoDB",
        ("mongodb", "mongodb+srv"),
        "https://www.mongodb.com/docs/manual/reference/connection-string/",
    ),
    _rule(
        "redis",
        "a server of Redis or Valkey",
        ("redis", "rediss", "valkey", "redis-sentinel"),
        "https://redis.io/docs/latest/develop/clients/",
    ),
    _rule(
        "amqp",
        "a broker of AMQP, such as RabbitMQ",
        ("amqp", "amqps", "pyamqp", "stomp", "mqtt", "mqtts", "nats"),
        "https://www.rabbitmq.com/docs/uri-spec",
    ),
    _rule(
        "sql-server",
        "a database of SQL Server or Oracle",
        ("mssql", "sqlserver", "mssql+pyodbc", "mssql+pymssql", "oracle"),
        "https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls",
    ),
    _rule(
        "data-store",
        "a store of data",
        (
            *("clickhouse", "clickhouse+native", "cassandra", "couchbase", "couchdb", "neo4j", "bolt", "influxdb"),
            *("elasticsearch", "trino", "presto", "hive", "impala", "vertica", "redshift", "arangodb", "snowflake"),
            *("memcached", "libsql"),
        ),
        "https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls",
    ),
    _rule(
        "directory",
        "a directory (LDAP)",
        ("ldap", "ldaps"),
        "https://www.rfc-editor.org/rfc/rfc4516",
        Severity.HIGH,
    ),
    _rule(
        "mail-server",
        "a mail server",
        ("smtp", "smtps", "imap", "imaps", "pop3", "pop3s", "smtp+tls", "smtp+ssl", "submission"),
        "https://symfony.com/doc/current/mailer.html#transport-setup",
        Severity.HIGH,
    ),
    _rule(
        "file-server",
        "a server of files",
        ("ftp", "ftps", "sftp", "ssh", "smb", "rsync"),
        "https://everything.curl.dev/cmdline/urls/auth.html",
        Severity.HIGH,
    ),
    _rule(
        "proxy",
        "a proxy",
        ("socks5", "socks5h", "socks4", "socks", "ss", "trojan", "vless", "hysteria2"),
        _RFC,
        Severity.MEDIUM,
    ),
    _rule(
        "web",
        "a web server",
        ("https", "http", "git", "svn", "ws", "wss"),
        _RFC,
        Severity.HIGH,
    ),
)
