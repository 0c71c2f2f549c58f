import { createHash } from 'node:crypto';
import type { Route } from '@agentflow/protocol';
import { escapeHtml } from '../escape-html.js';
import type { Page } from '../pipeline/handle/documentation.js';

const style = `
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h2{margin-top:2rem;border-bottom:1px solid #ccc}summary{cursor:pointer;padding:.3rem 0}code,pre{font:14px/1.4 ui-monospace,monospace}
pre{overflow:auto;background:#f4f4f4;padding:.75rem}.method{display:inline-block;width:4.5rem;font-weight:600}.access{color:#555}
`;

export interface PageOptions {
  readonly title: string;
  /** Whether everything is open from the start, to be read from top to bottom. */
  readonly open: boolean;
}

/**
 * Writes the page: one document that loads nothing and runs nothing. Its policy lets in its own style by hash, and no more.
 */
export function createDocumentationPage(
  routes: readonly Route[],
  openApi: unknown,
  { title, open }: PageOptions,
): Page {
  const sections = [...new Set(routes.map(sectionOf))].map((section) => {
    const rows = routes.filter((route) => sectionOf(route) === section);
    return `<h2>${escapeHtml(section)}</h2>${rows.map((route) => row(route, operationAt(openApi, route), open)).join('')}`;
  });
  const html =
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>${escapeHtml(title)}</title><style>${style}</style></head><body><h1>${escapeHtml(title)}</h1>${sections.join('')}</body></html>`;
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return { html, policy };
}

function sectionOf(route: Route): string {
  return 'public' in route ? 'public' : route.requires.resource;
}

function row(route: Route, operation: unknown, open: boolean): string {
  const access =
    'public' in route
      ? `public: ${route.public}`
      : 'self' in route
        ? `any principal: ${route.self}`
        : 'signed' in route
          ? `signed, as what needs ${route.requires.resource}:${route.requires.action}: ${route.signed}`
          : `needs ${route.requires.resource}:${route.requires.action}`;
  return (
    `<details${open ? ' open' : ''}><summary><span class="method">${route.method}</span> <code>${escapeHtml(route.path)}</code> ` +
    `${escapeHtml(route.summary)}</summary><p class="access">${escapeHtml(access)}</p>` +
    `<pre>${escapeHtml(JSON.stringify(operation, null, 2))}</pre></details>`
  );
}

function operationAt(openApi: unknown, { path, method }: Route): unknown {
  let part = openApi;
  for (const key of ['paths', path, method.toLowerCase()]) {
    part = typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined;
  }
  return part ?? null;
}
