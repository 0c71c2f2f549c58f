import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Jiti } from 'jiti';
import { followRelativeImports, isInstalled } from './relative-imports.js';

/**
 * The author's files that have been evaluated. Most can be evaluated again, for a changed configuration. These cannot: what belongs to
 * the graph, which runs go on with, and what Node itself has imported (`.mjs`, `.cjs`, `.js` of a package of type "module",
 * installed packages), which it keeps for as long as it lives.
 */
export interface EvaluatedCode {
  /** Told of each module that a reference led to. */
  imported(file: string): void;
  /** All that is evaluated up to now stays as it is. */
  keep(): void;
  /** Lets go of everything else: whoever imports it next evaluates it anew. */
  forget(): void;
  /** The references' own modules that Node keeps. */
  fixed(): readonly string[];
  /** Those that stay as they are, and are not any more what they were when they were evaluated. */
  outdated(): readonly string[];
}

export function createEvaluatedCode({ cache }: Pick<Jiti, 'cache'>): EvaluatedCode {
  const modules = new Set<string>();
  /** With the digest of what was evaluated. */
  const kept = new Map<string, string>();

  /** What our loader has evaluated by itself: then the module requires through the loader. */
  const isOurs = (file: string) => {
    const require: unknown = cache[file]?.require;
    return typeof require === 'function' && 'esmResolve' in require;
  };
  const isAuthors = (file: string) => !isInstalled(file);
  const evaluated = () => Object.keys(cache).filter((file) => isAuthors(file) && isOurs(file));
  const renewable = () => evaluated().filter((file) => !kept.has(file));
  const add = (file: string) => kept.set(file, kept.get(file) ?? digestOf(file));

  /** What Node has imported by itself is found through who imports it. */
  function noteFixed(): void {
    const all = [...evaluated(), ...modules];
    const reached = [...followRelativeImports(all.filter(isAuthors)), ...modules];
    // A file of types alone is reached, and never evaluated: TypeScript always is ours.
    for (const file of reached) if (/\.[cm]?js$/.test(file) && !isOurs(file)) add(file);
  }

  return {
    imported(file) {
      modules.add(file);
      noteFixed();
    },
    keep() {
      for (const file of evaluated()) add(file);
    },
    forget() {
      for (const file of renewable()) delete cache[file];
      for (const file of Object.keys(cache)) if (file.endsWith('.json') && isAuthors(file)) delete cache[file];
    },
    fixed: () => [...modules].filter((file) => kept.has(file)),
    outdated: () => [...kept].filter(([file, digest]) => digestOf(file) !== digest).map(([file]) => file),
  };
}

function digestOf(file: string): string {
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : 'absent';
}
