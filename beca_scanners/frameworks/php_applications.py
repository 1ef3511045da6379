"""Secrets in the configuration of applications in PHP: WordPress, Laravel, Symfony, Joomla, Drupal, Magento."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final

from beca_core import CounterExample, Severity, Step, random_text
from beca_core.checks import Entropy, Placeholder
from beca_scanners.building import base62, base64url, hexadecimal
from beca_scanners.building.file_format import FREE, FileFormat, password

if TYPE_CHECKING:
    from beca_core import Rule

_REAL: Final = Placeholder()
_RANDOM: Final = Entropy(min_share=0.6)
_SESSIONS: Final = "Set a new key, which ends all sessions, and keep the file out of the repository."
_DATABASE: Final = "Change the password of the database, and keep the file out of the repository."
_ALL: Final = FREE + "<>#$&()*:;=@[]^_{|}/`"


def _salt(seed: str) -> str:
    return random_text(_ALL, 56, seed) + "aZ3 _-,`"


def _laravel_key(seed: str, size: int) -> str:
    return "base64:" + b64encode(random_text("".join(map(chr, range(128))), size, seed).encode()).decode()


WORDPRESS: Final = FileFormat(
    name="WordPress",
    category="framework",
    reference="https://developer.wordpress.org/advanced-administration/wordpress/wp-config/",
    remediation=_SESSIONS,
)
WORDPRESS_DATABASE: Final = FileFormat(
    name="WordPress",
    category="framework",
    reference="https://developer.wordpress.org/advanced-administration/wordpress/wp-config/",
    remediation=_DATABASE,
)
LARAVEL: Final = FileFormat(
    name="Laravel",
    category="framework",
    reference="https://laravel.com/docs/encryption",
    remediation="Set a new key and list the old one in APP_PREVIOUS_KEYS until everything is encrypted anew.",
)
SYMFONY: Final = FileFormat(
    name="Symfony",
    category="framework",
    reference="https://symfony.com/doc/current/reference/configuration/framework.html#secret",
    remediation=_SESSIONS,
)
JOOMLA: Final = FileFormat(
    name="Joomla",
    category="framework",
    reference="https://docs.joomla.org/Configuration.php_options",
    remediation=_SESSIONS,
)
DRUPAL: Final = FileFormat(
    name="Drupal",
    category="framework",
    reference="https://www.drupal.org/docs/getting-started/installing-drupal/trusted-host-settings",
    remediation=_SESSIONS,
)
MAGENTO: Final = FileFormat(
    name="Magento",
    category="framework",
    reference="https://experienceleague.adobe.com/en/docs/commerce-admin/systems/security/encryption-key",
    remediation="Set a new key in the admin panel, which encrypts the data anew.",
)
PHPMYADMIN: Final = FileFormat(
    name="phpMyAdmin",
    category="framework",
    reference="https://docs.phpmyadmin.net/en/latest/config.html#cfg_blowfish_secret",
    remediation=_SESSIONS,
)
PHP: Final = FileFormat(
    name="PHP",
    category="framework",
    reference="https://www.php.net/manual/en/mysqli.construct.php",
    remediation=_DATABASE,
)

RULES: Final[tuple[Rule, ...]] = (
    WORDPRESS.secret(
        "wordpress-salt",
        "Key or salt of WordPress",
        r"""define\(\s{0,4}["'](?:AUTH|SECURE_AUTH|LOGGED_IN|NONCE)_(?:KEY|SALT)["'],\s{0,16}["']"""
        r"""(?P<secret>[^'"\\\r\n]{32,128})["']""",
        "define('AUTH_KEY', '{}');\n",
        "define( 'LOGGED_IN_SALT',   '{}' );\n",
        values=(_salt("wordpress").replace("'", "x"), _salt("wordpress 2") + _salt("3")),
        checks=(_REAL,),
        counter_examples=(
            CounterExample(
                f"define('AUTH_KEY', 'put your unique phrase here, {'x' * 20}');", step=Step.CHECK, check="placeholder"
            ),
            "define('AUTH_KEY', 'put your unique phrase here');",
        ),
    ),
    WORDPRESS_DATABASE.secret(
        "wordpress-database-password",
        "Password of the database of WordPress",
        r"""define\(\s{0,4}["']DB_PASSWORD["'],\s{0,16}["'](?P<secret>[^'"\r\n]{1,128})["']""",
        "define('DB_PASSWORD', '{}');\n",
        'define( "DB_PASSWORD",   "{}" );\n',
        values=(password("wordpress"), random_text(_ALL, 40, "w") + " aZ3%,\\"),
        template="<password>",
        counter_examples=("define('DB_PASSWORD', '');", "define('DB_PASSWORD', getenv('DB_PASSWORD'));"),
    ),
    LARAVEL.secret(
        "laravel-app-key",
        "Key of an application of Laravel",
        r"""\bAPP_(?:KEY|PREVIOUS_KEYS)["']?[ \t]{0,8}(?:=>?|:)[ \t]{0,8}["']?"""
        r"""(?P<secret>base64:[0-9A-Za-z+/]{42,44})""",
        "APP_KEY={}\nAPP_DEBUG=false\n",
        "'APP_KEY' => '{}',\n",
        "APP_KEY: {}\n",
        values=(_laravel_key("laravel", 32).rstrip("="), _laravel_key("laravel 2", 33)),
        boundary="0-9A-Za-z+/",
        checks=(_RANDOM,),
        counter_examples=(
            "APP_KEY=\n",
            CounterExample(f"APP_KEY=base64:{'A' * 43}=", step=Step.CHECK, check="entropy"),
        ),
        severity=Severity.CRITICAL,
    ),
    SYMFONY.secret(
        "symfony-app-secret",
        "Secret of an application of Symfony",
        r"""\bAPP_SECRET["']?[ \t]{0,8}(?:=>?|:)[ \t]{0,8}["']?(?P<secret>[0-9a-f]{32,64})""",
        "APP_ENV=prod\nAPP_SECRET={}\n",
        "'APP_SECRET' => '{}',\n",
        values=(hexadecimal(32).sample("symfony"), hexadecimal(40).sample("symfony")),
        boundary="0-9A-Za-z_-",
        checks=(_RANDOM, _REAL),
        counter_examples=(
            CounterExample(f"APP_SECRET={'0' * 32}", step=Step.CHECK, check="entropy"),
            CounterExample(f"APP_SECRET={'0123456789abcdef' * 2}", step=Step.CHECK, check="placeholder"),
        ),
    ),
    JOOMLA.secret(
        "joomla-secret",
        "Secret or password in the configuration of Joomla",
        r"""\b(?:public|var) \$(?:secret|password|smtppass|ftp_pass|proxy_pass|redis_server_auth)"""
        r"""[ \t]{0,8}=[ \t]{0,8}["']"""
        r"""(?P<secret>[^"'\s]{1,128})["']""",
        "class JConfig {{\n\tpublic $secret = '{}';\n",
        "class JConfig {{\n\tvar $password = '{}';\n",
        near=("jconfig", "$dbtype", "$sitename", "$mailer"),
        within=900,
        alone="\tpublic $password = '{}';\n",
        values=(password("joomla"), random_text(_ALL, 40, "joomla") + "%,"),
        counter_examples=("class JConfig {\n\tpublic $password = '';\n",),
    ),
    DRUPAL.secret(
        "drupal-hash-salt",
        "Salt of a site of Drupal",
        r"""(?:\$settings\[["']hash_salt["']\]|\$drupal_hash_salt)[ \t]{0,8}=[ \t]{0,8}["']"""
        r"""(?P<secret>[0-9A-Za-z_+/-]{24,128})["']""",
        "$settings['hash_salt'] = '{}';\n",
        "$drupal_hash_salt = '{}';\n",
        values=(base64url(74).sample("drupal"), base64url(43).sample("drupal 2") + "+/"),
        boundary="0-9A-Za-z_+/-",
        checks=(_RANDOM,),
        counter_examples=(
            "$settings['hash_salt'] = '';",
            CounterExample(f"$settings['hash_salt'] = '{'a' * 40}';", step=Step.CHECK, check="entropy"),
        ),
    ),
    DRUPAL.secret(
        "php-database-password",
        "Password of a database in a configuration in PHP",
        r"""["'](?:db_?)?pass(?:word|wd)?["'][ \t]{0,8}=>[ \t]{0,8}["'](?P<secret>[^"'\s$<>-][^"'\s$<>]{2,127})["']""",
        "$databases['default'] = array(\n  'driver' => 'mysql',\n  'password' => '{}',\n",
        "'db' => ['host' => 'db.acme.internal', \"db_passwd\" => \"{}\"],\n",
        near=("'driver'", "'host'", '"host"', "mysql", "pgsql", "'database'", "dbname"),
        within=400,
        alone="'password' => '{}',\n",
        values=(password("drupal"), password("drupal", 40) + "#&()*:;=@[]^_{|}/`\\,"),
        checks=(_REAL,),
        counter_examples=(
            "'driver' => 'mysql', 'password' => '',",
            CounterExample("'driver' => 'mysql', 'password' => 'password',", step=Step.CHECK, check="placeholder"),
            "'driver' => 'mysql', 'password' => $password,",
        ),
    ),
    MAGENTO.secret(
        "magento-crypt-key",
        "Key with which Magento encrypts",
        r"""["']crypt["'] => (?:array\(|\[)\s{1,40}["']key["'] => ["']"""
        r"""(?P<secret>(?:base64)?[0-9A-Za-z+/]{32,60}={0,2})["']""",
        "'crypt' => [\n        'key' => '{}'\n    ],\n",
        "'crypt' => array(\n    'key' => '{}',\n",
        values=(hexadecimal(32).sample("magento"), "base64" + base62(41).sample("magento") + "+/="),
        boundary="0-9A-Za-z+/",
        checks=(_RANDOM,),
        counter_examples=(
            "'crypt' => [\n 'key' => ''\n",
            CounterExample(f"'crypt' => [\n 'key' => '{'a' * 32}'\n", step=Step.CHECK, check="entropy"),
        ),
        multiline=True,
        severity=Severity.CRITICAL,
    ),
    PHPMYADMIN.secret(
        "phpmyadmin-secret",
        "Secret or password in the configuration of phpMyAdmin",
        r"""\$cfg\[["'](?:blowfish_secret["']\]|Servers["']\]\[\$i\]\[["'](?:password|controlpass)["']\])"""
        r"""[ \t]{0,8}=[ \t]{0,8}["']"""
        r"""(?P<secret>[^"'\s]{1,128})["']""",
        "$cfg['blowfish_secret'] = '{}';\n",
        "$cfg['Servers'][$i]['password'] = '{}';\n",
        values=(password("phpmyadmin", 32), random_text(_ALL, 40, "pma") + "%,"),
        counter_examples=("$cfg['blowfish_secret'] = ''; /* YOU MUST FILL IN THIS */",),
    ),
    PHP.secret(
        "php-mysql-password",
        "Password in a call that connects to MySQL from PHP",
        r"""\b(?:mysqli?_p?connect|new mysqli|new PDO)\([^(),\r\n]{1,120},[ \t]{0,4}["'][^"'\r\n]{1,64}["'],"""
        r"""[ \t]{0,4}["']"""
        r"""(?P<secret>[^"'\s$<>]{1,128})["']""",
        "$link = mysqli_connect('db.acme.internal', 'robot', '{}', 'main');\n",
        '$db = new PDO("mysql:host=db.acme.internal;dbname=main", "robot", "{}");\n',
        "$db = new mysqli($host, 'robot', '{}');\n",
        values=(password("php"), password("php 2", 40) + "#&()*:;=@[]^_{|}/`\\,"),
        template="",
        checks=(_REAL,),
        counter_examples=(
            "$link = mysqli_connect($host, $user, $password);",
            CounterExample(
                "$link = mysqli_connect('db.acme.internal', 'robot', 'password');",
                step=Step.CHECK,
                check="placeholder",
            ),
        ),
    ),
)
