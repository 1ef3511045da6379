import json
import sys

from beca_core import ServerEvent, hookimpl


@hookimpl
def beca_server_event(event: ServerEvent) -> None:
    if event.kind == "issue-opened" and event.issue:
        seen = {"event": event.id, "rule": event.issue["ruleId"], "path": event.issue["path"]}
        print(json.dumps(seen), file=sys.stderr)
