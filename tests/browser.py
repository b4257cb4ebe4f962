"""A real Chromium that tests drive over its DevTools protocol."""

import asyncio
import itertools
import json
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
from support import need


class PageLeftError(Exception):
    """The page was left while it was asked for something."""


class Browser:
    """A page of a browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.session: str | None = None

    async def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Sends a command, and returns its result."""
        number = next(self._numbers)
        command: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self.session is not None:
            command["sessionId"] = self.session
        await self._socket.send_json(command)
        while True:
            told: dict[str, Any] = await self._socket.receive_json(timeout=60)
            if told.get("id") == number:
                if "navigated" in told.get("error", {}).get("message", ""):
                    raise PageLeftError
                assert "error" not in told, told
                result: dict[str, Any] = told["result"]
                return result

    async def run(self, script: str) -> Any:
        """What an expression is in the page."""
        told = await self.send("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    async def open(self, url: str) -> None:
        """Goes to an address."""
        await self.run("window.isOld = true")
        await self.send("Page.navigate", url=url)
        await self._wait()

    async def click(self, selector: str, said: str = "") -> None:
        """Clicks the first element of a selector that says something; waits for the next page."""
        await self.run("window.isOld = true")
        clicking = self.run(
            f"(() => {{ const found = [...document.querySelectorAll({json.dumps(selector)})]"
            f".find(one => one.textContent.includes({json.dumps(said)}));"
            "if (found) found.click(); return Boolean(found) })()"
        )
        # What leads to the next page may do so before it has answered.
        with suppress(PageLeftError):
            assert await clicking, (selector, said)
        await self._wait()

    async def fill(self, selector: str, value: str) -> None:
        """Fills a field."""
        await self.run(
            f"document.querySelector({json.dumps(selector)}).value = {json.dumps(value)}"
        )

    async def text(self) -> str:
        """All that can be read."""
        shown: str = await self.run("document.body.innerText")
        return shown

    async def resize(self, width: int) -> None:
        """Makes the window so wide."""
        await self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )

    async def _wait(self) -> None:
        is_there = "!window.isOld && document.readyState === 'complete'"
        while True:
            with suppress(PageLeftError):
                if await self.run(is_there):
                    return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def browser(profile: Path) -> AsyncGenerator[Browser]:
    """Starts a Chromium without a window, and ends it."""
    chromium = shutil.which("chromium")
    need("chromium", chromium, "there is no chromium on this machine")
    process = await asyncio.create_subprocess_exec(
        chromium or "",
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        *("--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-port=0"),
        f"--user-data-dir={profile}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        url = ""
        while "ws://" not in url:
            url = (await process.stderr.readline()).decode()
            assert url, "chromium ended"
        async with aiohttp.ClientSession() as session:
            address = url[url.index("ws://") :].strip()
            async with session.ws_connect(address, max_msg_size=0) as socket:
                page = Browser(socket)
                target = await page.send("Target.createTarget", url="about:blank")
                attached = await page.send(
                    "Target.attachToTarget", targetId=target["targetId"], flatten=True
                )
                page.session = attached["sessionId"]
                yield page
    finally:
        process.kill()
        await process.communicate()
        process._transport.close()  # type: ignore[attr-defined] # asyncio offers no other way
