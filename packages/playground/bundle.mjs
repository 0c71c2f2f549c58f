import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/* What TypeScript has built becomes one document, with script and style in it, and the policy that lets in just these. */

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [here(entry)],
    ...{ bundle: true, minify: true, write: false, format: 'iife', platform: 'browser', target: 'es2022' },
    ...{ charset: 'utf8', legalComments: 'none', logLevel: 'warning' },
  });
  return outputFiles[0].text.trim();
}

/** `'sha256-…'`, as a Content-Security-Policy names a text. */
const hashOf = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const [script, style] = await Promise.all([bundle('dist/page/main.js'), bundle('src/page/page.css')]);
// Either would end its element early.
if (/<\/(?:script|style)|<!--/i.test(script + style)) throw new Error('the bundle holds the end of its own element');

const parts = { script, style };
const html = readFileSync(here('src/page/page.html'), 'utf8').replace(
  /\/\* (script|style) \*\//g,
  (_, part) => parts[part],
);
const policy = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  "connect-src 'self'",
  // The icon, which stands in the page itself.
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // Nothing becomes HTML: the browser refuses what would make it so.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');
writeFileSync(here('dist/page.json'), JSON.stringify({ html, policy }));
