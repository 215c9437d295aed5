"""The emulator's process: MiniStack of one known version, with the cures of `patches`, on one local port."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.metadata
import os
import resource
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from infra.local.patches import apply_all, ministack, saving
from infra.local.patches.unpacked import prune
from infra.local.templates import CUSTOM_ID, ROOT_STAGE

VERSION = "1.5.33"
HEALTH = "/_ministack/health"


def assert_version() -> None:
    """The cures reach into the emulator, so they hold for the version that they were written for and no other."""
    found = importlib.metadata.version("ministack")
    if found != VERSION:
        sys.exit(f"ministack {found} is installed, but the local stack is made for {VERSION}: run `make setup`")


def counting(app: Any) -> Callable[..., Awaitable[None]]:
    """Note each request that may change the state."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope.get("path") != HEALTH:
            saving.activity.note()
        await app(scope, receive, send)

    return application


def at_the_root(app: Any) -> Callable[..., Awaitable[None]]:
    """Serve the API under /v1 as well: the links in its answers begin there, as they do on AWS."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if path.startswith(f"/{ROOT_STAGE}/"):
            prefix = f"/_aws/execute-api/{CUSTOM_ID}"
            scope = {**scope, "path": prefix + path, "raw_path": prefix.encode() + scope.get("raw_path", path.encode())}
        await app(scope, receive, send)

    return application


def raise_file_limit() -> None:
    """Each worker process takes three descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with contextlib.suppress(OSError, ValueError):  # some systems refuse; the soft limit then stays
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))


async def serve() -> None:
    """Serve until SIGTERM, then save and stop."""
    hypercorn: Any = importlib.import_module("hypercorn.asyncio")
    config = importlib.import_module("hypercorn.config").Config()
    config.bind = [f"127.0.0.1:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopping.set)

    async def until_stopped() -> None:
        await stopping.wait()
        await asyncio.to_thread(saving.stop)

    await hypercorn.serve(counting(at_the_root(ministack("app").app)), config, shutdown_trigger=until_stopped)


def main() -> None:
    """Run the emulator."""
    assert_version()
    raise_file_limit()
    apply_all()
    prune(Path(os.environ["AGORA_UNPACKED_DIR"]))
    asyncio.run(serve())
    # Worker processes end when their stdin closes; threads that wait for them must not keep this one.
    os._exit(0)


if __name__ == "__main__":
    main()
