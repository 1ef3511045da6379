"""Errors

Every error that BECA raises on purpose is a `BecaError`. Its message names the path, option or rule that it is about,
and never a secret. [All errors](#error-classes) are at the end of this page.
"""

import sys

import beca_core
from beca_core import BecaError
from beca_core.errors import InvalidInput, InvalidTarget, SourceError


def exit_code(target: str) -> int:
    """Scan a target, and return the exit code that `beca scan` has for it."""
    try:
        report = beca_core.scan(target)
    except InvalidTarget as error:  # there is nothing to scan; a URL that is not allowed is a ForbiddenUrl
        print(f"wrong target ({error.code}): {error}")
        return error.exit_code
    except InvalidInput as error:  # another argument is wrong: a mistake in this program
        print(f"wrong argument ({error.code}): {error}")
        return error.exit_code
    except SourceError as error:  # it cannot be read now: FetchFailed, DeadlineExceeded
        print(f"try again later ({error.code}): {error}")
        return error.exit_code
    except BecaError as error:  # the base class of everything that BECA raises on purpose
        print(f"{error.code}: {error.message} {error.hint}")
        return error.exit_code
    return report.exit_code  # 0: nothing found; 1: findings, not only of LOW confidence; 2: not everything was read


for target in sys.argv[1:] or ["no-such-directory", "http://example.com/repository.git", "."]:
    print(f"{target}: {exit_code(target)}")
