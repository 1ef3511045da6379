from collections.abc import Iterable

from beca_core import Filter, Finding, hookimpl


def is_ours(finding: Finding) -> bool:
    return not finding.location.path.startswith("vendor/")


@hookimpl
def beca_register_filters() -> Iterable[Filter]:
    return [is_ours]
