"""Azure keys that can be identified: a signature of four characters at a fixed place says which service issued them.

There are two forms. The older one is 32, 40 or 64 random bytes in base64, of which the bytes before the checksum spell
the signature. The newer one has 84 letters and digits: 52 random ones, `JQQJ9` and a digit, the date, what the platform
and the provider reserve, the signature of the provider, and a checksum.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import Provider, base62, base64, base64url, either, run

if TYPE_CHECKING:
    from beca_core import Rule
    from beca_scanners.building.shape import Piece

AZURE: Final = Provider(
    name="Azure",
    category="cloud",
    reference="https://learn.microsoft.com/en-us/purview/sit-defn-azure",
    remediation="Regenerate the key under Keys of the resource in the Azure portal, and give it to those who need it.",
)
ANY_SERVICE: Final = "azure-identifiable-key"
_END_OF_64: Final = (base64(5), run("AQgw", 1), "==")
_END_OF_32: Final = (run("A-P", 1), base64(5), "=")


def _of_84(signature: Piece) -> tuple[Piece, ...]:
    """Return the shape of a key of 84 characters; up to two more fill it up to a length of base64."""
    return base62(52), "JQQJ9", either("9", "D", "H"), base62(1), run("A-L", 1), base62(16), signature, base62(4, 6)


def _service(
    rule_id: str, description: str, signature: str, documentation: str, *, severity: Severity = Severity.HIGH
) -> Rule:
    rule = AZURE.token(
        rule_id,
        description,
        *_of_84(signature),
        severity=severity,
        reference=f"https://learn.microsoft.com/en-us/azure/{documentation}",
    )
    return replace(rule, supersedes=(*rule.supersedes, ANY_SERVICE))


RULES: Final = (
    AZURE.token(
        "azure-storage-account-key",
        "Azure Storage account key",
        base64(76),
        "+ASt",
        *_END_OF_64,
        severity=Severity.CRITICAL,
        reference="https://learn.microsoft.com/en-us/azure/storage/common/storage-account-keys-manage",
    ),
    AZURE.token(
        "azure-cosmos-db-key",
        "Azure Cosmos DB account key",
        base64(76),
        "ACDb",
        *_END_OF_64,
        severity=Severity.CRITICAL,
        reference="https://learn.microsoft.com/en-us/azure/cosmos-db/secure-access-to-data",
    ),
    AZURE.token(
        "azure-batch-key",
        "Azure Batch account key",
        base64(76),
        "+ABa",
        *_END_OF_64,
        severity=Severity.CRITICAL,
        reference="https://learn.microsoft.com/en-us/azure/batch/batch-account-create-portal",
    ),
    AZURE.token(
        "azure-api-management-key",
        "Azure API Management key: of a subscription, a gateway, the repository or direct management",
        base64(76),
        "APIM",
        *_END_OF_64,
        reference="https://learn.microsoft.com/en-us/azure/api-management/api-management-subscriptions",
    ),
    AZURE.token(
        "azure-machine-learning-classic-key",
        "Azure Machine Learning Studio (classic) web service key",
        base64(76),
        "+AMC",
        *_END_OF_64,
        reference="https://learn.microsoft.com/en-us/previous-versions/azure/machine-learning/classic/consume-web-services",
    ),
    AZURE.token(
        "azure-iot-provisioning-key",
        "Azure IoT Hub Device Provisioning Service key or enrolment key of 64 bytes",
        base64(76),
        "AIoT",
        *_END_OF_64,
        reference="https://learn.microsoft.com/en-us/azure/iot-dps/concepts-symmetric-key-attestation",
    ),
    AZURE.token(
        "azure-functions-key",
        "Azure Functions access key: of a function, a host or the master key",
        base64url(44),
        "AzFu",
        base64url(5),
        run("AQgw", 1),
        "==",
        reference="https://learn.microsoft.com/en-us/azure/azure-functions/function-keys-how-to",
    ),
    AZURE.token(
        "azure-search-key",
        "Azure AI Search admin key or query key",
        base62(42),
        "AzSe",
        run("A-D", 1),
        base62(5),
        reference="https://learn.microsoft.com/en-us/azure/search/search-security-api-keys",
    ),
    AZURE.token(
        "azure-container-registry-key",
        "Azure Container Registry password of the admin user or a token",
        base64(42),
        "+ACR",
        run("A-D", 1),
        base64(5),
        severity=Severity.CRITICAL,
        reference="https://learn.microsoft.com/en-us/azure/container-registry/container-registry-authentication",
    ),
    AZURE.token(
        "azure-cache-redis-key",
        "Azure Cache for Redis access key",
        base64(33),
        "AzCa",
        *_END_OF_32,
        reference="https://learn.microsoft.com/en-us/azure/azure-cache-for-redis/cache-configure",
    ),
    AZURE.token(
        "azure-service-bus-key",
        "Azure Service Bus shared access key",
        base64(33),
        "+ASb",
        *_END_OF_32,
        reference="https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas",
    ),
    AZURE.token(
        "azure-event-hubs-key",
        "Azure Event Hubs shared access key",
        base64(33),
        "+AEh",
        *_END_OF_32,
        reference="https://learn.microsoft.com/en-us/azure/event-hubs/authenticate-shared-access-signature",
    ),
    AZURE.token(
        "azure-relay-key",
        "Azure Relay shared access key",
        base64(33),
        "+ARm",
        *_END_OF_32,
        reference="https://learn.microsoft.com/en-us/azure/azure-relay/relay-authentication-and-authorization",
    ),
    AZURE.token(
        "azure-iot-key",
        "Azure IoT Hub shared access key: of a hub, a device or a provisioning service",
        base64(33),
        "AIoT",
        *_END_OF_32,
        reference="https://learn.microsoft.com/en-us/azure/iot-hub/authenticate-authorize-sas",
    ),
    AZURE.token(
        ANY_SERVICE,
        "Azure service key in the identifiable form of 84 characters",
        *_of_84(base62(4)),
        reference="https://learn.microsoft.com/en-us/purview/sit-defn-azure",
    ),
    _service(
        "azure-ai-services-key",
        "Azure AI services key: OpenAI, Speech, Vision, Language, Translator, Face and all other Cognitive Services",
        "ACOG",
        "ai-services/authentication",
    ),
    _service(
        "azure-machine-learning-key",
        "Azure Machine Learning key of an inference endpoint",
        "AZML",
        "machine-learning/how-to-authenticate-online-endpoint",
    ),
    _service("azure-maps-key", "Azure Maps shared key", "AZMP", "azure-maps/azure-maps-authentication"),
    _service(
        "azure-app-configuration-key",
        "Azure App Configuration access key",
        "AZAC",
        "azure-app-configuration/howto-disable-access-key-authentication",
    ),
    _service(
        "azure-container-registry-identifiable-key",
        "Azure Container Registry password in the form of 84 characters",
        "AZCR",
        "container-registry/container-registry-authentication",
        severity=Severity.CRITICAL,
    ),
    _service(
        "azure-bot-service-key",
        "Azure Bot Service secret of the Direct Line or web chat channel",
        "AZBS",
        "bot-service/bot-service-channel-connect-directline",
    ),
    _service("azure-event-grid-key", "Azure Event Grid access key", "AZEG", "event-grid/get-access-keys"),
    _service(
        "azure-communication-services-key",
        "Azure Communication Services access key",
        "AZCS",
        "communication-services/concepts/authentication",
    ),
    _service(
        "azure-signalr-key", "Azure SignalR Service access key", "ASRS", "azure-signalr/signalr-howto-key-rotation"
    ),
    _service(
        "azure-web-pubsub-key", "Azure Web PubSub access key", "AWPS", "azure-web-pubsub/howto-secure-rotate-access-key"
    ),
    AZURE.token(
        "azure-devops-access-token",
        "Azure DevOps personal access token in the form of 84 characters",
        base62(76),
        "AZDO",
        base62(4),
        severity=Severity.CRITICAL,
        reference="https://learn.microsoft.com/en-us/purview/sit-defn-azure-devops-personal-access-token",
        supersedes=(ANY_SERVICE,),
    ),
)
