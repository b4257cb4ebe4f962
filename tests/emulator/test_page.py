"""The page /_emulator/, as text and in a real browser."""

import asyncio
import html
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from support import need, run
from wire import Reply, call, post

from rekognition_async.emulator import (
    Fault,
    FaultRule,
    ManualClock,
    RekognitionEmulator,
)

HOSTILE = '"><img src=x onerror="document.title=1"><script>document.title="owned"</script>&amp;'


def record(sequence: int, kind: str, name: str, *, parent: str = "", **document: Any) -> Any:
    """A record of an exported state."""
    return {
        "account_id": "123456789012",
        "region_name": "us-east-1",
        "kind": kind,
        "parent": parent,
        "sequence": sequence,
        "name": name,
        "created_at": 1_800_000_000.0 + sequence,
        "document": document,
    }


def fill(emulator: RekognitionEmulator, *records: Any) -> None:
    """Makes these records the state."""
    emulator.import_state(
        {"format": "rekognition-emulator-state", "version": 1, "records": list(records)}
    )


async def page_of(emulator: RekognitionEmulator, query: str = "") -> Reply:
    """A view of the page as it comes over the wire."""
    return await post(f"{emulator.url}/_emulator/{query}", b"", {}, method="GET")


class _Reader(HTMLParser):
    """The tables of a page as rows of texts, and all its tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: list[str] = []
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data


async def test_it_shows_what_is_kept_of_whatever_kind(emulator: RekognitionEmulator) -> None:
    """Each kind has its table: names, what belongs to what, members, and work under way."""
    fill(
        emulator,
        record(1, "collection", "guests", FaceModelVersion="7.0", Tags={"team": "vision"}),
        record(2, "face", "f-1", parent="guests", ExternalImageId="ann", BoundingBox={"Top": 0.5}),
        record(3, "face", "f-2", parent="guests", ExternalImageId="bob", BoundingBox={"Top": 0.1}),
        record(4, "video_job", "j-1", JobStatus="IN_PROGRESS", _progress={"due": 1_800_000_060}),
    )
    reader = _Reader((await page_of(emulator)).body.decode())
    rows = [dict(zip(head, row, strict=True)) for head, row in _with_heads(reader.rows)]
    assert rows[0]["name"] == "guests"
    assert rows[0]["holds"] == "2 faces"
    assert rows[0]["FaceModelVersion"] == "7.0"
    assert rows[0]["more"] == '{"Tags": {"team": "vision"}}'
    assert rows[1]["name"] == "f-2"
    assert rows[1]["belongs to"] == "guests"
    assert rows[1]["ExternalImageId"] == "bob"
    assert rows[3]["JobStatus"] == "IN_PROGRESS"
    assert rows[3]["under way until"] == "2027-01-15 08:01:00.000"


def _with_heads(rows: list[list[str]]) -> list[tuple[list[str], list[str]]]:
    """Each row with the head of its table."""
    paired: list[tuple[list[str], list[str]]] = []
    head: list[str] = []
    for row in rows:
        if row[0] in {"name", "time", "operation"}:
            head = row
        else:
            paired.append((head, row))
    return paired


async def test_it_shows_the_last_requests_and_what_is_in_force() -> None:
    """Requests come newest first with their outcome; faults, quotas and latency are named."""
    async with RekognitionEmulator(
        clock=ManualClock(1_800_000_000),
        quotas={"ListFaces": 5},
        faults=[FaultRule("ListFaces", Fault.error("AccessDeniedException", "no"), calls=(1, 2))],
    ) as emulator:
        await call(emulator)
        await call(emulator, operation="ListFaces")
        reply = await page_of(emulator)
        settings = await page_of(emulator, "?view=controls")
    rows = _Reader(reply.body.decode()).rows
    first = next(number for number, row in enumerate(rows) if row[:2] == ["time", "operation"])
    assert rows[first + 1][1:5] == ["ListFaces", "400 AccessDeniedException", "error", ""]
    assert rows[first + 2][1:5] == ["ListCollections", "200", "", "us-east-1"]
    fault = ["ListFaces", "error", "[1, 2]", "", "", '{"code": "AccessDeniedException", "messag']
    controls = html.unescape(settings.body.decode())
    rows = _Reader(settings.body.decode()).rows
    assert [cell[:36] for cell in rows[-1]] == [cell[:36] for cell in fault]
    text = controls
    assert '{"ListFaces": 5}, in transactions a second' in text
    assert "admin routes</dt><dd>off" in text


async def test_it_holds_no_script_and_nothing_from_elsewhere(emulator: RekognitionEmulator) -> None:
    """The page is HTML and its own style alone, and tells the browser so."""
    reply = await page_of(emulator)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    reader = _Reader(reply.body.decode())
    assert not {"script", "img", "iframe", "object"} & set(reader.tags)
    assert b"http://" not in reply.body.replace(emulator.url.encode(), b"")


async def test_its_address_without_a_slash_leads_there(emulator: RekognitionEmulator) -> None:
    """Who types /_emulator comes to the page."""
    received = await sent_to(emulator, b"GET /_emulator HTTP/1.1\r\nHost: localhost\r\n")
    assert received.startswith(b"HTTP/1.1 308 ")
    assert b"Location: /_emulator/\r\n" in received


async def sent_to(emulator: RekognitionEmulator, head: bytes) -> bytes:
    """What comes back for a request in these very bytes."""
    address = urlsplit(emulator.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(head + b"Content-Length: 0\r\nConnection: close\r\n\r\n")
    received = await reader.read()
    writer.close()
    return received


async def test_images_tokens_and_secrets_are_left_out(emulator: RekognitionEmulator) -> None:
    """What a client sent in confidence is on no page."""
    fill(
        emulator,
        record(1, "job", "j", ClientRequestToken="hush", Image={"Bytes": "hush"}),
        record(2, "client_request_token", "hush", parent="StartLabelDetection"),
    )
    await call(emulator, b'{"NextToken":"hush"}', token="hush")
    reply = await page_of(emulator)
    assert reply.status == 200
    assert b"hush" not in reply.body


async def test_long_tables_are_cut(emulator: RekognitionEmulator) -> None:
    """The latest records are shown, and how many there are in all."""
    emulator.seed(collections=1200)
    text = (await page_of(emulator)).body.decode()
    assert "1,200, the latest 5 of them here" in text
    assert "collection-01199" in text
    assert "collection-01194" not in text


async def test_hostile_names_are_text(emulator: RekognitionEmulator) -> None:
    """Markup in a name, a kind, a document or a header is shown, and is no markup."""
    fill(
        emulator, record(1, HOSTILE, HOSTILE, parent=HOSTILE, **{HOSTILE: HOSTILE, "a": [HOSTILE]})
    )
    await call(emulator, operation=HOSTILE)
    reader = _Reader((await page_of(emulator)).body.decode())
    assert not {"script", "img"} & set(reader.tags)
    assert any(HOSTILE in row for row in reader.rows)


async def test_names_that_are_no_text_are_shown_all_the_same(
    emulator: RekognitionEmulator,
) -> None:
    """An operation in bytes of no encoding breaks neither the page nor the admin routes."""
    target = b"X-Amz-Target: RekognitionService.\xff\xed\xa0\x80\r\n"
    await sent_to(emulator, b"POST / HTTP/1.1\r\nHost: localhost\r\n" + target)
    assert "\udcff" in emulator.requests[-1].operation
    reply = await page_of(emulator)
    assert reply.status == 200
    assert b"????" in reply.body


async def browse(url: str, *flags: str) -> str:
    """What a real browser makes of a page."""
    chromium = shutil.which("chromium")
    need("chromium", chromium, "there is no chromium on this machine")
    output = await run(
        chromium or "",
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        *("--disable-dev-shm-usage", *flags, url),
    )
    return output.decode()


async def test_a_browser_shows_it_and_runs_nothing(
    emulator: RekognitionEmulator, tmp_path: Path
) -> None:
    """Chromium renders the page; hostile names are text there, and nothing else is asked for."""
    emulator.seed(collections=["guests"])
    state = emulator.export_state()
    state["records"].append(record(9, "face", HOSTILE, parent="guests", ExternalImageId=HOSTILE))
    emulator.import_state(state)
    await call(emulator, operation=HOSTILE)
    asked = len(emulator.requests)
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    dom = await browse(f"{emulator.url}/_emulator/", profile, "--dump-dom")
    assert "<title>Rekognition emulator</title>" in dom
    assert re.search(r"<td[^>]*><a[^>]*>guests</a></td>", dom)
    assert "<img" not in dom
    assert "<script" not in dom
    assert html.escape(HOSTILE, quote=False) in dom
    # Neither an icon nor anything else is fetched from what is the service's own address.
    assert len(emulator.requests) == asked


@pytest.mark.parametrize("is_dark", [False, True])
async def test_a_browser_paints_it(
    emulator: RekognitionEmulator, tmp_path: Path, is_dark: bool
) -> None:
    """The page's own style passes its own policy: the background is that of the scheme."""
    emulator.seed(collections=["guests"])
    picture = tmp_path / "page.png"
    await browse(
        f"{emulator.url}/_emulator/",
        f"--user-data-dir={tmp_path / 'profile'}",
        f"--screenshot={picture}",
        "--window-size=800,600",
        f"--blink-settings=preferredColorScheme={0 if is_dark else 1}",
    )
    from PIL import Image  # noqa: PLC0415 - only where there is a browser

    with Image.open(picture) as image:
        assert image.convert("RGB").getpixel((2, 2)) == (
            (0x12, 0x16, 0x1D) if is_dark else (0xF6, 0xF7, 0xF9)
        )
