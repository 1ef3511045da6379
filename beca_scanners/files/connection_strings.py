"""Passwords in connection strings of `key=value` pairs, and in calls that sign in to a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Confidence, CounterExample, Severity, Step
from beca_core.checks import Placeholder
from beca_scanners.building.file_format import FileFormat, password

if TYPE_CHECKING:
    from beca_core import Rule

_REAL: Final = Placeholder()
_PARAMETER: Final = r"""\b(?:host|hostaddr|port|dbname|user|sslmode|connect_timeout)=[^\s,()"'=]{1,120}"""
"""Another parameter of libpq; a comma after it belongs to the arguments of a function."""
_VALUE: Final = r"""(?P<secret>[^\s"'<>{}$\\;&,#%(][^\s"'<>{}$\\;&,]{2,127})"""
_CHANGE: Final = "Change the password at the server, and give it to programs by the environment or a secret store."

ADO: Final = FileFormat(
    name="ADO.NET",
    category="connection",
    reference="https://learn.microsoft.com/en-us/dotnet/framework/data/adonet/connection-string-syntax",
    remediation=_CHANGE,
)
LIBPQ: Final = FileFormat(
    name="PostgreSQL",
    category="connection",
    reference="https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING",
    remediation=_CHANGE,
)
JDBC: Final = FileFormat(
    name="JDBC",
    category="connection",
    reference="https://docs.oracle.com/javase/tutorial/jdbc/basics/connecting.html",
    remediation=_CHANGE,
)
SIGN_IN: Final = FileFormat(
    name="Sign-in call",
    category="connection",
    reference="https://cwe.mitre.org/data/definitions/798.html",
    remediation=_CHANGE,
)

RULES: Final[tuple[Rule, ...]] = (
    ADO.secret(
        "ado-connection-string-password",
        "Password in a connection string of .NET or ODBC",
        r"""(?i:;[ \t]{0,4}(?:password|pwd)[ \t]{0,4}=)[ \t]{0,4}(?P<secret>[^\s;"'<>{}$]{1,128})""",
        'connectionString="Server=db.acme.internal;Database=main;User Id=robot;Password={};Encrypt=True"',
        '"Data Source=db.acme.internal;uid=robot;PWD={}"',
        near=("server=", "data source=", "datasource=", "host=", "initial catalog", "database=", "addr=", "uid="),
        within=200,
        alone="x;Password={};",
        values=(password("ado"), password("ado", 40) + "#&()*:=@[]^_|/`\\,"),
        checks=(_REAL,),
        severity=Severity.CRITICAL,
        counter_examples=(
            "Server=db.acme.internal;Database=main;Trusted_Connection=True;Password=;",
            CounterExample(
                "Server=db.acme.internal;User Id=robot;Password=password;", step=Step.CHECK, check="placeholder"
            ),
        ),
    ),
    LIBPQ.secret(
        "libpq-connection-string-password",
        "Password in a connection string of PostgreSQL",
        (
            rf"{_PARAMETER}[ \t]{{1,4}}password={_VALUE}",
            rf"[\s\"']password={_VALUE}[ \t]{{1,4}}{_PARAMETER}",
        ),
        'connect("host=db.acme.internal dbname=main user=robot password={}")\n',
        "DSN='user=robot password={} host=db.acme.internal sslmode=require'\n",
        near=("dbname=", "host=", "sslmode="),
        within=100,
        alone="user=robot password={}\n",
        values=(password("libpq"), password("libpq", 40).replace(",", ".") + "#()*:=@[]^_|/`"),
        checks=(_REAL,),
        severity=Severity.CRITICAL,
        counter_examples=(
            "host=db.acme.internal dbname=main password=%s",
            "connect(dbname=main, user=user, password=dict(required=True, no_log=True), host=host)",
            "connect(host=host, password=login_password, dbname=main)",
            CounterExample("host=db.acme.internal user=robot password=password", step=Step.CHECK, check="placeholder"),
        ),
    ),
    JDBC.secret(
        "jdbc-url-password",
        "Password in a URL of JDBC",
        r"""\bjdbc:[a-z0-9:]{2,40}[^\s"'<>]{3,200}?(?i:[?&;]password=)(?P<secret>[^\s"'<>{}$\\;&,]{1,128})""",
        "jdbc:mysql://db.acme.internal:3306/main?user=robot&password={}&useSSL=true\n",
        'url="jdbc:sqlserver://db.acme.internal:1433;databaseName=main;user=robot;Password={}"\n',
        values=(password("jdbc"), password("jdbc", 40).replace(",", ".") + "#()*:=@[]^_|/`"),
        checks=(_REAL,),
        severity=Severity.CRITICAL,
        counter_examples=(
            "jdbc:mysql://db.acme.internal:3306/main?user=robot&password=${PASSWORD}",
            CounterExample(
                "jdbc:mysql://db.acme.internal/main?password=password", step=Step.CHECK, check="placeholder"
            ),
        ),
    ),
    SIGN_IN.secret(
        "sign-in-call-password",
        "Password in a call that signs in to a server",
        r"""\.(?:log_?[iI]n|sign_?[iI]n)\(\s{0,8}["'][^"'\s]{2,64}["'],\s{0,8}["']"""
        r"""(?P<secret>[^\s"'<>{}$]{6,128})["']""",
        "connection.login('robot@acme.internal', '{}', done);\n",
        'server.login("robot", "{}")\n',
        "client.signIn('robot', '{}')\n",
        values=(password("sign in"), password("sign in", 40) + "#&()*:=@[]^_|/`\\,;"),
        checks=(_REAL,),
        confidence=Confidence.MEDIUM,
        template="your-password",
        counter_examples=(
            "connection.login(user, password);",
            CounterExample(
                "connection.login('robot@acme.internal', 'password1');", step=Step.CHECK, check="placeholder"
            ),
        ),
    ),
)
