"""The decision: secrets are found with MEDIUM confidence or more, traps are not, and it is explained."""

from __future__ import annotations

import string
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Candidate, Confidence, Engine, explain, random_text
from beca_core.matching.patterns.pattern_checking import checked_patterns
from beca_core.rules.candidate import Dropped
from beca_scanners.generic.evidence import gather
from beca_scanners.generic.generic_rules import PASSWORD, RULES
from beca_scanners.generic.model import model
from beca_scanners.generic.secret_score import SecretScore
from tests.benchmarks.fitting.invented import invented_lines
from tests.benchmarks.fitting.proposals import proposals

if TYPE_CHECKING:
    from beca_core import Finding

HEX = string.digits + "abcdef"
ALPHANUMERIC = string.ascii_letters + string.digits
ENGINE = Engine(rules=RULES)
ENCODED_EXAMPLE = b64encode(f"{random_text(ALPHANUMERIC, 10)}-example-{random_text(ALPHANUMERIC, 8)}".encode()).decode()


def found_in(text: str) -> list[Finding]:
    """Return the findings with at least MEDIUM confidence."""
    return [finding for finding in ENGINE.scan_text(text) if finding.confidence is not Confidence.LOW]


TRAPS = {
    "translation": '"password": "Passwort vergessen?"',
    "translation of one word": '"password": "Contraseña"',
    "name in a sentence": 'dialog("Enter your password", "Cancel2")',
    "message": 'msgid "password"\nmsgstr "Das Passwort ist zu kurz"',
    "assembly": 'PublicKeyToken="' + random_text(HEX, 16) + '"',
    "object name": "secretName: database-credentials-v2\n",
    "action name": "update_password: always\n",
    "ciphertext": f'encrypted_key = "{random_text(ALPHANUMERIC, 44)}="',
    "vault ciphertext": f'db_password: "vault:v1:{random_text(ALPHANUMERIC, 40)}"',
    "header of a JWT": 'token = "eyJ' + random_text(ALPHANUMERIC, 17) + '"',
    "paging cursor": 'next_page_token: "eyJ' + random_text(ALPHANUMERIC, 20) + '"',
    "client id": f'client_id = "{random_text(HEX, 20)}"',
    "key id": 'key_id: "signing-2024"',
    "publishable key": f'stripe_public_key = "pk_{"live"}_{random_text(ALPHANUMERIC, 24)}"',
    "password hash": f'password: "$2y$10${random_text(ALPHANUMERIC, 53)}"',
    "placeholder": 'password = "your-password-here"',
    "placeholder in brackets": "api_key: <your-api-key-1>\n",
    "filler": "API_KEY=xxxxxxxxxxxxxxxxxxxx\n",
    "template": "password: ${DB_PASSWORD_2}\n",
    "Jinja": 'db_password: "{{ vault_db_password_2 }}"\n',
    "weak URL": "postgres://user:password@localhost:5432/db",
    "reference": "password = self.config.password2\n",
    "type": "password: String1,\n",
    "path": 'key_file = "/etc/ssl/private/server2.key"',
    "URL": 'token_url = "https://auth.acme.dev/oauth2/token"',
    "cache key": 'key: "v1-yarn-{{ checksum }}"',
    "subresource hash": f'"integrity_key": "sha512-{random_text(ALPHANUMERIC, 86)}=="',
    "version": 'auth_version = "2.0.1-beta.3"',
    "command of PowerShell": "$password = Get-AnsibleParam -obj $params -name password\n",
    "beginning of a call": "password = p.pop('password', None)\n",
    "name of a variable": 'AUTH_PASSWORD = System.getenv("HUB_ACME2_PASSWORD");',
    "attribute of an event": "this.setState({ password: e.target.value })",
    "base of a class": "public class AvoidPlainPassword : IScriptRule2\n",
    "type that is declared": "@IBOutlet weak var hasPasswordButton: UIButton2\n",
    "switch": "update_password: on_create\nenable_password: disabled\n",
    "sentence without quotes": "current_password: potrzebujemy Twojego hasla w celu potwierdzenia zmian\n",
    "lookup": 'passwd = keyring.get_password("acme", key)',
    "one character again and again": "<password>xxxxxxxxxxxxxxxxxxxxxxxxx</password>",
    "hash of PostgreSQL": f"password: md5{random_text(HEX, 32)}\n",
    "public key of PGP": f"GPGKey=mQENB{random_text(ALPHANUMERIC, 60)}\n",
    "service in code": 'ENV["PGPASSWORD"] = uri.password\n',
    "row that is identified": "A row is identified by primary1 key.\n",
    "names in a list": 'columns = ["id", "user", "name", "password", "mobile2", "gender"]',
    "prose": "Pass the key as the first argument, and the token as the second.",
}


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS)
def test_what_looks_like_a_secret_and_is_none(text: str) -> None:
    assert not found_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "alter user sys identified by Welcome1 container=all;",
        "spring.datasource.username=app\nspring.datasource.password=Welcome1\n",
        'MYSQL_ROOT_PASSWORD: "zabbix321"\n',
        "jdbc.password=m121212\n",
        'password: "dr0g0n",\n',
    ],
)
def test_weak_passwords_of_settings_are_found(text: str) -> None:
    assert len(found_in(text)) == 1


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", ["db_password", "client_secret", "ACCESS_TOKEN", "apiKey", "SECRET_KEY", "auth_salt"])
def test_random_values_are_found_once(name: str, seed: int) -> None:
    value = f"k{random_text(ALPHANUMERIC, 29, seed)}7q"
    (finding,) = found_in(f'{name} = "{value}"\n')
    assert finding.secret == value.encode()
    assert not finding.superseded


