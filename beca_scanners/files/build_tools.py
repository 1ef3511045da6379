"""Files in which tools that build and publish software keep credentials."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from beca_core import CounterExample, Severity, Step
from beca_core.checks import Encoded, Entropy, Placeholder
from beca_scanners.building import base64, base64url, uuid
from beca_scanners.building.doubts import NotCode
from beca_scanners.building.file_format import NOT_A_TEMPLATE, VALUE, FileFormat, password
from beca_scanners.building.shape import TokenShape

if TYPE_CHECKING:
    from beca_core import Rule

_REVOKE: Final = "Revoke the token or change the password at the registry, and keep the file out of the repository."
_REAL: Final = Placeholder(words=("mypassword", "mypasswd", "yourpassword"))
_RANDOM: Final = Entropy(min_share=0.6)


def _basic(seed: str, length: int = 18) -> str:
    return b64encode(f"robot:{password(seed, length)}".encode()).decode()


NPM: Final = FileFormat(
    name="npm",
    reference="https://github.com/npm/cli/blob/latest/docs/lib/content/configuring-npm/npmrc.md",
    remediation=_REVOKE,
)
PYPI: Final = FileFormat(
    name="PyPI",
    reference="https://packaging.python.org/en/latest/specifications/pypirc/",
    remediation=_REVOKE,
)
DOCKER: Final = FileFormat(
    name="Docker",
    reference="https://docs.docker.com/reference/cli/docker/login/#credential-stores",
    remediation="Revoke the access token or change the password at the registry of images.",
)
MAVEN: Final = FileFormat(
    name="Maven",
    reference="https://maven.apache.org/settings.html#servers",
    remediation=_REVOKE,
)
GRADLE: Final = FileFormat(
    name="Gradle",
    reference="https://docs.gradle.org/current/userguide/supported_repository_types.html",
    remediation=_REVOKE,
)
GRADLE_BUILD: Final = replace(GRADLE, paths=("*.gradle", "*.gradle.kts"))
BUNDLER: Final = FileFormat(
    name="Bundler",
    reference="https://bundler.io/man/bundle-config.1.html",
    remediation=_REVOKE,
)
COMPOSER: Final = FileFormat(
    name="Composer",
    reference="https://getcomposer.org/doc/articles/authentication-for-private-packages.md",
    remediation=_REVOKE,
)
NUGET: Final = FileFormat(
    name="NuGet",
    reference="https://learn.microsoft.com/en-us/nuget/reference/nuget-config-file#packagesourcecredentials",
    remediation=_REVOKE,
)
CARGO: Final = FileFormat(
    name="Cargo",
    paths=("credentials.toml", ".cargo/credentials"),
    reference="https://doc.rust-lang.org/cargo/reference/config.html#credentials",
    remediation=_REVOKE,
)
HUB: Final = FileFormat(
    name="GitHub",
    reference="https://hub.github.com/hub.1.html",
    remediation="Revoke the token in the settings of the account.",
)
YARN: Final = FileFormat(
    name="Yarn",
    reference="https://yarnpkg.com/configuration/yarnrc#npmAuthToken",
    remediation=_REVOKE,
)

_UUID: Final = TokenShape(*uuid()).samples("npm")[0]

RULES: Final[tuple[Rule, ...]] = (
    NPM.secret(
        "npmrc-auth-token",
        "Token for a registry in a file .npmrc",
        r"""(?:^|:)_authToken[ \t]{0,8}=[ \t]{0,8}["']?(?P<secret>[0-9A-Za-z_.=+/-]{8,256})""",
        "//registry.acme.internal/:_authToken={}\n",
        "@acme:registry=https://registry.acme.internal\n//registry.acme.internal/:_authToken = {}\n",
        values=(_UUID, base64url(43).sample("npm") + "./+="),
        template="xxxxxxxxxxxxxxxx",
        boundary="0-9A-Za-z_.+/-",
    ),
    NPM.secret(
        "npmrc-password",
        "Password for a registry, in base64, in a file .npmrc",
        r"\b_(?:auth|password)[ \t]{0,8}=[ \t]{0,8}[\"']?(?P<secret>[0-9A-Za-z+/]{8,400}={0,2})",
        "_auth = {}\n",
        "//registry.acme.internal/:_password={}\n",
        values=(_basic("npm"), _basic("npm", 40)),
        boundary="0-9A-Za-z+/",
        checks=(Encoded(encoding="base64", content="text"),),
        counter_examples=(CounterExample("_auth = DEADBEEFDEADBEEF\n", step=Step.CHECK, check="encoded"),),
    ),
    YARN.secret(
        "yarnrc-auth-token",
        "Token for a registry in a file .yarnrc.yml",
        r"""\bnpmAuth(?:Token|Ident):[ \t]{1,8}["']?(?P<secret>[0-9A-Za-z_.=+/-]{8,256})""",
        'npmAuthToken: "{}"\n',
        "npmRegistries:\n  //registry.acme.internal:\n    npmAuthIdent: {}\n",
        values=(_UUID, base64url(43).sample("yarn") + "./+="),
        template="xxxxxxxxxxxxxxxx",
        boundary="0-9A-Za-z_.+/-",
    ),
    PYPI.secret(
        "pypirc-password",
        "Password for an index of packages in a file .pypirc",
        rf"^password[ \t]{{0,8}}[=:][ \t]{{0,8}}{VALUE}",
        "[pypi]\nusername = robot\npassword = {}\n",
        "[index]\nrepository: https://pypi.acme.internal\nusername: robot\npassword: {}\n",
        near=("[distutils]", "repository", "[pypi]", "[testpypi]"),
        within=200,
        alone="password = {}\n",
        checks=(NOT_A_TEMPLATE, NotCode()),
        counter_examples=(
            "[pypi]\nusername = robot\npassword =\n",
            CounterExample(
                "[pypi]\nusername = robot\npassword = config['pypi']['password']\n", step=Step.CHECK, check="not-code"
            ),
        ),
    ),
    DOCKER.secret(
        "docker-registry-auth",
        "User and password for a registry of images in the configuration of Docker",
        r'\\{0,3}"auth\\{0,3}"[ \t]{0,8}:[ \t]{0,8}\\{0,3}"(?P<secret>[0-9A-Za-z+/_-]{12,1000}={0,2})',
        '{{"auths": {{"https://registry.acme.internal/v1/": {{"auth": "{}"}}}}}}',
        '{{\n  "auths": {{\n    "registry.acme.internal": {{\n      "auth": "{}"\n    }}\n  }}\n}}\n',
        values=(_basic("docker"), base64url(80).sample("docker")),
        boundary="0-9A-Za-z+/_-",
        near=("auths", "registry", "docker", "quay.io"),
        within=200,
        alone='{{"auth": "{}"}}',
        checks=(_REAL,),
        counter_examples=(
            '{"auths": {"registry.acme.internal": {"auth": ""}}}',
            CounterExample(
                '{"auths": {"quay.io": {"auth": "EXAMPLE_OF_BASE64_TEXT"}}}', step=Step.CHECK, check="placeholder"
            ),
        ),
        max_bytes=1400,
    ),
    MAVEN.secret(
        "maven-server-password",
        "Password or passphrase of a server in the settings of Maven",
        r"<(?:gpg\.)?pass(?:word|phrase)>(?:<!\[CDATA\[)?[ \t]{0,8}"
        r"""(?P<secret>[^\s<>{}"'`,][^\s<>{}"'`,]{3,255})[ \t]{0,8}(?:\]\]>)?</(?:gpg\.)?pass(?:word|phrase)>""",
        "<server>\n  <id>acme</id>\n  <username>robot</username>\n  <password>{}</password>\n</server>\n",
        "<server><id>acme</id><privateKey>~/.ssh/key</privateKey><passphrase>{}</passphrase></server>",
        near=("<server>", "<servers>", "<settings", "<proxy>", "<gpg."),
        within=400,
        alone="<password>{}</password>",
        checks=(_REAL,),
        counter_examples=(
            "<server><id>acme</id><username>robot</username><password>${env.TOKEN}</password></server>",
            "<server><id>acme</id><password>{COQLCE6DU6GtcS5P=}</password></server>",
            CounterExample(
                "<server><id>acme</id><password>password</password></server>", step=Step.CHECK, check="placeholder"
            ),
        ),
    ),
    MAVEN.secret(
        "maven-encrypted-password",
        "Password that Maven has encrypted, or the master password that decrypts the others",
        r"<(?:password|passphrase|master)>[^<{}]{0,40}\{(?P<secret>[0-9A-Za-z+/]{22,200}={0,2})\}",
        "<server><id>acme</id><password>{{{}}}</password></server>\n",
        "<settingsSecurity>\n  <master>{{{}}}</master>\n</settingsSecurity>\n",
        values=(base64(43).sample("maven") + "=", base64(64).sample("maven 2")),
        boundary="0-9A-Za-z+/",
        checks=(_RANDOM,),
        severity=Severity.MEDIUM,
        counter_examples=(
            "<password>${env.TOKEN}</password>",
            CounterExample(f"<master>{{{'A' * 43}=}}</master>", step=Step.CHECK, check="entropy"),
        ),
    ),
    GRADLE_BUILD.secret(
        "gradle-repository-password",
        "Password or key for a repository in a build of Gradle",
        r"""\b(?:password|secretKey|sessionToken)[ \t]{0,8}[=:]?[ \t]{0,8}(?:\([^\r\n]{1,160}: |\w{1,60} \?: )?"""
        r"""["'](?P<secret>[^\s"'${}]{4,128})["']""",
        'credentials {{\n  username = "robot"\n  password = "{}"\n}}\n',
        "credentials(AwsCredentials) {{\n  accessKey 'robot'\n  secretKey '{}'\n}}\n",
        "user username: 'robot', password: '{}', role: 'admin'\n",
        'credentials {{\n  password = repositoryPassword ?: "{}"\n}}\n',
        'credentials {{\n  password (System.getenv("KEY") != null ? System.getenv("KEY") : "{}")\n}}\n',
        near=("credentials", "ext.username", "user username:"),
        within=200,
        alone='password = "{}"\n',
        values=(password("gradle"), password("gradle 2", 40) + "`#,;<>&/"),
        checks=(_REAL,),
        counter_examples=(
            'credentials {\n  username = "robot"\n  password = "${variable}"\n}\n',
            CounterExample('credentials {\n  password = "changeme"\n}\n', step=Step.CHECK, check="placeholder"),
        ),
    ),
    GRADLE.secret(
        "gradle-property-password",
        "Password for signing or for a repository in the properties of Gradle",
        r"^[\w.]{0,40}(?:Password|Passwd|Token|password|ApiKey|SecretKey)"
        rf"[ \t]{{0,8}}=[ \t]{{0,8}}{VALUE}",
        "signing.keyId=24875D73\nsigning.password={}\n",
        "nexusUsername=robot\nnexusPassword={}\norg.gradle.daemon=true\n",
        near=("signing.", "org.gradle", "nexus", "ossrh", "sonatype"),
        within=300,
        alone="repositoryPassword={}\n",
        checks=(_REAL,),
        counter_examples=(
            CounterExample("signing.keyId=xx\nsigning.password=<your password>\n"),
            CounterExample("ossrhUsername=robot\nossrhPassword=password\n", step=Step.CHECK, check="placeholder"),
        ),
    ),
    BUNDLER.secret(
        "bundler-credentials",
        "Credentials for a source of gems in the configuration of Bundler",
        r"""\bBUNDLE_[A-Z0-9_]{1,80}__[A-Z0-9_]{2,60}[ \t]{0,4}[:=][ \t]{0,4}["']?"""
        r"""(?P<secret>[^\s"'$:]{1,80}:[^\s"'$:@]{6,200})""",
        'BUNDLE_GEMS__ACME__INTERNAL: "{}"\n',
        "export BUNDLE_GEMS__ACME__COM={}\n",
        values=(f"robot:{password('bundler')}", f"robot:{password('bundler', 40)}"),
        template="",
        checks=(),
        counter_examples=('BUNDLE_PATH: "vendor/bundle"\n', "BUNDLE_GEMS__ACME__INTERNAL: $USER:$TOKEN\n"),
    ),
    COMPOSER.secret(
        "composer-auth-password",
        "Password or token for a source of packages in a file auth.json of Composer",
        r'"password"[ \t]{0,8}:[ \t]{0,8}"(?P<secret>[^"\\\s]{6,200})"',
        '{{"http-basic": {{"repo.acme.internal": {{"username": "robot", "password": "{}"}}}}}}',
        '{{\n  "http-basic": {{\n    "repo.acme.internal": {{\n      "username": "robot",\n      "password": "{}"\n',
        near=("http-basic",),
        within=300,
        alone='{{"username": "robot", "password": "{}"}}',
        values=(password("composer"), password("composer 2", 40) + "'`#,;<>&/"),
        counter_examples=('{"http-basic": {"repo.acme.internal": {"username": "robot", "password": ""}}}',),
    ),
    NUGET.secret(
        "nuget-source-password",
        "Password for a source of packages in a file nuget.config",
        r'key="ClearTextPassword"[ \t]{1,8}value="(?P<secret>[^"\s]{1,256})"',
        '<add key="ClearTextPassword" value="{}" />\n',
        '<acme>\n  <add key="Username" value="robot" />\n  <add key="ClearTextPassword" value="{}" />\n</acme>\n',
        values=(password("nuget"), password("nuget 2", 40) + "'`#,;&/"),
        template="%NUGET_TOKEN%",
        counter_examples=('<add key="ClearTextPassword" value="" />',),
    ),
    CARGO.secret(
        "cargo-registry-token",
        "Token for a registry in the credentials of Cargo",
        r'^[ \t]{0,8}token[ \t]{0,8}=[ \t]{0,8}"(?P<secret>[^"\s]{8,256})"',
        '[registry]\ntoken = "{}"\n',
        '[registries.acme]\ntoken = "{}"\n',
        near=("[registry]", "[registries."),
        within=100,
        alone='token = "{}"\n',
        values=(password("cargo"), password("cargo 2", 40) + "'`#,;<>&/"),
        counter_examples=('[registry]\ntoken = ""\n',),
    ),
    HUB.secret(
        "github-client-oauth-token",
        "Token of the programs hub and gh in their configuration",
        r"""\boauth_token:[ \t]{0,8}["']?(?P<secret>[0-9A-Za-z_]{20,255})""",
        "github.com:\n- user: robot\n  oauth_token: {}\n",
        'github.com:\n    oauth_token: "{}"\n    user: robot\n',
        values=(
            "7" + base64url(39).sample("hub").replace("-", "a"),
            "gho_" + base64url(60).sample("hub").replace("-", "b"),
        ),
        boundary="0-9A-Za-z_",
        near=("github", "protocol", "user:"),
        within=100,
        alone="oauth_token: {}\n",
        checks=(_REAL,),
        severity=Severity.CRITICAL,
        counter_examples=(
            "github.com:\n- user: robot\n  oauth_token: ''\n",
            CounterExample(
                f"github.com:\n- user: robot\n  oauth_token: {'x' * 40}\n", step=Step.CHECK, check="placeholder"
            ),
        ),
    ),
)
