"""Secrets in the configuration of web frameworks in Python, Ruby, JavaScript, Java and .NET."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Final

from beca_core import CounterExample, Severity, Step, random_text
from beca_core.checks import Entropy, Placeholder
from beca_scanners.building import base62, base64, hexadecimal, run
from beca_scanners.building.file_format import FileFormat, password
from beca_scanners.building.provider import LESS_SPECIFIC

if TYPE_CHECKING:
    from beca_core import Rule

_REAL: Final = Placeholder()
_RANDOM: Final = Entropy(min_share=0.6)
_SESSIONS: Final = "Set a new key, which ends all sessions, and keep it in the environment or a secret store."
_DATABASE: Final = "Change the password of the database, and keep the file out of the repository."
_OF_DJANGO: Final = "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)"


def _fernet(seed: str) -> str:
    return urlsafe_b64encode(random_text("".join(map(chr, range(128))), 32, seed).encode()).decode()


DJANGO: Final = FileFormat(
    name="Django",
    category="framework",
    reference="https://docs.djangoproject.com/en/stable/ref/settings/#std-setting-SECRET_KEY",
    remediation="Set a new SECRET_KEY and list the old one in SECRET_KEY_FALLBACKS while sessions still use it.",
)
DJANGO_DATABASE: Final = FileFormat(
    name="Django",
    category="framework",
    reference="https://docs.djangoproject.com/en/stable/ref/settings/#password",
    remediation=_DATABASE,
)
AIRFLOW: Final = FileFormat(
    name="Airflow",
    category="framework",
    reference="https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/fernet.html",
    remediation="Set a new key before the old one, run `airflow rotate-fernet-key`, and remove the old one.",
)
JUPYTER: Final = FileFormat(
    name="Jupyter",
    category="framework",
    reference="https://jupyter-server.readthedocs.io/en/latest/operators/security.html",
    remediation="Restart the server with a new token or password.",
)
RAILS: Final = FileFormat(
    name="Rails",
    category="framework",
    reference="https://guides.rubyonrails.org/security.html#environmental-security",
    remediation=_SESSIONS,
)
DEVISE: Final = FileFormat(
    name="Devise",
    category="framework",
    reference="https://github.com/heartcombo/devise",
    remediation=_SESSIONS,
)
PHOENIX: Final = FileFormat(
    name="Phoenix",
    category="framework",
    reference="https://hexdocs.pm/phoenix/deployment.html",
    remediation=_SESSIONS,
)
SPRING: Final = FileFormat(
    name="Spring",
    category="framework",
    reference="https://docs.spring.io/spring-boot/reference/features/external-config.html",
    remediation="Change the password, and give it to the application by the environment or a secret store.",
)
PLAY: Final = FileFormat(
    name="Play",
    category="framework",
    reference="https://www.playframework.com/documentation/latest/ApplicationSecret",
    remediation=_SESSIONS,
)
ASP_NET: Final = FileFormat(
    name="ASP.NET",
    category="framework",
    reference="https://learn.microsoft.com/en-us/previous-versions/dotnet/netframework-4.0/w8h3skw9(v=vs.100)",
    remediation="Generate new keys, which ends all sessions: with the old ones anybody can run code on the server.",
)
JENKINS: Final = FileFormat(
    name="Jenkins",
    category="framework",
    reference="https://www.jenkins.io/doc/developer/security/secrets/",
    remediation="Replace what the credential opens: whoever has the files of the server can decrypt it.",
)
MESSAGES: Final = FileFormat(
    name="Erlang",
    category="framework",
    reference="https://www.rabbitmq.com/docs/clustering#erlang-cookie",
    remediation="Set a new cookie on all nodes: it lets anybody who reaches them run code.",
)

RULES: Final[tuple[Rule, ...]] = (
    DJANGO.secret(
        "django-secret-key",
        "SECRET_KEY of Django, as `startproject` makes it",
        (
            r"""(?P<secret>django-insecure-[a-z0-9!@#$%^&*(_=+)-]{50})""",
            r"""\bSECRET_KEY[ \t]{0,8}=[ \t]{0,8}["'](?P<secret>[a-z0-9!@#$%^&*(_=+)-]{50})["']""",
        ),
        "SECRET_KEY = '{}'\n",
        'SECRET_KEY = "{}"\n',
        values=(
            "django-insecure-" + random_text(_OF_DJANGO, 40, "django") + "a9!-_(#&*=",
            random_text(_OF_DJANGO, 50, "django 2"),
        ),
        boundary="0-9A-Za-z!@#$%^&*(_+)-",
        checks=(_RANDOM,),
        supersedes=("secret-key", "generic-*"),
        severity=Severity.CRITICAL,
        counter_examples=(
            CounterExample(f"SECRET_KEY = '{'a' * 50}'", step=Step.CHECK, check="entropy"),
            "SECRET_KEY = os.environ['SECRET_KEY']",
        ),
    ),
    DJANGO_DATABASE.secret(
        "django-database-password",
        "Password of a database in the settings of Django",
        r"""["']PASSWORD["'][ \t]{0,8}:[ \t]{0,8}["'](?P<secret>[^"'\s{}<>]{1,128})["']""",
        "'ENGINE': 'django.db.backends.postgresql',\n'USER': 'robot',\n'PASSWORD': '{}',\n",
        '"ENGINE": "django.db.backends.mysql", "NAME": "main", "PASSWORD": "{}",\n',
        near=("'engine'", '"engine"', "django.db", "'host'", '"host"'),
        within=400,
        alone="'PASSWORD': '{}',\n",
        values=(password("django"), password("django", 40) + "#&()*:;=@[]^_|/`\\,$"),
        template="xxxxxxxx",
        counter_examples=("'ENGINE': 'django.db.backends.sqlite3',\n'PASSWORD': '',\n",),
    ),
    AIRFLOW.secret(
        "airflow-fernet-key",
        "Fernet key, with which Airflow encrypts connections",
        r"""(?i:fernet_?key)["']?[ \t]{0,8}[=:][ \t]{0,8}["']?(?P<secret>[0-9A-Za-z_-]{43}=)""",
        "[core]\nfernet_key = {}\n",
        "AIRFLOW__CORE__FERNET_KEY: '{}'\n",
        "fernetKey: {}\n",
        values=(_fernet("airflow"), _fernet("airflow 2"), _fernet("airflow 3")),
        boundary="0-9A-Za-z_-",
        checks=(_RANDOM,),
        severity=Severity.CRITICAL,
        counter_examples=(CounterExample(f"fernet_key = {'a' * 43}=", step=Step.CHECK, check="entropy"),),
    ),
    JUPYTER.secret(
        "jupyter-token",
        "Token of a Jupyter server",
        (
            (
                r"""\bc\.(?:NotebookApp|ServerApp|IdentityProvider|LabApp)\.(?:token|password) {0,8}= {0,8}["']"""
                r"(?P<secret>[0-9A-Za-z:$_-]{8,200})"
            ),
            r"""://[\w.-]{1,80}:88[0-9]{2}/(?:lab|tree)?\?token=(?P<secret>[0-9A-Za-z:$_-]{8,200})""",
        ),
        "c.NotebookApp.token = '{}'\n",
        "http://localhost:8888/?token={}\n",
        values=(hexadecimal(48).sample("jupyter"), "argon2:$" + base62(60).sample("jupyter") + "_-"),
        boundary="0-9A-Za-z_-",
        checks=(_REAL,),
        counter_examples=(
            "c.NotebookApp.token = ''",
            CounterExample("c.NotebookApp.token = 'your-token'", step=Step.CHECK, check="placeholder"),
        ),
    ),
    RAILS.secret(
        "rails-secret-key-base",
        "Secret of an application of Rails",
        r"""\b(?i:secret_key_base|secret_token)["']?[ \t]{0,8}(?:=>?|:)[ \t]{0,8}["']?(?P<secret>[0-9a-f]{64,128})""",
        "production:\n  secret_key_base: {}\n",
        "SECRET_KEY_BASE={}\n",
        'config.secret_token = "{}"\n',
        values=(hexadecimal(128).sample("rails"), hexadecimal(64).sample("rails")),
        supersedes=(*LESS_SPECIFIC, "phoenix-secret-key-base"),
        boundary="0-9A-Za-z",
        checks=(_RANDOM,),
        severity=Severity.CRITICAL,
        counter_examples=(CounterExample(f"secret_key_base: {'0' * 128}", step=Step.CHECK, check="entropy"),),
    ),
    RAILS.secret(
        "rails-master-key",
        "Key that decrypts the credentials of an application of Rails, in the environment",
        r"""\bRAILS_MASTER_KEY["']?[ \t]{0,8}[=:][ \t]{0,8}["']?(?P<secret>[0-9a-f]{32})""",
        "RAILS_MASTER_KEY={}\n",
        'env:\n  RAILS_MASTER_KEY: "{}"\n',
        values=(hexadecimal(32).sample("rails 3"), hexadecimal(32).sample("rails 4")),
        boundary="0-9A-Za-z",
        checks=(_RANDOM,),
        severity=Severity.CRITICAL,
        counter_examples=(CounterExample(f"RAILS_MASTER_KEY={'0' * 32}", step=Step.CHECK, check="entropy"),),
    ),
    DEVISE.secret(
        "devise-secret-key",
        "Secret key or pepper of Devise",
        r"""\bconfig\.(?:secret_key|pepper)[ \t]{0,8}=[ \t]{0,8}["'](?P<secret>[0-9a-f]{64,128})["']""",
        "config.secret_key = '{}'\n",
        'config.pepper = "{}"\n',
        values=(hexadecimal(128).sample("devise"), hexadecimal(64).sample("devise")),
        checks=(_RANDOM,),
        severity=Severity.CRITICAL,
        counter_examples=(CounterExample(f"config.pepper = '{'0' * 128}'", step=Step.CHECK, check="entropy"),),
    ),
    PHOENIX.secret(
        "phoenix-secret-key-base",
        "Secret of an application of Phoenix",
        r"""\b(?i:secret_key_base|signing_salt)["']?[ \t]{0,8}[=:][ \t]{0,8}["']?(?P<secret>[0-9A-Za-z+/]{64,86})""",
        '  secret_key_base: "{}",\n',
        "export SECRET_KEY_BASE={}\n",
        values=(base64(64).sample("phoenix"), base64(80).sample("phoenix")),
        boundary="0-9A-Za-z+/",
        checks=(_RANDOM,),
        severity=Severity.CRITICAL,
        counter_examples=(CounterExample(f'secret_key_base: "{"A" * 64}"', step=Step.CHECK, check="entropy"),),
    ),
    SPRING.secret(
        "spring-password",
        "Password in the properties of an application of Spring",
        r"^[ \t]{0,8}(?:spring|server\.ssl|management|eureka|jasypt)\.[\w.\[\]-]{0,80}"
        r"(?:password|secret|passphrase)[ \t]{0,8}[=:][ \t]{0,8}"
        r"(?P<secret>[^\s${}#\"'`,<>]{1,128})",
        "spring.datasource.username=robot\nspring.datasource.password={}\n",
        "server.ssl.key-store-password: {}\n",
        "jasypt.encryptor.password={}\n",
        template="xxxxxxxx",
        counter_examples=("spring.datasource.password=${DB_PASSWORD}\n", "spring.datasource.password=\n"),
    ),
    PLAY.secret(
        "play-secret-key",
        "Secret of an application of Play",
        r"""\b(?:play\.http\.secret\.key|play\.crypto\.secret|application\.secret)[ \t]{0,8}=[ \t]{0,8}["']"""
        r"""(?P<secret>[^"'\s$]{16,128})["']""",
        'play.http.secret.key="{}"\n',
        "application.secret = '{}'\n",
        values=(password("play", 64), password("play 2", 40) + "#&()*:;=@[]^_|/`\\,<>{}"),
        template="changemechangeme",
        checks=(_REAL,),
        counter_examples=(
            'play.http.secret.key="changeme"\n',
            CounterExample(f'play.http.secret.key="changeme{"x" * 40}"\n', step=Step.CHECK, check="placeholder"),
        ),
    ),
    ASP_NET.secret(
        "asp-net-machine-key",
        "Validation key or decryption key of ASP.NET",
        r'\b(?:validationKey|decryptionKey)[ \t]{0,4}=[ \t]{0,4}"(?P<secret>[0-9A-Fa-f]{40,256})',
        '<machineKey validationKey="{}" validation="SHA1" />\n',
        '<machineKey decryption="AES" decryptionKey="{}" />\n',
        values=(run("0-9A-F", 128).sample("asp"), hexadecimal(48).sample("asp")),
        boundary="0-9A-Za-z",
        checks=(_RANDOM,),
        severity=Severity.CRITICAL,
        counter_examples=(
            '<machineKey validationKey="AutoGenerate,IsolateApps" />',
            CounterExample(f'<machineKey validationKey="{"0" * 64}" />', step=Step.CHECK, check="entropy"),
        ),
    ),
    JENKINS.secret(
        "jenkins-encrypted-credential",
        "Credential that a Jenkins server has encrypted",
        r"<(?:password|passphrase|secret|privateKey|secretBytes|apiToken|bindPassword)>\{"
        r"(?P<secret>AQAAABAAAA[0-9A-Za-z+/]{20,900}={0,2})\}<",
        "<password>{{{}}}</password>\n",
        "<apiToken>{{{}}}</apiToken>\n",
        values=("AQAAABAAAA" + base64(54).sample("jenkins"), "AQAAABAAAA" + base64(85).sample("jenkins") + "="),
        boundary="0-9A-Za-z+/",
        checks=(),
        severity=Severity.MEDIUM,
        counter_examples=("<password>{AQAAABAAAA}</password>",),
    ),
    MESSAGES.secret(
        "erlang-cookie",
        "Cookie that lets nodes of Erlang and RabbitMQ into a cluster",
        r"""(?i:erlang_?cookie)["']?[ \t]{0,8}[=:][ \t]{0,8}["']?(?P<secret>[0-9A-Za-z_-]{16,64})""",
        "RABBITMQ_ERLANG_COOKIE={}\n",
        "  erlangCookie: '{}'\n",
        values=(run("A-Z", 20).sample("erlang"), run("0-9A-Za-z_-", 40).sample("erlang")),
        boundary="0-9A-Za-z_-",
        checks=(_RANDOM, _REAL),
        counter_examples=(
            CounterExample(f"RABBITMQ_ERLANG_COOKIE={'A' * 20}", step=Step.CHECK, check="entropy"),
            CounterExample("RABBITMQ_ERLANG_COOKIE=ABCDEFGHIJKLMNOPQRST", step=Step.CHECK, check="placeholder"),
        ),
    ),
)
