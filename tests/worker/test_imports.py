"""What the child processes load: every scan pays for it, and none of them may hold a database or a broker."""

from __future__ import annotations

import subprocess
import sys

import pytest

SERVER_ONLY = {"aiohttp", "alembic", "dramatiq", "pika", "psycopg", "pydantic", "redis", "sqlalchemy", "sqlmodel"}


@pytest.mark.slow
@pytest.mark.parametrize("module", ["beca_api.worker.mirrors.mirror_update", "beca_api.texts.text_process"])
def test_a_child_process_loads_no_database_and_no_broker(module: str) -> None:
    code = f"import {module}, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not set(done.stdout.split()) & SERVER_ONLY
