"""How an exported page looks: light and dark, on a screen and on paper."""

CSS = """
:root {
  color-scheme: light dark; --ink: #1f2328; --page: #fff; --soft: #f3f4f6; --line: #d8dce1; --failed: #b3261e;
  --jp-warn-color0: #8a5a00; --jp-cell-editor-background: var(--soft)
}
@media (prefers-color-scheme: dark) {
  :root { --ink: #e3e6ea; --page: #16191d; --soft: #22272e; --line: #3a4048; --failed: #ff8a80; --jp-warn-color0: #e0a64a }
}
* { box-sizing: border-box }
body {
  margin: 0 auto; max-width: 52rem; padding: 2rem 1.2rem 4rem; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif;
}
h1 { font-size: 1.5rem; margin: 0 }
header p, figcaption, .absent { margin: .2rem 0 0; font-size: .85em; opacity: .75 }
article { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: .4rem }
.absent:last-of-type { margin-bottom: 1rem }
article > h2 { font-size: .85rem; font-weight: 600; opacity: .75; margin: .6rem 0 }
.prompt {
  background: var(--soft); border-radius: .5rem; margin-bottom: 1rem; padding: .7rem 1rem;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
figure { margin: 0 0 1rem }
img { max-width: 100%; height: auto }
pre, code { font-family: ui-monospace, monospace; font-size: .9em }
pre { border-radius: .3rem; overflow-x: auto }
details > pre { background: var(--soft); margin: .3rem 0 1rem; padding: .6rem .8rem; white-space: pre-wrap }
details { margin-bottom: .6rem }
summary { cursor: pointer }
.call { border-left: 3px solid var(--line); margin: 0 0 .8rem; padding: .1rem 0 .1rem .8rem }
.call.failed { border-color: var(--failed) }
.call details, .call p { margin: 0 }
.call summary, .call p { overflow-wrap: anywhere }
.call code { white-space: pre-wrap }
.call b { font-size: .85em; font-weight: 600; margin-left: .6em }
.call.failed b { color: var(--failed) }
.call details > div { font-size: .85em; margin: .4rem 0 0; opacity: .75; overflow-wrap: anywhere }
.call figure { margin: .6rem 0 .3rem }
table { border-collapse: collapse; margin-bottom: 1rem }
th, td { border: 1px solid var(--line); padding: .3rem .6rem }
blockquote { border-left: 3px solid var(--line); margin: 0 0 1rem; padding-left: 1rem }
a { color: LinkText }
@media print {
  body { max-width: none; padding: 0; font-size: 10.5pt }
  pre { white-space: pre-wrap; overflow-wrap: anywhere }
  pre, figure, tr { break-inside: avoid }
  h2 { break-after: avoid }
}
"""
