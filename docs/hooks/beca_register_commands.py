from collections.abc import Iterable

from beca_core import Argument, PluginCommand, hookimpl


def revoke(token_id: str, reason: str, dry_run: bool) -> int:
    verb = "would revoke" if dry_run else "revoked"
    print(f"{verb} {token_id}: {reason}")
    return 0


@hookimpl
def beca_register_commands() -> Iterable[PluginCommand]:
    yield PluginCommand(
        "acme-revoke",
        revoke,
        "Revoke a token of ACME.",
        arguments=(
            Argument("token-id", description="Id of the token."),
            Argument("--reason", default="leaked", description="Why.", choices=("leaked", "unused")),
            Argument("--dry-run", bool, description="Only say what would be done."),
        ),
    )
