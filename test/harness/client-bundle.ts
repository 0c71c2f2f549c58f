import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './project.js';

export interface Bundle {
  readonly code: string;
  /** Every file that something of the bundle comes from, below the root of the repository. */
  readonly sources: readonly string[];
}

/** The built client as one script of a page, minified, which it gives the page as `agentflow`. */
export async function bundleClient(): Promise<Bundle> {
  const input = join(root, 'packages/client/dist/index.js');
  const bundle = await rolldown({ input, platform: 'browser', logLevel: 'silent' });
  const { output } = await bundle.generate({ format: 'iife', name: 'agentflow', minify: true });
  await bundle.close();
  const [chunk, ...others] = output;
  if (others.length > 0) throw new Error(`more than one file: ${others.map(({ fileName }) => fileName).join(', ')}`);
  return { code: chunk.code, sources: chunk.moduleIds.map((id) => id.replace(root, '')) };
}
