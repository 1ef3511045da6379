"""Azure connection strings: the key in them, with the host that it opens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import Provider, base62, base64, either, run
from beca_scanners.building.placed import TokenPlace

if TYPE_CHECKING:
    from beca_core import Rule

AZURE: Final = Provider(
    name="Azure",
    category="cloud",
    reference="https://learn.microsoft.com/en-us/purview/sit-defn-azure",
    remediation="Regenerate the key of the resource in the Azure portal, and store the new string in a vault.",
)
BY_LESS: Final = ("azure-*-key",)
"""The rules of the keys alone."""
_NAME: Final = r"[A-Za-z0-9-]{2,63}"
_KEY_NAME: Final = r"[\w.-]{1,64}"
_GAP: Final = r"/?[ \t]{0,2};[ \t]{0,2}"
_KEY: Final = (base64(42, 90), either("==", "="))
"""32 to 68 bytes in base64. Keys of 84 letters and digits have no padding; other rules find them anywhere."""
_END: Final = r"(?:[^=\w+/-]|$)"
_PASSWORD: Final = run("0-9A-Za-z!#-&(-/:<=>?@^_~-", 8, 128)


def _connection(
    rule_id: str,
    description: str,
    host: str,
    before: str,
    line: str,
    documentation: str,
    *,
    severity: Severity = Severity.HIGH,
) -> Rule:
    place = TokenPlace(
        before=before.replace("HOST", f"(?P<host>{_NAME}{host})"),
        after=_END,
        lines=(line, f'<add key="Connection" value="{line}" />', f"export CONNECTION='{line}'"),
    )
    return place.rule(
        AZURE,
        rule_id,
        description,
        *_KEY,
        severity=severity,
        attributes=("host",),
        supersedes=BY_LESS,
        reference=f"https://learn.microsoft.com/en-us/azure/{documentation}",
    )


_CERTIFICATE: Final = TokenPlace(
    before=r"ManagementCertificate=\"?",
    lines=('<Subscription Id="0e4f8a5e" Name="shop" ManagementCertificate="{}" />',),
    max_bytes=16_384,
).rule(
    AZURE,
    "azure-management-certificate",
    "Azure service management certificate and private key in a publish settings file, from its beginning on",
    "MII",
    base64(500, 900),
    severity=Severity.CRITICAL,
    reference="https://learn.microsoft.com/en-us/previous-versions/azure/reference/ee460799(v=azure.100)",
    remediation="Delete the certificate under Management certificates of the subscription in the Azure portal.",
)

RULES: Final = (
    # A certificate is longer than RE2 counts.
    replace(_CERTIFICATE, pattern=f"{_CERTIFICATE.pattern}".replace("{500,900}", "{500,}")),
    _connection(
        "azure-app-configuration-connection",
        "Azure App Configuration connection string",
        r"\.azconfig\.io",
        rf"[Ee]ndpoint=https://HOST{_GAP}Id=[^;\s\"']{{1,80}};Secret=",
        "Endpoint=https://shop-settings.azconfig.io;Id=ab1c-l0-s0:qwRt;Secret={}",
        "azure-app-configuration/howto-disable-access-key-authentication",
    ),
    _connection(
        "azure-communication-services-connection",
        "Azure Communication Services connection string",
        r"(?:\.[a-z]{2,20})?\.communication\.azure\.(?:com|us)",
        rf"[Ee]ndpoint=https://HOST{_GAP}[Aa]ccess[Kk]ey=",
        "endpoint=https://shop-calls.europe.communication.azure.com/;accesskey={}",
        "communication-services/quickstarts/create-communication-resource",
    ),
    _connection(
        "azure-signalr-connection",
        "Azure SignalR Service connection string",
        r"\.service\.signalr\.(?:net|azure\.us|azure\.cn)",
        rf"[Ee]ndpoint=https?://HOST(?::[0-9]{{2,5}})?{_GAP}[Aa]ccess[Kk]ey=",
        "Endpoint=https://shop-live.service.signalr.net;AccessKey={};Version=1.0;",
        "azure-signalr/concept-connection-string",
    ),
    _connection(
        "azure-web-pubsub-connection",
        "Azure Web PubSub connection string",
        r"\.webpubsub\.azure\.(?:com|us|cn)",
        rf"[Ee]ndpoint=https?://HOST(?::[0-9]{{2,5}})?{_GAP}[Aa]ccess[Kk]ey=",
        "Endpoint=https://shop-live.webpubsub.azure.com;AccessKey={};Version=1.0;",
        "azure-web-pubsub/howto-websocket-connect",
    ),
    _connection(
        "azure-service-bus-connection",
        "Azure Service Bus, Event Hubs, Notification Hubs or Relay connection string",
        r"\.servicebus\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)",
        rf"[Ee]ndpoint=sb://HOST(?::[0-9]{{2,5}})?{_GAP}SharedAccessKeyName={_KEY_NAME};SharedAccessKey=",
        "Endpoint=sb://shop-orders.servicebus.windows.net/;SharedAccessKeyName=RootManage;SharedAccessKey={}",
        "service-bus-messaging/service-bus-sas",
    ),
    _connection(
        "azure-iot-hub-connection",
        "Azure IoT Hub connection string",
        r"\.azure-devices\.(?:net|us|cn)",
        rf"HostName=HOST{_GAP}SharedAccessKeyName={_KEY_NAME};SharedAccessKey=",
        "HostName=shop-sensors.azure-devices.net;SharedAccessKeyName=iothubowner;SharedAccessKey={}",
        "iot-hub/authenticate-authorize-sas",
        severity=Severity.CRITICAL,
    ),
    _connection(
        "azure-iot-device-connection",
        "Azure IoT device or module connection string",
        r"\.azure-devices\.(?:net|us|cn)",
        rf"HostName=HOST{_GAP}DeviceId=[^;\s\"']{{1,128}};(?:ModuleId=[^;\s\"']{{1,128}};)?"
        r"(?:GatewayHostName=[^;\s\"']{1,128};)?SharedAccessKey=",
        "HostName=shop-sensors.azure-devices.net;DeviceId=scale-7;SharedAccessKey={}",
        "iot-hub/create-connect-device",
    ),
    _connection(
        "azure-iot-provisioning-connection",
        "Azure IoT Hub Device Provisioning Service connection string",
        r"\.azure-devices-provisioning\.(?:net|us|cn)",
        rf"HostName=HOST{_GAP}SharedAccessKeyName={_KEY_NAME};SharedAccessKey=",
        "HostName=shop-sensors.azure-devices-provisioning.net;SharedAccessKeyName=owner;SharedAccessKey={}",
        "iot-dps/how-to-control-access",
        severity=Severity.CRITICAL,
    ),
    _connection(
        "azure-cosmos-db-connection",
        "Azure Cosmos DB connection string",
        r"\.documents\.azure\.(?:com|us|cn)",
        rf"AccountEndpoint=https://HOST(?::[0-9]{{2,5}})?{_GAP}AccountKey=",
        "AccountEndpoint=https://shop-baskets.documents.azure.com:443/;AccountKey={};",
        "cosmos-db/nosql/how-to-dotnet-get-started",
        severity=Severity.CRITICAL,
    ),
    _connection(
        "azure-cache-redis-connection",
        "Azure Cache for Redis connection string",
        r"\.redis\.cache\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)",
        r"HOST(?::[0-9]{2,5})?,[ ]{0,2}(?:[a-z]{3,20}=[\w.]{1,40},[ ]{0,2}){0,4}password=",
        "shop-cache.redis.cache.windows.net:6380,password={},ssl=True,abortConnect=False",
        "azure-cache-for-redis/cache-dotnet-how-to-use-azure-redis-cache",
    ),
    TokenPlace(
        before=r"AccountName=(?P<account>[a-z0-9]{3,24});AccountKey=",
        lines=(
            "DefaultEndpointsProtocol=https;AccountName=shopfiles;AccountKey={};EndpointSuffix=core.windows.net",
            'AzureWebJobsStorage="DefaultEndpointsProtocol=https;AccountName=shopfiles;AccountKey={}"',
        ),
    ).rule(
        AZURE,
        "azure-storage-connection",
        "Azure Storage connection string",
        base64(86),
        "==",
        severity=Severity.CRITICAL,
        attributes=("account",),
        supersedes=BY_LESS,
        reference="https://learn.microsoft.com/en-us/azure/storage/common/storage-configure-connection-string",
    ),
    TokenPlace(
        before=r"ResourceGroupName=[\w.()-]{1,90};WorkspaceName=[\w-]{2,60};ApiKey=",
        after=_END,
        lines=("ResourceGroupName=lab;WorkspaceName=qubits;ApiKey={};QuantumEndpoint=https://x.quantum.azure.com/;",),
    ).rule(
        AZURE,
        "azure-quantum-connection",
        "Azure Quantum workspace connection string",
        *_KEY,
        supersedes=BY_LESS,
        reference="https://learn.microsoft.com/en-us/azure/quantum/how-to-connect-workspace",
    ),
    TokenPlace(
        before=r"(?:[Ss]erver|[Dd]ata [Ss]ource|[Aa]ddress)[ ]?=[ ]?(?:tcp:)?"
        r"(?P<host>[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,40})?\.(?:database|sql)\.(?:windows|azuresynapse)\.net)"
        r"[^\n\"']{0,300}?;[ ]?(?:[Pp]assword|[Pp]wd|PWD)[ ]?=[ ]?",
        after=r"(?:[;\"'\n]|$)",
        lines=(
            "Server=tcp:shop.database.windows.net,1433;Initial Catalog=shop;User ID=clerk;Password={};Encrypt=True;",
            '"Data Source=shop.database.windows.net;Database=shop;Uid=clerk;Pwd={}"',
        ),
        max_bytes=640,
    ).rule(
        AZURE,
        "azure-sql-password",
        "Azure SQL Database password in a connection string",
        _PASSWORD,
        severity=Severity.CRITICAL,
        attributes=("host",),
        supersedes=("*-connection-string-password",),
        boundary="",
        reference="https://learn.microsoft.com/en-us/azure/azure-sql/database/connect-query-content-reference-guide",
        remediation="Reset the password of the login, and sign in with Microsoft Entra identities if possible.",
    ),
    TokenPlace(
        before=r"scm\.azurewebsites\.net[^\n]{0,300}?userPWD=\"",
        after='"',
        lines=('publishUrl="shop.scm.azurewebsites.net:443" msdeploySite="shop" userName="$shop" userPWD="{}" ',),
        max_bytes=512,
    ).rule(
        AZURE,
        "azure-app-service-publish-password",
        "Azure App Service password in a publish profile",
        base62(50, 64),
        severity=Severity.CRITICAL,
        reference="https://learn.microsoft.com/en-us/azure/app-service/deploy-configure-credentials",
        remediation="Reset the publish profile of the application, which makes a new password.",
    ),
)
