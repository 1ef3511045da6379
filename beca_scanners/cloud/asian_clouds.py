"""Clouds of China, Korea and Japan: an identifier with a prefix and a secret without one often belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Confidence, Severity
from beca_scanners.building import Provider, TokenShape, base62, base64, hexadecimal, run, upper36

if TYPE_CHECKING:
    from beca_core import Rule

ALIBABA: Final = Provider(
    name="Alibaba Cloud",
    category="cloud",
    reference="https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair",
    remediation="Disable and delete the AccessKey pair in the RAM console, and create a new one.",
)
BAIDU: Final = Provider(
    name="Baidu Cloud",
    category="cloud",
    reference="https://cloud.baidu.com/doc/Reference/s/9jwvz2egb",
    remediation="Delete the access key in the security settings of the Baidu Cloud account, and create a new one.",
)
HUAWEI: Final = Provider(
    name="Huawei Cloud",
    category="cloud",
    reference="https://support.huaweicloud.com/intl/en-us/usermanual-ca/ca_01_0003.html",
    remediation="Delete the access key under My Credentials, and create a new one.",
)
JDCLOUD: Final = Provider(
    name="JD Cloud",
    category="cloud",
    reference="https://docs.jdcloud.com/en/account-management/accesskey-management",
    remediation="Delete the AccessKey in the console of JD Cloud, and create a new one.",
)
TENCENT: Final = Provider(
    name="Tencent Cloud",
    category="cloud",
    reference="https://www.tencentcloud.com/document/product/598/34228",
    remediation="Disable and delete the API key in the console under access management, and create a new one.",
)
VOLCENGINE: Final = Provider(
    name="Volcengine",
    category="cloud",
    reference="https://www.volcengine.com/docs/6291/65568",
    remediation="Disable and delete the access key in the console of Volcengine, and create a new one.",
)
KAKAO: Final = Provider(
    name="Kakao",
    category="cloud",
    reference="https://developers.kakao.com/docs/latest/en/getting-started/app",
    remediation="Reissue the key in the settings of the app in Kakao Developers.",
)
NAVER: Final = Provider(
    name="Naver Cloud",
    category="cloud",
    reference="https://api.ncloud-docs.com/docs/en/common-ncpapi",
    remediation="Deactivate and delete the key in the portal under access management, and create a new one.",
)

RULES: Final[tuple[Rule, ...]] = (
    ALIBABA.token(
        "alibaba-access-key-id",
        "Alibaba Cloud AccessKey id",
        "LTAI",
        base62(12, 20),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    ALIBABA.paired(
        "alibaba-access-key-secret",
        "Alibaba Cloud AccessKey secret beside its id",
        TokenShape("LTAI", base62(12, 20)),
        base62(30),
        severity=Severity.CRITICAL,
        supersedes=("alibaba-named-access-key-secret",),
    ),
    ALIBABA.token(
        "alibaba-sts-access-key-id",
        "Alibaba Cloud AccessKey id of a temporary key",
        "STS.",
        base62(20, 32),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    ALIBABA.named(
        "alibaba-named-access-key-secret",
        "Alibaba Cloud AccessKey secret that is assigned to a name",
        ("alibaba", "aliyun", "alicloud", "ali_oss", "oss_access", "alioss"),
        base62(30),
        said=("secret", "key"),
        severity=Severity.CRITICAL,
    ),
    BAIDU.token(
        "baidu-cloud-access-key-id",
        "Baidu Cloud access key id",
        "ALTAK",
        base62(21),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    BAIDU.paired(
        "baidu-cloud-secret-key",
        "Baidu Cloud secret key beside its access key",
        TokenShape("ALTAK", base62(21)),
        hexadecimal(32),
        severity=Severity.CRITICAL,
    ),
    BAIDU.token(
        "baidu-cloud-api-key",
        "Baidu Cloud API key of Qianfan and other services",
        "bce-v3/ALTAK-",
        base62(21),
        "/",
        hexadecimal(40),
        reference="https://cloud.baidu.com/doc/qianfan-api/s/ym9chdsy5",
    ),
    BAIDU.named(
        "baidu-ai-secret-key",
        "Baidu AI secret key of an application",
        ("baidu", "ernie", "wenxin", "qianfan"),
        base62(32),
        said=("secret", "key", "sk"),
        reference="https://ai.baidu.com/ai-doc/REFERENCE/Ck3dwjhhu",
    ),
    HUAWEI.named(
        "huawei-cloud-secret-key",
        "Huawei Cloud secret access key",
        ("huaweicloud", "huawei_cloud", "huawei-cloud", "huawei", "hw_secret", "hwcloud", "obs_secret", "obs_access"),
        base62(40),
        said=("secret", "sdk_sk", "key"),
        severity=Severity.CRITICAL,
    ),
    JDCLOUD.token(
        "jdcloud-access-key-id",
        "JD Cloud AccessKey id",
        "JDC_",
        upper36(28),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    JDCLOUD.paired(
        "jdcloud-access-key-secret",
        "JD Cloud AccessKey secret beside its id",
        TokenShape("JDC_", upper36(28)),
        upper36(32),
        severity=Severity.CRITICAL,
    ),
    TENCENT.token(
        "tencent-cloud-secret-id",
        "Tencent Cloud SecretId",
        "AKID",
        base62(32),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    TENCENT.paired(
        "tencent-cloud-secret-key",
        "Tencent Cloud SecretKey beside its SecretId",
        TokenShape("AKID", base62(32)),
        base62(32),
        severity=Severity.CRITICAL,
        supersedes=("tencent-named-secret-key",),
    ),
    TENCENT.named(
        "tencent-named-secret-key",
        "Tencent Cloud SecretKey that is assigned to a name",
        ("tencent", "qcloud", "cos_secret"),
        base62(32),
        said=("secret", "key"),
        severity=Severity.CRITICAL,
    ),
    TENCENT.named(
        "wechat-app-secret",
        "WeChat app secret of an official account or mini program",
        ("wechat", "weixin", "wx_app", "wxapp", "wxmini"),
        hexadecimal(32),
        said=("secret",),
        reference="https://developers.weixin.qq.com/doc/offiaccount/en/Basic_Information/Get_access_token.html",
        remediation="Reset the app secret on the platform of official accounts.",
    ),
    VOLCENGINE.token(
        "volcengine-access-key-id",
        "Volcengine access key id",
        "AKLT",
        base62(40, 48),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    VOLCENGINE.token(
        "volcengine-temporary-access-key-id",
        "Volcengine access key id of a temporary key",
        "AKTP",
        base62(40, 48),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    VOLCENGINE.paired(
        "volcengine-secret-access-key",
        "Volcengine secret access key beside its id",
        TokenShape("AKLT", base62(40, 48)),
        base64(58),
        "==",
        severity=Severity.CRITICAL,
    ),
    KAKAO.named(
        "kakao-app-key",
        "Kakao REST API key, admin key or client secret",
        "kakao",
        base62(32),
        said=("rest", "admin", "secret", "key"),
    ),
    NAVER.token(
        "naver-cloud-secret-key",
        "Naver Cloud secret key, permanent or of the Secure Token Service, also for the public sector",
        "ncp_iam_",
        run("A-Z", 2),
        "K",
        base62(24, 60),
        severity=Severity.CRITICAL,
    ),
    NAVER.token(
        "naver-cloud-access-key-id",
        "Naver Cloud access key id, permanent or of the Secure Token Service, also for the public sector",
        "ncp_iam_",
        run("A-Z", 2),
        "A",
        base62(12, 60),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    NAVER.named(
        "naver-cloud-api-gateway-key",
        "Naver Cloud API Gateway key",
        ("x-ncp-apigw-api-key", "ncp_apigw", "ncp-apigw", "naver_cloud_api", "clova"),
        base62(40),
        said=("key", "secret"),
    ),
    NAVER.named(
        "naver-client-secret",
        "Naver client secret of a registered application",
        ("naver_client", "naver.client", "x-naver-client", "naverclient"),
        base62(10),
        said=("secret",),
        reference="https://developers.naver.com/docs/common/openapiguide/",
        remediation="Reissue the client secret in the settings of the application.",
    ),
)