def test_the_model_agrees_with_the_lines_that_are_made_up() -> None:
    right = wrong = missed = 0
    for text, is_secret in invented_lines():
        score = max((model().score(each.numbers) for each in proposals(text.encode())), default=-99.0)
        is_found = score >= model().medium
        right += is_found and is_secret
        wrong += is_found and not is_secret
        missed += is_secret and not is_found
    assert right / (right + wrong) > 0.9
    assert right / (right + missed) > 0.9


def test_each_assignment_is_proposed_by_one_rule() -> None:
    for name in ("password_token", "secret_key", "token_secret", "auth_key", "secret_token_key"):
        text = f'{name} = "k{random_text(ALPHANUMERIC, 29, name)}7q"'.encode()
        assert len({proposal.rule_id for proposal in proposals(text)}) == 1


def candidate_in(text: bytes) -> Candidate:
    pattern = checked_patterns(PASSWORD)[0]
    spans = next(pattern.occurrences(text, [(1, len(text))]))
    return Candidate(text, *spans["secret"], PASSWORD.confidence, spans)


def test_the_sum_is_explained_with_all_of_its_parts() -> None:
    text = f'db_password = "k{random_text(ALPHANUMERIC, 12)}7q"'
    (check,) = PASSWORD.checks
    assert isinstance(check, SecretScore)
    told = check.verdict(candidate_in(text.encode()))
    assert isinstance(told, str)
    total, parts = told.split(": ", 1)
    shares = [float(part.rsplit(" ", 1)[1]) for part in parts.split(", ") if part[-4:-1].strip(" +-.0123456789") == ""]
    assert float(total) == pytest.approx(sum(shares), abs=0.05 * (len(shares) + 1) + 0.6)
    assert "name password" in parts
    explanation = str(explain(PASSWORD, text))
    assert "evidence-score" in explanation


def test_a_drop_says_what_was_against_it() -> None:
    (check,) = PASSWORD.checks
    dropped = check(candidate_in(b'password = "Enter your password"'))
    assert isinstance(dropped, Dropped)
    assert dropped.reason == "the evidence is against it"
    assert "more" in dropped.value
    assert len(dropped.value) <= 200


