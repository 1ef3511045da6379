"""Azure and Microsoft Entra: secrets of applications, signed URLs, tokens, and keys without a signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import CounterExample, Severity, Step, random_text
from beca_core.checks import Affixes, Charset
from beca_scanners.building import Provider, base36, base62, base64, base64url, digits, either, hexadecimal, run, uuid
from beca_scanners.building.placed import TokenPlace

if TYPE_CHECKING:
    from beca_core import Rule

AZURE: Final = Provider(
    name="Azure",
    category="cloud",
    reference="https://learn.microsoft.com/en-us/purview/sit-defn-azure",
    remediation="Regenerate the key under Keys of the resource in the Azure portal, and give it to those who need it.",
)
ENTRA: Final = Provider(
    name="Azure",
    category="identity",
    reference="https://learn.microsoft.com/en-us/entra/identity-platform/how-to-add-credentials",
    remediation="Delete the secret under App registrations, Certificates & secrets, and look through the sign-in logs.",
)
MICROSOFT: Final = Provider(
    name="Microsoft",
    category="business",
    reference="https://learn.microsoft.com/en-us/power-automate/",
    remediation="Delete the trigger or the webhook and create it anew, which makes a URL with another signature.",
)
_SIGNATURE: Final = (run("0-9A-Za-z%+/", 41, 70), either("%3D", "%3d", "="))
"""32 bytes in base64; in URLs some of its characters are percent-encoded."""
_SIGNED_BY: Final = r"[\w%.:=&;?/,+-]{0,400}?(?:&amp;|&|\\u0026)sig="
_DEVOPS: Final = (
    "https://learn.microsoft.com/en-us/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate"
)
_REVOKE_PAT: Final = "Revoke the token under User settings, Personal access tokens, of Azure DevOps."


def _url_signature(begin: str) -> str:
    return begin + _SIGNED_BY


_SAS: Final = TokenPlace(
    before=r"(?:\.(?:blob|file|queue|table|dfs)\.core\.windows\.net/[\w./%$-]{0,200}\?"
    rf"|[?&\"'= ](?:sv|se|sp|sr|st|ss|srt)=){_SIGNED_BY}",
    lines=(
        "https://shopfiles.blob.core.windows.net/pictures/a.png?sv=2022-11-02&sr=b&se=2030-01-01&sp=r&sig={}",
        "SharedAccessSignature='?sv=2022-11-02&ss=b&srt=co&sp=rwl&se=2030-01-01T00:00:00Z&spr=https&sig={}'",
    ),
    max_bytes=900,
)

RULES: Final[tuple[Rule, ...]] = (
    ENTRA.token(
        "azure-entra-client-secret",
        "Microsoft Entra ID (Azure Active Directory) client secret of an application",
        run("0-9A-Za-z_~.-", 3),
        either("7", "8", "9"),
        "Q~",
        run("0-9A-Za-z_~.-", 31, 34),
        severity=Severity.CRITICAL,
        boundary="0-9A-Za-z_~.+/-",
    ),
    ENTRA.named(
        "azure-entra-client-secret-of-before-2021",
        "Microsoft Entra ID (Azure Active Directory) client secret in the form of before 2021",
        ("azure_client", "azureclient", "azuread", "azure_ad", "aad_client", "aadclient", "arm_client"),
        run("0-9A-Za-z_~.+/-", 32, 44),
        said=("secret", "password"),
        severity=Severity.CRITICAL,
        checks=(Charset(upper=1, lower=1, digits=2),),
        counter_examples=(
            CounterExample(
                f"azure_client_secret = {random_text('0123456789abcdef-', 40, 'digest')}",
                step=Step.CHECK,
                check="charset",
            ),
        ),
    ),
    ENTRA.token(
        "azure-entra-refresh-token",
        "Microsoft Entra ID refresh token",
        either("0.A", "1.A"),
        base64url(20, 120),
        ".Ag",
        base64url(200, 800),
        severity=Severity.CRITICAL,
        boundary="0-9A-Za-z_.-",
        reference="https://learn.microsoft.com/en-us/entra/identity-platform/refresh-tokens",
        remediation="Revoke the sessions of the user in Microsoft Entra ID; that ends every refresh token.",
    ),
    ENTRA.token(
        "azure-microsoft-account-refresh-token",
        "Refresh token of a personal Microsoft account",
        either("M.C", "M.R"),
        digits(1, 4),
        either("_BAY.", "_BL2.", "_SN1.", "_BAY.0.U.", "_SN1.0.U.", "_BL2.0.U."),
        run("0-9A-Za-z!*$-", 100, 800),
        severity=Severity.CRITICAL,
        boundary="0-9A-Za-z_!*$-",
        reference="https://learn.microsoft.com/en-us/entra/identity-platform/refresh-tokens",
        remediation="Sign out everywhere in the security settings of the Microsoft account, and change its password.",
    ),
    _SAS.rule(
        AZURE,
        "azure-sas-token",
        "Azure Storage shared access signature in a URL or a token",
        *_SIGNATURE,
        reference="https://learn.microsoft.com/en-us/azure/storage/common/storage-sas-overview",
        remediation="Rotate the account key that signed it, or delete the stored access policy that it names.",
    ),
    TokenPlace(
        before=r"SharedAccessSignature [\w.%=&-]{0,400}?sig=",
        after=r"(?:[&\"'\s\\]|$)",
        lines=(
            "Authorization: SharedAccessSignature sr=shop.servicebus.windows.net&se=1900000000&skn=Root&sig={}",
            "SharedAccessSignature sig={}&se=1900000000&skn=iothubowner&sr=shop.azure-devices.net",
        ),
        max_bytes=900,
    ).rule(
        AZURE,
        "azure-shared-access-signature-header",
        "Azure shared access signature of Service Bus, Event Hubs or IoT Hub",
        *_SIGNATURE,
        severity=Severity.MEDIUM,
        supersedes=("azure-sas-token",),
        reference="https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas",
        remediation="Regenerate the key of the shared access policy that signed it.",
    ),
    TokenPlace(
        before=r"SharedAccessSignature (?:integration|uid=[\w%.-]{1,60})&",
        lines=(
            "Authorization: SharedAccessSignature integration&{}",
            "token: SharedAccessSignature uid=integration&{}",
        ),
    ).rule(
        AZURE,
        "azure-api-management-direct-token",
        "Azure API Management token for direct management",
        either("202", "ex=202"),
        run("0-9A-Za-z:.&=-", 14, 40),
        either("&", "&sn="),
        base64(86),
        "==",
        severity=Severity.CRITICAL,
        boundary="0-9A-Za-z",
        reference="https://learn.microsoft.com/en-us/rest/api/apimanagement/apimanagementrest/azure-api-management-rest-api-authentication",
        remediation="Regenerate the key under Management API of the API Management service.",
    ),
    TokenPlace(
        before=_url_signature(r"\.logic\.azure\.(?:com|us|cn)(?::[0-9]{2,5})?/workflows/"),
        lines=(
            "https://prod-42.westeurope.logic.azure.com:443/workflows/1a2b/triggers/manual/paths/invoke?sv=1.0&sig={}",
        ),
        max_bytes=900,
    ).rule(
        AZURE,
        "azure-logic-apps-url",
        "Azure Logic Apps or Power Automate trigger URL with its signature",
        base64url(43),
        supersedes=("azure-sas-token",),
        reference="https://learn.microsoft.com/en-us/azure/logic-apps/logic-apps-securing-a-logic-app",
        remediation="Regenerate the access key under Access keys of the logic app.",
    ),
    TokenPlace(
        before=_url_signature(r"\.api\.powerplatform\.com(?::[0-9]{2,5})?/[\w/]{0,40}workflows/"),
        lines=(
            "https://0e4f.0a.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/1a2b?v=1&sig={}",
        ),
        max_bytes=900,
    ).rule(
        MICROSOFT,
        "microsoft-power-automate-url",
        "Power Automate webhook URL with its signature",
        base64url(43),
        supersedes=("azure-sas-token",),
    ),
    AZURE.named(
        "azure-devops-access-token-of-52-characters",
        "Azure DevOps personal access token in the form of 52 characters",
        ("azure_devops", "azure-devops", "azuredevops", "azdo", "ado_pat", "vsts", "vss_nuget", "system_access"),
        run("a-z2-7", 52),
        said=("token", "pat", "pass", "secret", "key"),
        severity=Severity.CRITICAL,
        reference=_DEVOPS,
        remediation=_REVOKE_PAT,
    ),
    TokenPlace(
        before=r"https://[^\s:@/]{0,64}:",
        after=r"@(?:[\w-]{1,40}@)?(?:dev\.azure\.com|[\w-]{1,60}(?:\.pkgs)?\.visualstudio\.com|pkgs\.dev\.azure\.com)",
        lines=(
            "git clone https://build:{}@dev.azure.com/shop/site/_git/site",
            "https://:{}@shop.visualstudio.com/_git/site",
        ),
    ).rule(
        AZURE,
        "azure-devops-access-token-in-url",
        "Azure DevOps personal access token in the URL of a repository or a feed",
        run("a-z2-7", 52),
        severity=Severity.CRITICAL,
        supersedes=("web-url-password",),
        reference=_DEVOPS,
        remediation=_REVOKE_PAT,
    ),
    AZURE.named(
        "azure-static-web-apps-deployment-token",
        "Azure Static Web Apps deployment token",
        ("static_web_apps", "static-web-apps", "staticwebapps", "swa_cli_deployment", "swa_deployment"),
        hexadecimal(64),
        base36(0, 4),
        "-",
        *uuid(),
        base36(2, 16),
        said=("token",),
        reference="https://learn.microsoft.com/en-us/azure/static-web-apps/deployment-token-management",
        remediation="Reset the deployment token under Manage deployment token of the static web app.",
    ),
    AZURE.named(
        "azure-ai-services-key-of-32-digits",
        "Azure AI services key in the form of 32 digits: OpenAI, Speech, Vision, Language, Translator, LUIS, QnA Maker",
        (
            "azure_openai",
            "azureopenai",
            "cognitive_services",
            "cognitiveservices",
            "cognitive",
            "ocp-apim-subscription",
            "azure_speech",
            "azurespeech",
            "speech_subscription",
            "azure_translator",
            "form_recognizer",
            "formrecognizer",
            "document_intelligence",
            "luis_authoring",
            "luis_subscription",
            "luisauthoring",
            "qnamaker",
            "qna_maker",
            "textanalytics",
            "text_analytics",
            "computervision",
            "computer_vision",
            "content_moderator",
            "content_safety",
            "anomaly_detector",
            "metrics_advisor",
            "customvision",
            "custom_vision",
            "personalizer",
            "immersive_reader",
            "video_indexer",
        ),
        run("0-9a-fA-F", 32),
        said=("key", "subscription", "secret"),
        reference="https://learn.microsoft.com/en-us/azure/ai-services/authentication",
    ),
    AZURE.named(
        "azure-bing-search-key",
        "Bing Search or Bing Maps key",
        ("bing_search", "bingsearch", "bing_maps", "bingmaps", "bing_spell", "bing_subscription"),
        base62(32, 64),
        said=("key", "token"),
        severity=Severity.MEDIUM,
        checks=(Affixes(not_starts_with=("http",)),),
        counter_examples=(f"bing_maps_key = http{base62(32).sample('bing')}",),
        reference="https://learn.microsoft.com/en-us/bingmaps/getting-started/bing-maps-dev-center-help/getting-a-bing-maps-key",
        remediation="Delete the key in the Bing Maps Dev Center or regenerate it in the Azure portal.",
    ),
    AZURE.named(
        "azure-maps-key-of-43-characters",
        "Azure Maps shared key in the form of 43 characters",
        ("azure_maps", "azuremaps", "azure-maps"),
        base64url(43),
        reference="https://learn.microsoft.com/en-us/azure/azure-maps/azure-maps-authentication",
    ),
    AZURE.named(
        "azure-mixed-reality-key",
        "Azure Mixed Reality account key: Spatial Anchors, Object Anchors or Remote Rendering",
        ("spatialanchor", "spatial_anchor", "spatial-anchor", "remoterendering", "remote_rendering", "objectanchor"),
        base64(43),
        "=",
        reference="https://learn.microsoft.com/en-us/azure/spatial-anchors/concepts/authentication",
    ),
    AZURE.named(
        "azure-fluid-relay-key",
        "Azure Fluid Relay tenant key",
        ("fluidrelay", "fluid_relay", "fluid-relay", "fluid_tenant", "fluidtenant"),
        hexadecimal(32),
        reference="https://learn.microsoft.com/en-us/azure/azure-fluid-relay/concepts/authentication-authorization",
    ),
    AZURE.named(
        "azure-event-grid-key-of-32-bytes",
        "Azure Event Grid access key in the form of 32 bytes in base64",
        ("event_grid", "eventgrid", "event-grid", "aeg-sas"),
        base64(43),
        "=",
        reference="https://learn.microsoft.com/en-us/azure/event-grid/get-access-keys",
    ),
    AZURE.named(
        "azure-bot-direct-line-secret",
        "Azure Bot Service secret of the Direct Line or web chat channel",
        ("direct_line", "directline", "direct-line", "webchat", "web_chat"),
        base64url(11),
        ".",
        base64url(43, 80),
        reference="https://learn.microsoft.com/en-us/azure/bot-service/bot-service-channel-connect-directline",
    ),
    AZURE.named(
        "azure-log-analytics-shared-key",
        "Azure Log Analytics workspace key",
        ("log_analytics", "loganalytics", "log-analytics", "workspace_shared", "workspaceshared", "oms_workspace"),
        base64(86),
        "==",
        reference="https://learn.microsoft.com/en-us/rest/api/loganalytics/workspaces/regenerate-shared-keys",
    ),
    AZURE.named(
        "azure-notification-hubs-key",
        "Azure Notification Hubs shared access key",
        ("notificationhub", "notification_hub", "notification-hub"),
        base64(43),
        "=",
        reference="https://learn.microsoft.com/en-us/azure/notification-hubs/notification-hubs-push-notification-security",
    ),
)
