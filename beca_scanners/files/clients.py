"""Files in which programs that connect to servers keep passwords: mail, databases, chat, storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Confidence, Severity
from beca_scanners.building.file_format import VALUE, FileFormat

if TYPE_CHECKING:
    from beca_core import Rule

_CHANGE: Final = "Change the password at the server, and keep the file out of the repository."

NETRC: Final = FileFormat(
    name="netrc",
    paths=(".netrc", "_netrc", "*.netrc"),
    reference="https://everything.curl.dev/usingcurl/netrc.html",
    remediation=_CHANGE,
)
PGPASS: Final = FileFormat(
    name="PostgreSQL",
    paths=(".pgpass", "pgpass.conf", "*.pgpass"),
    reference="https://www.postgresql.org/docs/current/libpq-pgpass.html",
    remediation=_CHANGE,
)
MYSQL: Final = FileFormat(
    name="MySQL",
    paths=(".my.cnf", "my.cnf", "*.my.cnf", "my.ini", "debian.cnf"),
    reference="https://dev.mysql.com/doc/refman/8.4/en/option-files.html",
    remediation=_CHANGE,
)
MAIL: Final = FileFormat(
    name="Mail client",
    paths=(".esmtprc", ".msmtprc", "msmtprc", ".fetchmailrc", ".getmailrc", ".mbsyncrc", ".offlineimaprc"),
    reference="https://marlam.de/msmtp/msmtp.html",
    remediation=_CHANGE,
)
MUTT: Final = FileFormat(
    name="Mutt",
    paths=(".muttrc", "muttrc", "*.muttrc", ".neomuttrc", "neomuttrc"),
    reference="https://neomutt.org/guide/reference.html",
    remediation=_CHANGE,
)
S3CMD: Final = FileFormat(
    name="s3cmd",
    paths=(".s3cfg", "*.s3cfg", "s3cfg"),
    reference="https://s3tools.org/kb/item14.htm",
    remediation="Deactivate the key in the storage service, create a new one, and keep the file out of the repository.",
)
BOTO: Final = FileFormat(
    name="Boto",
    paths=(".boto", "boto.cfg"),
    reference="https://boto.cloudhackers.com/en/latest/boto_config_tut.html",
    remediation="Deactivate the key in the storage service, create a new one, and keep the file out of the repository.",
)
RCLONE: Final = FileFormat(
    name="rclone",
    paths=("rclone.conf", ".rclone.conf"),
    reference="https://rclone.org/docs/#configuration-encryption",
    remediation="Change the password or revoke the token at the storage service: rclone only obscures what it stores.",
)
IRC: Final = FileFormat(
    name="IRC client",
    paths=(".irssi/config", "irssi/config", "irc.conf", "*.weechat.conf", ".weechat/", "ircrc", ".ircrc"),
    reference="https://irssi.org/documentation/settings/",
    remediation=_CHANGE,
)
VENTRILO: Final = FileFormat(
    name="Ventrilo",
    paths=("ventrilo_srv.ini",),
    reference="https://www.ventrilo.com/",
    remediation=_CHANGE,
)
VNC: Final = FileFormat(
    name="VNC",
    paths=("*.vnc", "ultravnc.ini"),
    reference="https://uvnc.com/docs/",
    remediation=_CHANGE,
)
GIT_CREDENTIALS: Final = FileFormat(
    name="git",
    paths=(".git-credentials", "*.git-credentials", "git/credentials"),
    reference="https://git-scm.com/docs/git-credential-store",
    remediation="Revoke the token or change the password at the server of the repository.",
)

RULES: Final[tuple[Rule, ...]] = (
    NETRC.secret(
        "netrc-password",
        "Password in a file .netrc",
        rf"\bpassword[ \t][ \t]{{0,7}}{VALUE}",
        "machine mail.acme.internal login robot password {}\n",
        "machine git.acme.internal\n  login robot\n  password {}\n",
        near=("machine ", "login ", "default"),
        alone="password {}",
        counter_examples=("machine mail.acme.internal login robot",),
    ),
    PGPASS.secret(
        "pgpass-password",
        "Password in a password file of PostgreSQL",
        r"""^[^:#\s]{1,253}(?::543[0-9]:|:6432:|:\*:)[^:\n]{1,64}:[^:\n]{1,64}:(?P<secret>[^:\s"',]{1,128})\s*$""",
        "db.acme.internal:5432:main:robot:{}\n",
        "# host:port:database:user:password\n*:*:main:robot:{}\n",
        counter_examples=("#hostname:port:database:username:password\n", "db.acme.internal:5432:main\n"),
    ),
    MYSQL.secret(
        "mysql-option-file-password",
        "Password in an option file of MySQL",
        rf"^[ \t]{{0,8}}password[ \t]{{0,8}}=[ \t]{{0,8}}{VALUE}",
        "[client]\nuser = robot\npassword = {}\n",
        "[client]\npassword='{}'\n",
        near=("[client", "[mysql", "[mariadb", "[dump"),
        alone="[server]\npassword = {}\n",
        counter_examples=("[client]\npassword =\nuser = robot\n", "# password = one-that-was\n"),
    ),
    MAIL.secret(
        "mail-client-password",
        "Password in the configuration of a mail client",
        (
            rf"^(?:[Pp]assword|passwd|[Pp]ass|remotepass)[ \t][ \t]{{0,7}}=?[ \t]{{0,8}}{VALUE}[\"']?$",
            rf"^poll [^\r\n]{{1,200}} passw(?:or)?d {VALUE}",
        ),
        'identity "robot"\nhostname mail.acme.internal\npassword "{}"\n',
        "account default\npassword {}\n",
        "poll mail.acme.internal user robot passwd {}\n",
        "[Repository Remote]\nremotehost = mail.acme.internal\nremotepass = {}\n",
        "IMAPAccount acme\nPass {}\n",
        near=("identity", "account ", "poll ", "imapaccount", "remotehost"),
        alone="password {}\n",
        counter_examples=("passwordeval gpg -d secret.gpg\n",),
    ),
    MUTT.secret(
        "mutt-password",
        "Password in the configuration of Mutt",
        rf"\b(?:imap|smtp|pop)_pass[ \t]{{0,8}}=[ \t]{{0,8}}{VALUE}",
        'set imap_pass = "{}"\n',
        "set smtp_pass={}\n",
        "set pop_pass='{}'\n",
        counter_examples=('set imap_pass="`pass show mail`"\n',),
    ),
    S3CMD.secret(
        "s3cmd-secret-key",
        "Secret key in the configuration of s3cmd",
        rf"^[ \t]{{0,8}}(?:secret_key|gpg_passphrase)[ \t]{{0,8}}=[ \t]{{0,8}}{VALUE}",
        "[default]\naccess_key = robot\nsecret_key = {}\n",
        "gpg_passphrase = {}\n",
        counter_examples=("gpg_passphrase =\n",),
    ),
    BOTO.secret(
        "boto-secret-access-key",
        "Secret key in the configuration of Boto and gsutil",
        r"^[ \t]{0,8}(?:aws_secret_access_key|gs_secret_access_key|gs_oauth2_refresh_token)[ \t]{0,8}=[ \t]{0,8}"
        r"""(?P<secret>[^\s#<"']{1,256})""",
        "[Credentials]\ngs_secret_access_key = {}\n",
        "[Credentials]\naws_secret_access_key = {}\n",
        "gs_oauth2_refresh_token = {}\n",
        counter_examples=("# gs_oauth2_refresh_token = <your token>\n",),
    ),
    RCLONE.secret(
        "rclone-password",
        "Password, secret or token in the configuration of rclone",
        r"^type = [a-z0-9 ]{2,40}\s{1,4}(?:[a-z_]{1,40} = [^\r\n]*\s{1,4}){0,6}"
        r"(?:pass|password|password2|client_secret|key|secret_access_key|api_key|bearer_token|sas_url) = "
        r"(?P<secret>[^\s#\"']{4,1000})",
        "[remote]\ntype = sftp\nhost = files.acme.internal\npass = {}\n",
        "[s3]\ntype = s3\nsecret_access_key = {}\n",
        counter_examples=("[remote]\ntype = sftp\nkey_file = /home/robot/key\n",),
        multiline=True,
        max_bytes=4096,
    ),
    IRC.secret(
        "irc-client-password",
        "Password in the configuration of an IRC client",
        rf"(?i:pass(?:word)?)[\"']?[ \t]{{0,8}}[=:][ \t]{{0,8}}{VALUE}",
        'servers = ({{ address = "irc.acme.internal"; password = "{}"; }});',
        "# irc\nPASS={}\n",
        "sasl: Password = {}\n",
        near=("irc", "sasl", "nickserv"),
        alone="password = {}",
        counter_examples=("irc_password_prompt = yes\n",),
    ),
    VENTRILO.secret(
        "ventrilo-password",
        "Password in the configuration of a Ventrilo server",
        rf"^(?:Admin)?Password={VALUE}",
        "[Server]\nAdminPassword={}\n",
        "Name=Server\nPassword={}\n",
        counter_examples=("AdminPassword=\nDuplicates=1\n",),
        template="",
        checks=(),
    ),
    VNC.secret(
        "vnc-password",
        "Password in the configuration of VNC, which is only obscured",
        r"(?i:^[ \t]{0,8}(?:password|passwd|passwd2)=)(?P<secret>[0-9A-Fa-f]{16,18})",
        "[connection]\npassword={}\n",
        "[ultravnc]\nPASSWD={}\n",
        values=("9a3f0c7be1d2468f", "7B3E5D9A1C0F2846AA"),
        confidence=Confidence.MEDIUM,
        severity=Severity.MEDIUM,
        boundary="0-9A-Za-z",
        checks=(),
        counter_examples=("[connection]\npassword=\n",),
    ),
    GIT_CREDENTIALS.secret(
        "git-credentials-password",
        "Password or token in the store of git's credentials",
        r"""^https?://[^:/\s]{1,100}:(?P<secret>[^\s"']{1,256})@[^@\s/]{1,253}""",
        "https://robot:{}@git.acme.internal\n",
        "https://robot@acme.internal:{}@git.acme.internal\n",
        counter_examples=("https://git.acme.internal/repository\n",),
        max_bytes=1024,
    ),
)
