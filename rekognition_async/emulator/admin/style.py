"""The page's style, and the policy that lets a browser use it and nothing else."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

STYLE: Final = """
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #fff; --ink: #1b2330; --soft: #5d6878; --line: #dfe4ea;
  --accent: #3557c7; --good: #18794e; --bad: #b42318; --warn: #8a5a00;
  --good-paper: #e3f5ec; --bad-paper: #fdeceb; --warn-paper: #fdf3dc; --well: #eef1f5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161d; --card: #1a2029; --ink: #e4e9f0; --soft: #98a4b5; --line: #2c3542;
    --accent: #8fa8ff; --good: #6fd3a4; --bad: #ff9a90; --warn: #f0c36a;
    --good-paper: #173327; --bad-paper: #3d1f1d; --warn-paper: #3a2f16; --well: #11151b;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
}
main, header { max-width: 76rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 1.5rem; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
h1 { font-size: 1.4rem; margin: 0; letter-spacing: -0.01em; }
h1 a { color: inherit; }
h2 { font-size: 1.1rem; margin: 2rem 0 .75rem; }
h3 { font-size: .95rem; margin: 1.25rem 0 .5rem; color: var(--soft); font-weight: 600; }
header p, .note { color: var(--soft); margin: .25rem 0 .75rem; }
code, td, .figure b { font-variant-numeric: tabular-nums; }
code, pre, .mono { font-size: .86em;
  font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
nav { display: flex; flex-wrap: wrap; gap: .25rem; margin: 1rem 0 0;
  border-bottom: 1px solid var(--line); }
nav a { padding: .4rem .8rem; color: var(--soft); border-bottom: 2px solid transparent; }
nav a[aria-current] { color: var(--ink); font-weight: 600; border-color: var(--accent); }
.figures { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.25rem; }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .6rem 1.1rem; flex: 1 1 8rem; }
.figure b { display: block; font-size: 1.4rem; font-weight: 650; }
.figure span { color: var(--soft); font-size: .85rem; }
.box { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  margin-bottom: .75rem; overflow: hidden; }
.title { display: flex; flex-wrap: wrap; gap: 0 .4rem;
  padding: .65rem 1rem; font-weight: 600; margin: 0; font-size: inherit; color: inherit; }
.title .count { color: var(--soft); font-weight: 400; }
.title a { margin-left: auto; font-weight: 400; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .45rem .5rem; border-top: 1px solid var(--line);
  vertical-align: top; }
th:first-child, td:first-child { padding-left: 1rem; }
th:last-child, td:last-child { padding-right: 1rem; }
.box > table:first-child > thead th { border-top: 0; }
th { color: var(--soft); font-weight: 600; font-size: .78rem; overflow-wrap: normal; }
td.number, td.time { white-space: nowrap; overflow-wrap: normal; }
td.number { text-align: right; }
th.number { text-align: right; }
td.operation { min-width: 13rem; }
.picture table { width: auto; min-width: 50%; }
td.soft, td.time { color: var(--soft); }
tbody tr:hover { background: color-mix(in srgb, var(--accent) 6%, transparent); }
.none { color: var(--soft); padding: .8rem 1rem; margin: 0; }
.said { padding: .8rem 1rem; margin: 0; }
.badge { display: inline-block; border-radius: 1rem; padding: 0 .6rem; font-size: .82rem;
  font-weight: 600; background: var(--line); max-width: 100%; white-space: nowrap;
  overflow: hidden; text-overflow: ellipsis;
  vertical-align: bottom; }
.good { color: var(--good); background: var(--good-paper); }
.bad { color: var(--bad); background: var(--bad-paper); }
.warn { color: var(--warn); background: var(--warn-paper); }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .35rem 1.5rem;
  margin: 0; padding: .8rem 1rem; }
dt { color: var(--soft); } dd { margin: 0; }
pre { margin: 0; padding: .8rem 1rem; white-space: pre-wrap; background: var(--well);
  border-top: 1px solid var(--line); max-height: 32rem; overflow-y: auto; }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 0 0 .75rem; }
.box form { margin: 0; padding: .8rem 1rem; }
.box form + form { padding-top: 0; }
label { display: flex; flex-direction: column; color: var(--soft); font-size: .82rem;
  flex: 1 1 9rem; min-width: 0; max-width: 22rem; }
.wide { max-width: none; flex-grow: 4; }
input, select, button { font: inherit; color: var(--ink); background: var(--card); min-width: 0;
  border: 1px solid var(--line); border-radius: .4rem; padding: .35rem .6rem; max-width: 100%; }
label input, label select { font-size: .95rem; width: 100%; }
button { cursor: pointer; font-weight: 600; color: var(--accent); white-space: nowrap; }
button:hover { border-color: var(--accent); }
.pager { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: .6rem 1rem;
  border-top: 1px solid var(--line); }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr));
  gap: .75rem; align-items: start; }
.picture { display: flex; flex-direction: column; }
svg { display: block; width: 100%; max-height: 26rem; background: var(--well); }
.ground { fill: var(--line); }
.frame { fill: none; stroke: #fff; stroke-width: 5; }
.edge { fill: none; stroke: #d92d20; stroke-width: 2.5; }
.edge.chosen { stroke: #12b76a; }
.tag { fill: #fff; font: 700 17px system-ui, "DejaVu Sans", sans-serif; paint-order: stroke;
  stroke: #1b2330; stroke-width: 4px; }
.message { padding: .6rem 1rem; border-radius: .6rem; margin: 1rem 0 0; }
footer { color: var(--soft); font-size: .85rem; padding: 2rem 0 3rem; }
@media (max-width: 50rem) {
  main, header { padding: 0 .75rem; }
  header { padding-top: 1rem; }
  thead { display: none; }
  table, tbody, tr, td { display: block; width: 100%; }
  tr { border-top: 1px solid var(--line); padding: .4rem 0; }
  .box > table:first-child > tbody > tr:first-child { border-top: 0; }
  td, td:first-child, td:last-child { border: 0; padding: .1rem 1rem; }
  td.number { text-align: left; }
  td.operation { min-width: 0; }
  td.number, td.time { white-space: normal; }
  td:empty { display: none; }
  td[data-head]::before { content: attr(data-head); color: var(--soft); font-size: .78rem;
    font-weight: 600; display: block; font-family: system-ui, "DejaVu Sans", sans-serif; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: .4rem; }
  label { max-width: none; }
}
"""

_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
"""Nothing but the page's own style and what it holds, and no script at all, so that what clients
sent can do nothing in a browser."""