def test_the_name_of_another_kind_is_said() -> None:
    (check,) = PASSWORD.checks
    dropped = check(candidate_in(b'password_token = "abcdef123456"'))
    assert isinstance(dropped, Dropped)
    assert (dropped.reason, dropped.value) == ("its name is that of another kind", "token")


@given(
    before=st.text("ab =:'\"\n(user", max_size=900).map(str.encode),
    after=st.text("ab ;,'\"\n)test", max_size=900).map(str.encode),
    value=st.text(ALPHANUMERIC + "-_ ", min_size=4, max_size=30)
    .filter(lambda text: text.strip() == text)
    .map(str.encode),
)
def test_what_is_far_away_does_not_matter(before: bytes, after: bytes, value: bytes) -> None:
    text = before + b' password = "' + value + b'"' + after
    candidate = candidate_in(text[len(before) :])
    shift = len(before)
    (begin, end), first = candidate.groups["word"], candidate.begin
    whole = gather(text, (begin + shift, end + shift), (first + shift, candidate.end + shift))
    (check,) = PASSWORD.checks
    assert isinstance(check, SecretScore)
    outcome = check(
        Candidate(
            text, first + shift, candidate.end + shift, PASSWORD.confidence, {"word": (begin + shift, end + shift)}
        )
    )
    expected = model().confidence(model().score(whole.numbers))
    assert (outcome.confidence if isinstance(outcome, Candidate) else None) == (expected if whole.numbers else None)
    if isinstance(outcome, Candidate):
        assert (outcome.begin, outcome.end) == (whole.begin, whole.end)


@pytest.mark.parametrize("value", ["postgres", "root", "admin", "password", "123456"])
@pytest.mark.parametrize(
    "form", ["    POSTGRES_PASSWORD: {}\n", "MYSQL_ROOT_PASSWORD={}\n", '- "RABBITMQ_DEFAULT_PASS={}"\n']
)
def test_a_word_opens_the_service_whose_setting_it_is(form: str, value: str) -> None:
    assert [finding.rule_id for finding in found_in(form.format(value))] == ["generic-password"]


@pytest.mark.parametrize(
    "text",
    [
        "    POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}\n",
        "    POSTGRES_PASSWORD: changeme\n",
        'password = env.getOrDefault("RABBITMQ_DEFAULT_PASS", "guest");\n',
        "                password = nexusPassword ?: fallback\n",
        "secret_key = base64.urlsafe_b64decode(fernet_key)\n",
        "register_algorithm password = SecurePassword::BCryptPassword\n",
        'token = "************************"\n',
        'client_secret = "00000000-0000-0000-0000-000000000000"\n',
        'WS_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"\n',
        '"%n%nUsing generated security password: %s%n%nThis is for development. "\n',
        'url = "mysql://myuser:mypass@db.acme.dev/shop"\n',
        f'<input type="hidden" name="authenticity_token" value="{random_text(ALPHANUMERIC, 60, "page")}">\n',
        "PASSWORD_RESET_TIMEOUT = 259200\n",
        "$this->options['auth'] = [$username, $password, 'ntlm2'];\n",
        f"<token>{random_text(HEX, 14, 'cut')}...</token>\n",
        "secret_key = base64.urlsafe_b64decode(fernet_key2)\n",
        'client_secret = "11111111-1111-1111-1111-111111111111"\n',
        f'export PUBLIC_API_KEY="{random_text(ALPHANUMERIC, 43, "public")}"\n',
        f"a.png?X-Amz-Credential={random_text(ALPHANUMERIC, 20, 'scope')}%2F20250310%2Fus-east-1%2Fs3\n",
        f'mock_token = "{random_text(ALPHANUMERIC, 40, "mock")}"\n',
        f"secret: {ENCODED_EXAMPLE}\n",
    ],
)
def test_what_is_known_to_be_none_is_not_reported(text: str) -> None:
    assert found_in(text) == []
