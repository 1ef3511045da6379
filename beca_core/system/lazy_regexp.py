"""`lazy`: a regular expression that is compiled when it is first used.

Modules that each scan imports have dozens of expressions, and a small scan uses a few. To compile all of them takes a
tenth of its time.
"""

from __future__ import annotations

import re
from typing import Any, cast, overload


@overload
def lazy(pattern: str, flags: int = 0) -> re.Pattern[str]: ...
@overload
def lazy(pattern: bytes, flags: int = 0) -> re.Pattern[bytes]: ...
def lazy(pattern: str | bytes, flags: int = 0) -> re.Pattern[str] | re.Pattern[bytes]:
    """Return what stands for a compiled expression, and has all of its methods.

    Args:
        pattern: As for `re.compile`; an error in it is raised at the first use.
        flags: As for `re.compile`.
    """
    return cast("re.Pattern[str]", LazyRegexp(pattern, flags))


class LazyRegexp:
    """Has the methods of the expression as attributes of its own after the first use, which takes no longer then."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self._source = pattern, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(self.compiled(), name)
        setattr(self, name, value)
        return value

    def compiled(self) -> re.Pattern[Any]:
        """Return the expression itself; `re` remembers it."""
        return re.compile(*self._source)

    def __reduce__(self) -> tuple[Any, ...]:
        return re.compile, self._source
