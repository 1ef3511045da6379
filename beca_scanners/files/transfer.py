"""Files in which editors and programs that copy files to servers keep passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Confidence
from beca_scanners.building import base64, hexadecimal, run
from beca_scanners.building.file_format import FileFormat

if TYPE_CHECKING:
    from beca_core import Rule

_CHANGE: Final = "Change the password at the server, and keep the file out of the repository."
_JSON_VALUE: Final = r'[ \t]{0,8}:[ \t]{0,8}"(?P<secret>[^"\\\r\n]{1,256})"'
_XML_VALUE: Final = r"(?P<secret>[^\s<>\"']{1,256})"

EDITORS: Final = FileFormat(
    name="SFTP of an editor",
    paths=(
        "sftp-config.json",
        "sftp-config-alt*.json",
        "sftp.json",
        ".ftpconfig",
        ".sftpconfig",
        ".remote-sync.json",
        "deployment-config.json",
        "ftpsync.settings",
        ".ftpquota.json",
    ),
    reference="https://codexns.io/products/sftp_for_subl/settings",
    remediation=_CHANGE,
)
FILEZILLA: Final = FileFormat(
    name="FileZilla",
    reference="https://wiki.filezilla-project.org/Logon_types",
    remediation=_CHANGE,
)
JETBRAINS: Final = FileFormat(
    name="JetBrains",
    reference="https://www.jetbrains.com/help/idea/creating-a-remote-server-configuration.html",
    remediation=_CHANGE,
)
WINSCP: Final = FileFormat(
    name="WinSCP",
    paths=("WinSCP.ini", "winscp.ini", "*.winscp.ini"),
    reference="https://winscp.net/eng/docs/security_credentials",
    remediation=_CHANGE,
)
ROBOMONGO: Final = FileFormat(
    name="Robo 3T",
    reference="https://github.com/Studio3T/robomongo/wiki",
    remediation=_CHANGE,
)
DBEAVER: Final = FileFormat(
    name="DBeaver",
    reference="https://dbeaver.com/docs/dbeaver/Admin-Manage-Connections/",
    remediation=_CHANGE,
)
FIREFOX: Final = FileFormat(
    name="Firefox",
    reference="https://support.mozilla.org/en-US/kb/where-are-my-logins-stored",
    remediation="Change the passwords at all sites in the file: without a primary password, its key lies beside it.",
)
REMOTE_DESKTOP: Final = FileFormat(
    name="Remote desktop",
    paths=("confCons.xml", "*.rdg"),
    reference="https://docs.mremoteng.org/",
    remediation=_CHANGE,
)

RULES: Final[tuple[Rule, ...]] = (
    EDITORS.secret(
        "editor-sftp-password",
        "Password or passphrase in the SFTP settings of an editor",
        rf'"(?:password|pass|passphrase|sshPassword)"{_JSON_VALUE}',
        '{{\n  "host": "files.acme.internal",\n  "user": "robot",\n  "password": "{}",\n  "port": "22"\n}}\n',
        '{{"protocol": "sftp", "host": "files.acme.internal", "pass": "{}"}}',
        '{{"host": "files.acme.internal", "privatekey": "~/.ssh/key", "passphrase": "{}"}}',
        '{{"host": "files.acme.internal", "remote_path": "/", "password": "{}"}}',
        near=("host",),
        within=600,
        alone='{{"password": "{}"}}',
        values=("Three Words, with blanks & all!", "h'x<y>#z`(1)=;:*|"),
        counter_examples=('{"host": "files.acme.internal", "password": ""}', '{"host": "x", "password": true}'),
    ),
    FILEZILLA.secret(
        "filezilla-password",
        "Password in the sites of FileZilla",
        rf'<Pass(?: encoding="base64")?>{_XML_VALUE}</Pass>',
        "<Server>\n<Host>files.acme.internal</Host>\n<User>robot</User>\n<Pass>{}</Pass>\n</Server>\n",
        '<Pass encoding="base64">{}</Pass>',
        counter_examples=("<Pass></Pass>", '<Pass encoding="crypt" pubkey="x">abcdefgh</Pass>'),
    ),
    JETBRAINS.secret(
        "jetbrains-server-password",
        "Password of a server in the settings of an IDE of JetBrains, which is only obscured",
        r"<(?:fileTransfer|sshConfig|remote-server|webServer)\b[^>\r\n]{0,300}?"
        r' password="(?P<secret>[0-9a-f]{16,512})"',
        '<fileTransfer host="files.acme.internal" port="21" password="{}" username="robot">',
        '<webServer url="https://acme.internal" password="{}" />',
        values=(hexadecimal(24).sample("jetbrains"), hexadecimal(60).sample("jetbrains")),
        checks=(),
        boundary="0-9A-Za-z",
        counter_examples=('<fileTransfer host="files.acme.internal" port="21" accessType="SFTP">',),
    ),
    WINSCP.secret(
        "winscp-password",
        "Password of a session in the configuration of WinSCP, which is only obscured",
        r"^(?:Tunnel|Proxy|Key)?Pass(?:word|phrase)=(?P<secret>[0-9A-F]{16,512})",
        "[Sessions\\robot@files.acme.internal]\nHostName=files.acme.internal\nPassword={}\n",
        "TunnelPassword={}\n",
        values=(run("0-9A-F", 32).sample("winscp"), run("0-9A-F", 60).sample("winscp")),
        boundary="0-9A-Za-z",
        checks=(),
        counter_examples=("PasswordPlain=\nHostName=files.acme.internal\n",),
    ),
    ROBOMONGO.secret(
        "robo-3t-password",
        "Password in the connections of Robo 3T",
        rf'"(?:userPassword|sshUserPassword|sshPassphrase)"{_JSON_VALUE}',
        '"userName" : "robot",\n"userPassword" : "{}"\n',
        '"sshPassphrase" : "{}"\n',
        '"sshUserPassword": "{}"\n',
        values=("Three Words, with blanks & all!", "h'x<y>#z`(1)=;:*|"),
        counter_examples=('"sshPassphrase" : ""\n',),
    ),
    DBEAVER.secret(
        "dbeaver-password",
        "Password of a connection in the data sources of DBeaver",
        r'<connection\b[^>\r\n]{0,600}? password="(?P<secret>[^"\s<>]{1,256})"',
        '<connection host="db.acme.internal" port="1521" user="robot" password="{}" type="DEV">\n',
        '<connection url="jdbc:oracle:thin:@//db.acme.internal:1521/main" password="{}"/>\n',
        counter_examples=('<connection host="db.acme.internal" user="robot" password="">\n',),
        max_bytes=1200,
    ),
    FIREFOX.secret(
        "firefox-login",
        "User or password in the stored logins of Firefox",
        r'"encrypted(?:Username|Password)"[ \t]{0,8}:[ \t]{0,8}"(?P<secret>M[A-Z][0-9A-Za-z+/]{30,600}={0,2})"',
        '"encryptedUsername": "{}",\n',
        '"encryptedPassword":"{}"\n',
        values=(
            f"MDoE{base64(76).sample('firefox')}",
            f"MEIE{base64(86).sample('firefox')}==",
        ),
        boundary="0-9A-Za-z+/",
        checks=(),
        counter_examples=('"encryptedPassword": "",\n',),
    ),
    REMOTE_DESKTOP.secret(
        "remote-desktop-password",
        "Password in the sessions of a program for remote desktops",
        r"<(?:Node|Server|server|logonCredentials)\b[^>\r\n]{0,600}"
        rf' (?:Password|userpassword|passwordHash)="{_XML_VALUE}"',
        '<Node Name="server" Hostname="files.acme.internal" Username="robot" Password="{}"/>',
        '<Server userpassword="{}"/>',
        confidence=Confidence.MEDIUM,
        counter_examples=('<Node Name="server" Password=""/>',),
    ),
)
