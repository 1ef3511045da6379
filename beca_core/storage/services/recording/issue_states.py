"""The states of an issue: what one more scan makes of it.

::

                  first found                 stands lower
        (nothing) -----------> open, reopened ------------> fixed
                                     ^                        |
                                     '----- stands higher ----'

From the top, a secret is at HEAD, elsewhere in the repository, or nowhere (`Standing`). Whatever its first scan says
of it, an issue begins open: nobody has seen it yet. It is fixed when its secret stands lower than before, since it has
left HEAD or the repository. It is reopened when the secret stands higher again. What people will decide of an issue
belongs into columns of its own: what scans see goes on beside it.
"""

from __future__ import annotations

from beca_core.storage.issue_models import IssueState, Standing


def next_standing(before: Standing, seen: Standing | None, scope: str, *, proves_absence: bool) -> Standing:
    """Return where a secret stands after a scan.

    Args:
        before: Where it stood.
        seen: Where the scan found it; None: it did not.
        scope: `history` or `head`; a scan of `head` does not see what stands elsewhere.
        proves_absence: Whether the scan read everything, with the rule of the issue. Another scan can only find that a
            secret stands higher.
    """
    if seen is None:
        seen = Standing.ABSENT if scope == "history" or before is Standing.ABSENT else Standing.ELSEWHERE
    return seen if proves_absence or before.is_below(seen) else before


def next_state(state: IssueState, before: Standing, after: Standing) -> IssueState:
    """Return the state of an issue whose secret stood at one place and stands at another."""
    if after.is_below(before):
        return IssueState.FIXED
    if before.is_below(after) and state is IssueState.FIXED:
        return IssueState.REOPENED
    return state
