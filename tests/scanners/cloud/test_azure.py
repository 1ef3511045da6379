"""Azure's keys: the signature says which service issued one, and where it is in a connection string does not matter."""

from __future__ import annotations

import string
from functools import cache

import pytest

from beca_core import Engine, random_text
from beca_scanners.cloud import azure_access, azure_connections, azure_keys

LETTERS = string.digits + string.ascii_letters
BASE64 = LETTERS + "+/"


@cache
def engine() -> Engine:
    return Engine(rules=[*azure_keys.RULES, *azure_connections.RULES, *azure_access.RULES], cache_dir=False)


def key_of_84(signature: str) -> str:
    text = random_text(LETTERS, 78, signature)
    return f"{text[:52]}JQQJ99{text[52]}B{text[53:69]}{signature}{text[69:73]}"


def found(text: str) -> list[tuple[str, bytes]]:
    return [(finding.rule_id, finding.secret) for finding in engine().scan_text(text)]


@pytest.mark.parametrize(
    ("signature", "rule_id"),
    [
        ("ACOG", "azure-ai-services-key"),
        ("AZML", "azure-machine-learning-key"),
        ("AZDO", "azure-devops-access-token"),
        ("AZMP", "azure-maps-key"),
        ("Zz9q", "azure-identifiable-key"),
    ],
)
def test_a_key_is_one_finding_of_the_service_that_it_names(signature: str, rule_id: str) -> None:
    key = key_of_84(signature)
    assert len(key) == 84
    assert found(f'API_KEY = "{key}"') == [(rule_id, key.encode())]


def test_a_key_without_the_fixed_part_in_its_place_is_not_found() -> None:
    key = key_of_84("ACOG")
    assert found(key.replace("JQQJ", "JQQK")) == []
    assert found(f"{key[:30]}{key[31:]}") == []
    assert found(f"0{key}") == []


def test_a_token_of_azure_devops_is_known_by_its_signature_alone() -> None:
    token = random_text(LETTERS, 76, "devops") + "AZDO" + random_text(LETTERS, 4, "devops")
    assert found(f"az devops login {token}") == [("azure-devops-access-token", token.encode())]
    assert found(f"az devops login {token[1:]}") == []
    assert found(f"az devops login {token}x") == []


def test_a_storage_key_in_a_connection_string_is_one_finding() -> None:
    key = random_text(BASE64, 76, "storage") + "+ASt" + random_text(BASE64, 5, "checksum") + "Q=="
    text = f"DefaultEndpointsProtocol=https;AccountName=shopfiles;AccountKey={key};EndpointSuffix=core.windows.net"
    assert found(text) == [("azure-storage-connection", key.encode())]
    (finding,) = engine().scan_text(text)
    assert dict(finding.attributes) == {"account": "shopfiles"}
    assert found(f"key: {key}") == [("azure-storage-account-key", key.encode())]


def test_a_service_bus_key_is_found_with_its_host() -> None:
    key = random_text(BASE64, 33, "bus") + "+ASb" + "C" + random_text(BASE64, 5, "checksum") + "="
    text = f"Endpoint=sb://orders.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={key}"
    (finding,) = engine().scan_text(text)
    assert (finding.rule_id, finding.secret) == ("azure-service-bus-connection", key.encode())
    assert dict(finding.attributes) == {"host": "orders.servicebus.windows.net"}


@pytest.mark.parametrize("separator", ["&", "&amp;", "\\u0026"])
def test_a_signed_url_is_found_however_it_is_written(separator: str) -> None:
    signature = random_text(LETTERS, 43, "sas") + "%3D"
    query = separator.join(["sv=2022-11-02", "sr=b", "se=2030-01-01", "sp=r", f"sig={signature}"])
    assert found(f"https://shop.blob.core.windows.net/c/a.png?{query}") == [("azure-sas-token", signature.encode())]


def test_a_password_of_a_database_ends_where_the_connection_string_goes_on() -> None:
    password = random_text(LETTERS, 20, "sql")
    text = f"Server=tcp:shop.database.windows.net,1433;User ID=clerk;Password={password};Encrypt=True;"
    assert found(text) == [("azure-sql-password", password.encode())]
    assert found(text.replace("database.windows.net", "database.acme.net")) == []


def test_a_client_secret_has_its_mark_in_its_place() -> None:
    secret = f"{random_text(LETTERS, 3, 'a')}8Q~{random_text(LETTERS, 34, 'b')}"
    assert found(f"CLIENT_SECRET={secret}") == [("azure-entra-client-secret", secret.encode())]
    assert found(f"CLIENT_SECRET=x{secret}") == []
