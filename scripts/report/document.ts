/** A report as one HTML document that needs no other file and loads nothing. */
import { createHash } from 'node:crypto';
import { bundlePage } from '../../bundles/page';
import type { RunView } from '../../page/run-view';

export function reportDocument(run: RunView): string {
  const { script, style } = bundlePage('report');
  // Only these two may run, whatever keys and messages hold.
  const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeText(run.name)}: report</title>
<style>${style}</style>
</head>
<body>
<main id="page"><noscript>This report needs JavaScript. It loads nothing from elsewhere.</noscript></main>
<script type="application/json" id="run">${embeddedJson(run)}</script>
<script>${script}</script>
</body>
</html>
`;
}

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** If there is no `<`, no end tag of a script and no comment begins: https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements */
function embeddedJson(value: object): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
