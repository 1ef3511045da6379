"""Keys in formats other than PEM: PuTTY, OpenVPN, WireGuard, minisign, JWK, Tink, key stores, TSIG, Ansible Vault."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final

from beca_core import CounterExample, Severity, Step, random_text
from beca_core.checks import Entropy
from beca_scanners.building import base64, base64url, hexadecimal, run
from beca_scanners.building.file_format import FileFormat

if TYPE_CHECKING:
    from beca_core import Rule

_NEW_KEY: Final = "Make a new key pair, and take the old public key out of every place that trusts it."
_RANDOM: Final = Entropy(min_share=0.6)
_BYTES: Final = "".join(map(chr, range(256)))


def _lines(seed: str, count: int, characters: str = "0-9A-Za-z+/", width: int = 64) -> str:
    return "\n".join(run(characters, width).sample(f"{seed} {number}") for number in range(count))


def _base64_of(beginning: bytes, size: int, seed: str) -> str:
    return b64encode(beginning + random_text(_BYTES, size, seed).encode("latin-1")).decode()


def _key_of(size: int, seed: str) -> str:
    return _base64_of(b"", size, seed)


PUTTY: Final = FileFormat(
    name="PuTTY",
    category="key",
    reference="https://tartarus.org/~simon/putty-snapshots/htmldoc/AppendixC.html",
    remediation=_NEW_KEY,
)
OPENVPN: Final = FileFormat(
    name="OpenVPN",
    category="key",
    reference="https://openvpn.net/community-resources/static-key-mini-howto/",
    remediation="Make a new static key, and give it to all ends of the tunnel.",
)
MINISIGN: Final = FileFormat(
    name="minisign",
    category="key",
    reference="https://jedisct1.github.io/minisign/",
    remediation="Make a new key pair, publish its public key, and tell users not to trust the old one.",
)
JWK: Final = FileFormat(
    name="JSON Web Key",
    category="key",
    reference="https://www.rfc-editor.org/rfc/rfc7517",
    remediation="Make a new key, and take the old one out of the key set.",
)
TINK: Final = FileFormat(
    name="Tink",
    category="key",
    reference="https://developers.google.com/tink/design/keysets",
    remediation="Rotate the keyset, and encrypt anew what the old key encrypted.",
)
KEYSTORE: Final = FileFormat(
    name="Key store",
    category="key",
    reference="https://www.rfc-editor.org/rfc/rfc7292",
    remediation=_NEW_KEY,
)
TSIG: Final = FileFormat(
    name="TSIG",
    category="key",
    reference="https://bind9.readthedocs.io/en/stable/chapter7.html#tsig",
    remediation="Make a new key, and give it to both servers.",
)
DNSSEC: Final = FileFormat(
    name="DNSSEC",
    category="key",
    reference="https://bind9.readthedocs.io/en/stable/manpages.html#dnssec-keygen-dnssec-key-generation-tool",
    remediation="Roll the key of the zone over.",
)
ANSIBLE: Final = FileFormat(
    name="Ansible",
    category="key",
    reference="https://docs.ansible.com/ansible/latest/vault_guide/vault_using_encrypted_content.html",
    remediation="Nothing, while the password is long and kept apart. If it leaked, replace all that the vault holds.",
)

_PUTTY_TEXT: Final = (
    "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: {kind}\nComment: robot\nPublic-Lines: 2\n"
    + _lines("putty public", 2)
    + "\nPrivate-Lines: 1\n{{}}\nPrivate-MAC: "
    + hexadecimal(64).sample("putty")
    + "\n"
)
_PUTTY_PATTERN: Final = (
    r"PuTTY-User-Key-File-[123]: [\w@.-]{{1,40}}\s{{1,2}}Encryption: {kind}\s{{1,2}}Comment: [^\r\n]{{0,200}}\s{{1,2}}"
    r"Public-Lines: [0-9]{{1,3}}\s{{1,2}}[0-9A-Za-z+/=\s]+{derivation}"
    r"Private-Lines: [0-9]{{1,3}}\s{{1,2}}(?P<secret>[0-9A-Za-z+/\r\n]{{60,}}={{0,2}})\s{{1,2}}Private-MAC"
)
_PUTTY: Final = PUTTY.secret(
    "putty-private-key",
    "Private key of PuTTY without a passphrase",
    _PUTTY_PATTERN.format(kind="none", derivation=""),
    _PUTTY_TEXT.format(kind="none"),
    values=(_lines("putty", 1, width=63) + "=", _lines("putty", 14)),
    severity=Severity.CRITICAL,
    boundary="0-9A-Za-z+/=",
    checks=(),
    counter_examples=(_PUTTY_TEXT.format(kind="aes256-cbc").format(_lines("putty", 1)),),
    multiline=True,
    max_bytes=16_000,
)

RULES: Final[tuple[Rule, ...]] = (
    _PUTTY,
    OPENVPN.secret(
        "openvpn-static-key",
        "Static key of OpenVPN",
        r"-----BEGIN OpenVPN Static key V1-----\s{1,4}(?P<secret>[0-9a-f\r\n]{200,}[0-9a-f])\s{1,4}-----END",
        "-----BEGIN OpenVPN Static key V1-----\n{}\n-----END OpenVPN Static key V1-----\n",
        values=(_lines("openvpn", 16, "0-9a-f", 32), _lines("openvpn 2", 18, "0-9a-f", 32)),
        checks=(),
        counter_examples=("-----BEGIN OpenVPN Static key V1-----\n...\n-----END OpenVPN Static key V1-----",),
        severity=Severity.CRITICAL,
        multiline=True,
        max_bytes=4096,
    ),
    MINISIGN.secret(
        "minisign-secret-key",
        "Secret key of minisign or signify",
        r"^(?P<secret>RWRTY0Iy[0-9A-Za-z+/]{200,210}={0,2}|RWRCSw[0-9A-Za-z+/]{120,140}={0,2})",
        "untrusted comment: minisign encrypted secret key\n{}\n",
        "untrusted comment: signify secret key\n{}\n",
        values=("RWRTY0Iy" + base64(204).sample("minisign"), "RWRCSw" + base64(132).sample("signify")),
        boundary="0-9A-Za-z+/",
        checks=(),
        counter_examples=(f"untrusted comment: minisign public key\nRW{base64(54).sample('public')}\n",),
        severity=Severity.CRITICAL,
    ),
    JWK.secret(
        "jwk-private-key",
        "Private key in a JSON Web Key",
        r'"d"\s{0,8}:\s{0,8}"(?P<secret>[0-9A-Za-z_-]{42,700})"',
        '{{\n  "kty": "RSA",\n  "e": "AQAB",\n  "n": "vX",\n  "d": "{}"\n}}\n',
        '{{"kty": "EC", "crv": "P-256", "d": "{}", "use": "sig"}}',
        values=(base64url(43).sample("jwk"), base64url(342).sample("jwk")),
        near=('"kty"',),
        within=900,
        alone='{{"d": "{}"}}',
        checks=(_RANDOM,),
        counter_examples=(
            '{"kty": "EC", "crv": "P-256", "x": "f83OJ3D2"}',
            CounterExample(f'{{"kty": "EC", "d": "{"A" * 43}"}}', step=Step.CHECK, check="entropy"),
        ),
        severity=Severity.CRITICAL,
        multiline=True,
    ),
    JWK.secret(
        "jwk-symmetric-key",
        "Symmetric key in a JSON Web Key",
        r'"k"\s{0,8}:\s{0,8}"(?P<secret>[0-9A-Za-z_-]{22,700})"',
        '{{\n  "kty": "oct",\n  "alg": "HS256",\n  "k": "{}"\n}}\n',
        '{{"k": "{}", "kty":"oct"}}',
        values=(base64url(22).sample("jwk oct"), base64url(86).sample("jwk oct")),
        near=('"oct"',),
        within=300,
        alone='{{"kty": "RSA", "k": "{}"}}',
        checks=(_RANDOM,),
        counter_examples=(CounterExample(f'{{"kty": "oct", "k": "{"A" * 43}"}}', step=Step.CHECK, check="entropy"),),
        severity=Severity.CRITICAL,
        multiline=True,
    ),
    TINK.secret(
        "tink-keyset",
        "Key of a keyset of Tink that is not encrypted",
        r'"value"\s{0,8}:\s{0,8}"(?P<secret>[0-9A-Za-z+/]{20,1000}={0,2})"',
        '{{"typeUrl": "type.googleapis.com/x.AesGcmKey", "keyMaterialType": "SYMMETRIC", "value": "{}"}}',
        '{{\n  "keyMaterialType": "ASYMMETRIC_PRIVATE",\n  "value": "{}"\n}}\n',
        values=(base64(26).sample("tink"), base64(91).sample("tink") + "="),
        near=('"symmetric"', '"asymmetric_private"'),
        within=300,
        alone='{{"value": "{}"}}',
        boundary="0-9A-Za-z+/",
        checks=(_RANDOM,),
        counter_examples=(
            CounterExample(
                f'{{"keyMaterialType": "SYMMETRIC", "value": "{"A" * 24}"}}', step=Step.CHECK, check="entropy"
            ),
        ),
        severity=Severity.CRITICAL,
        multiline=True,
        max_bytes=1100,
    ),
    KEYSTORE.secret(
        "pkcs12-key-store",
        "Key store in PKCS #12, in base64",
        r"(?P<secret>MII[0-9A-Za-z+/]{3}IBAzCC[0-9A-Za-z+/]{300,})",
        "keystore: {}\n",
        'certificate = "{}"\n',
        values=(
            _base64_of(b"\x30\x82\x04\x00\x02\x01\x03\x30\x82\x04", 300, "pkcs12").rstrip("="),
            _base64_of(b"\x30\x82\x08\x00\x02\x01\x03\x30\x82\x08", 900, "pkcs12").rstrip("="),
        ),
        boundary="0-9A-Za-z+/",
        checks=(),
        counter_examples=(_base64_of(b"\x30\x82\x04\x00\x30\x82\x03\xa0", 300, "certificate"),),
        max_bytes=32_000,
    ),
    KEYSTORE.secret(
        "java-key-store",
        "Key store of Java (JKS or JCEKS), in base64",
        r"(?P<secret>(?:/u3\+7QAAAAIAAAA|zs7OzgAAAAIAAAA)[0-9A-Za-z+/]{200,})",
        "keystore: {}\n",
        'jks = "{}"\n',
        values=(
            _base64_of(b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01\0", 300, "jks").rstrip("="),
            _base64_of(b"\xce\xce\xce\xce\0\0\0\x02\0\0\0\x01\0", 900, "jceks").rstrip("="),
        ),
        boundary="0-9A-Za-z+/",
        checks=(),
        counter_examples=("/u3+7QAAAAIAAAAB",),
        max_bytes=32_000,
    ),
    TSIG.secret(
        "tsig-key",
        "Key with which name servers sign messages (TSIG)",
        r'\bsecret[ \t][ \t]{0,7}"(?P<secret>[0-9A-Za-z+/]{20,120}={0,2})"',
        'key "transfer" {{\n  algorithm hmac-sha256;\n  secret "{}";\n}};\n',
        'key update. {{ algorithm hmac-sha512; secret "{}"; }};\n',
        values=(_key_of(32, "tsig"), _key_of(64, "tsig")),
        near=("algorithm",),
        within=100,
        alone='secret "{}";\n',
        boundary="0-9A-Za-z+/",
        checks=(_RANDOM,),
        counter_examples=(
            CounterExample(
                f'key "x" {{ algorithm hmac-md5; secret "{"A" * 22}=="; }};', step=Step.CHECK, check="entropy"
            ),
        ),
    ),
    DNSSEC.secret(
        "dnssec-private-key",
        "Private key of a zone of DNS",
        r"Private-key-format: v1\.[0-9]\s{1,2}Algorithm: [^\r\n]{1,60}\s{1,2}"
        r"(?:(?:Modulus|PublicExponent): [^\r\n]+\s{1,2}){0,2}"
        r"Private(?:Key|Exponent): (?P<secret>[0-9A-Za-z+/]{40,800}={0,2})",
        "Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey: {}\nCreated: 20240101000000\n",
        "Private-key-format: v1.3\nAlgorithm: 8 (RSASHA256)\nModulus: "
        + _key_of(64, "modulus")
        + "\nPublicExponent: AQAB\nPrivateExponent: {}\n",
        values=(_key_of(32, "dnssec"), _key_of(256, "dnssec")),
        boundary="0-9A-Za-z+/=",
        checks=(),
        counter_examples=("Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey: ...\n",),
        severity=Severity.CRITICAL,
        multiline=True,
        max_bytes=4000,
    ),
    ANSIBLE.secret(
        "ansible-vault",
        "Encrypted content of Ansible Vault",
        r"(?P<secret>\$ANSIBLE_VAULT;1\.[0-9];AES(?:256)?(?:;[\w.-]{1,64})?[ \t]{0,4}\r?\n[ \t]{0,20}[0-9a-f]{60,80})",
        "{}\n",
        "password: !vault |\n          {}\n",
        values=(
            f"$ANSIBLE_VAULT;1.1;AES256\n{hexadecimal(80).sample('vault')}",
            f"$ANSIBLE_VAULT;1.2;AES;dev-Box_1.0\n  {hexadecimal(62).sample('vault')}",
        ),
        boundary="0-9A-Za-z",
        checks=(),
        counter_examples=("$ANSIBLE_VAULT;1.1;AES256\n",),
        severity=Severity.LOW,
        multiline=True,
        max_bytes=16_000,
    ),
)
