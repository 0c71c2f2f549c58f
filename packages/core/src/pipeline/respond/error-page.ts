import { createHash } from 'node:crypto';
import { errorCodes, type PublicError } from '@agentflow/protocol';
import { escapeHtml } from '../../escape-html.js';

const style = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 12vh auto; padding: 0 1.5rem }
:root { color-scheme: light dark } code { font-size: .9em; overflow-wrap: anywhere }`;

const styleHash = createHash('sha256').update(style).digest('base64');

/** Nothing is loaded, and nothing runs. */
export const errorPagePolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A refusal, for somebody who sits before a browser. What it says is text, whoever has written it. */
export function formatErrorPage({ code, message }: PublicError, requestId: string): string {
  const { title, text } = errorCodes[code];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><h1>${escapeHtml(title)}</h1><p>${escapeHtml(message ?? text)}</p><p>Request <code>${escapeHtml(requestId)}</code></p></body></html>
`;
}
