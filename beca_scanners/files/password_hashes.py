"""Hashes of passwords: in `/etc/shadow`, `.htpasswd`, dumps of databases and configuration.

A hash is no password, but whoever has it can try passwords without anybody noticing. The formats are those of
crypt(5), of Apache's htpasswd, of LDAP (RFC 2307) and of web frameworks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from beca_core import Confidence, Severity
from beca_scanners.building import Provider, digits, either, hexadecimal, run
from beca_scanners.building.doubts import NotInExample

if TYPE_CHECKING:
    from beca_core import Rule
    from beca_scanners.building import TokenRun

_CRYPT: Final = "./0-9A-Za-z"
_BOUNDARY: Final = "0-9A-Za-z/$"


def _hash(least: int, most: int | None = None) -> TokenRun:
    return run(_CRYPT, least, most)


HASH: Final = Provider(
    name="crypt",
    category="password-hash",
    reference="https://man7.org/linux/man-pages/man5/crypt.5.html",
    remediation="Change the password, keep hashes out of the repository, and use a slow method such as yescrypt.",
)
FRAMEWORK: Final = Provider(
    name="Password storage",
    category="password-hash",
    reference="https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html",
    remediation="Change the password, and keep dumps of accounts out of the repository.",
)
_FORMATS: Final[tuple[Rule, ...]] = (
    HASH.token(
        "bcrypt-hash",
        "Hash of a password, by bcrypt",
        "$2",
        either("a", "b", "y", "x"),
        "$",
        either("04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16"),
        "$",
        _hash(53),
        boundary=_BOUNDARY,
    ),
    HASH.token(
        "md5-crypt-hash",
        "Hash of a password, by MD5 crypt",
        either("$1$", "$apr1$"),
        _hash(4, 8),
        "$",
        _hash(22),
        boundary=_BOUNDARY,
    ),
    HASH.token(
        "sha256-crypt-hash",
        "Hash of a password, by SHA-256 crypt",
        "$5$",
        either("", "rounds=5000$", "rounds=535000$"),
        _hash(8, 16),
        "$",
        _hash(43),
        boundary=_BOUNDARY,
    ),
    HASH.token(
        "sha512-crypt-hash",
        "Hash of a password, by SHA-512 crypt",
        "$6$",
        either("", "rounds=5000$", "rounds=656000$", "rounds=4096$"),
        _hash(8, 16),
        "$",
        _hash(86),
        boundary=_BOUNDARY,
    ),
    HASH.token(
        "yescrypt-hash",
        "Hash of a password, by yescrypt or gost-yescrypt",
        either("$y$", "$gy$"),
        _hash(3, 12),
        "$",
        _hash(8, 86),
        "$",
        _hash(43),
        boundary=_BOUNDARY,
    ),
    HASH.token(
        "sun-md5-hash",
        "Hash of a password, by Sun's MD5",
        "$md5",
        either("$", ",rounds=5000$", ",rounds=89650$"),
        _hash(4, 16),
        either("$", "$$"),
        _hash(22),
        boundary=_BOUNDARY,
    ),
    FRAMEWORK.token(
        "argon2-hash",
        "Hash of a password, by Argon2",
        "$argon2",
        either("id", "i", "d"),
        "$v=19$m=",
        digits(2, 8),
        ",t=",
        digits(1, 3),
        ",p=",
        digits(1, 3),
        "$",
        run("0-9A-Za-z+/", 11, 86),
        "$",
        run("0-9A-Za-z+/", 22, 172),
        boundary="0-9A-Za-z+/",
    ),
    FRAMEWORK.token(
        "django-password-hash",
        "Hash of a password of a user of Django",
        either("pbkdf2_sha256$", "pbkdf2_sha1$"),
        digits(4, 7),
        "$",
        run("0-9A-Za-z", 12, 32),
        "$",
        run("0-9A-Za-z+/", 27, 43),
        "=",
        boundary="0-9A-Za-z+/",
        reference="https://docs.djangoproject.com/en/stable/topics/auth/passwords/",
    ),
    FRAMEWORK.token(
        "werkzeug-password-hash",
        "Hash of a password, by Werkzeug, which Flask uses",
        either("pbkdf2:sha256:", "pbkdf2:sha512:"),
        digits(4, 7),
        "$",
        run("0-9A-Za-z", 8, 24),
        "$",
        hexadecimal(64, 128),
        reference="https://werkzeug.palletsprojects.com/en/stable/utils/#module-werkzeug.security",
    ),
    FRAMEWORK.token(
        "wordpress-password-hash",
        "Hash of a password, by phpass, which WordPress and phpBB use",
        either("$P$B", "$P$D", "$H$9", "$H$7"),
        _hash(30),
        boundary=_BOUNDARY,
        reference="https://developer.wordpress.org/reference/functions/wp_hash_password/",
    ),
    FRAMEWORK.token(
        "drupal-password-hash",
        "Hash of a password of a user of Drupal",
        "$S$",
        either("C", "D", "E", "F"),
        _hash(51),
        boundary=_BOUNDARY,
        reference="https://api.drupal.org/api/drupal/core!lib!Drupal!Core!Password!PhpassHashedPasswordBase.php/",
    ),
    FRAMEWORK.token(
        "ldap-password-hash",
        "Hash of a password, as directories store it",
        either("{SSHA}", "{SSHA512}", "{SSHA256}", "{SMD5}"),
        run("0-9A-Za-z+/", 24, 140),
        boundary="0-9A-Za-z+/",
        reference="https://www.rfc-editor.org/rfc/rfc2307#section-5.3",
    ),
    FRAMEWORK.token(
        "apache-sha1-hash",
        "Hash of a password in a file .htpasswd, by SHA-1",
        "{SHA}",
        run("0-9A-Za-z+/", 27),
        "=",
        boundary="0-9A-Za-z+/",
        reference="https://httpd.apache.org/docs/2.4/misc/password_encryptions.html",
    ),
)

RULES: Final = tuple(
    replace(rule, severity=Severity.MEDIUM, confidence=Confidence.MEDIUM, checks=(*rule.checks, NotInExample()))
    for rule in _FORMATS
)
"""A hash gives no access by itself, and documentation is full of them."""
