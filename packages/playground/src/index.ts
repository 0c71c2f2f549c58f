import { existsSync, readFileSync } from 'node:fs';

/** The whole of it: one document that loads nothing. */
export interface PlaygroundPage {
  readonly html: string;
  /** Its `Content-Security-Policy`: its own script and style, by hash, and calls to its own origin. */
  readonly policy: string;
}

const file = new URL('../dist/page.json', import.meta.url);

/** The page as `bundle.mjs` has left it; undefined where that has not been run. */
export function readPlaygroundPage(): PlaygroundPage | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PlaygroundPage) : undefined;
}
