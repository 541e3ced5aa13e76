"""The page's style: one column, light or dark as the reader's system is, black on white in print."""

STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --faint: #595959; --rule: #c9c9c9; --band: #f3f3f3; --link: #0b5394; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e6; --paper: #161616; --faint: #a8a8a8; --rule: #4a4a4a; --band: #222; --link: #8ab8f0; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 0 auto; padding: 1rem; }
a { color: var(--link); }
a.skip { position: absolute; left: -99rem; }
a.skip:focus { left: 1rem; background: var(--paper); padding: .3rem; }
h1 { margin-bottom: 0; } h2 { border-bottom: 1px solid var(--rule); margin-top: 2.2rem; }
.subtitle, figcaption, .faint { color: var(--faint); }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .4rem; }
th, td { padding: .15rem .6rem; text-align: left; vertical-align: top; white-space: nowrap; }
thead th { border-bottom: 2px solid var(--rule); } tbody tr:nth-child(even) { background: var(--band); }
.number { text-align: right; } tbody th { font-weight: 600; }
.record td { white-space: normal; overflow-wrap: anywhere; text-align: left; }
figure { margin: 1.5rem 0; } figure img { max-width: 100%; height: auto; background: #fff; border: 1px solid var(--rule); }
pre { overflow-x: auto; background: var(--band); padding: .8rem; font-size: .82rem; }
:focus-visible { outline: 3px solid var(--link); }
@media print {
  :root { --ink: #000; --paper: #fff; --faint: #333; --rule: #999; --band: #fff; --link: #000; }
  body { max-width: none; font-size: 10pt; padding: 0; } nav, a.skip { display: none; }
  .scroll { overflow: visible; } th, td { white-space: normal; padding: .1rem .3rem; } table { font-size: 7.5pt; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
}
"""
