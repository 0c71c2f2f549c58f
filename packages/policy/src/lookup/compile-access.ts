import type { Compiler, Test } from '../expression/compile.js';
import type { Scene } from '../expression/scene.js';
import type { Value } from '../expression/value.js';
import { PatternError } from '../patterns/pattern.js';
import type { AccessPath, Column, Source } from './access-path.js';
import type { Lookup, TrieColumn } from './rule-trie.js';

/** An access path as functions. */
export interface CompiledPath {
  readonly columns: readonly CompiledColumn[];
  /** What the request alone says: where it is false, no rule matches on this path. */
  readonly guard: Test;
  readonly looksAtRules: boolean;
}

export interface CompiledColumn extends TrieColumn {
  readonly lookup: (scene: Scene) => Lookup;
  /** About how many keys are looked up for a request: a few names, or as many as there are lengths of patterns. */
  readonly probes: number;
}

const all: Lookup = { kind: 'all' };

export function compilePath(path: AccessPath, compiler: Compiler): CompiledPath {
  return {
    columns: path.columns.map((column) => compileColumn(column, compiler)),
    guard: compiler.test({ type: 'and', parts: path.guards }),
    looksAtRules: path.looksAtRules,
  };
}

function compileColumn({ field, sources }: Column, compiler: Compiler): CompiledColumn {
  const probes = sources.length + (sources.some(({ kind }) => kind !== 'value') ? 3 : 0);
  const pattern = sources.find((source) => source.kind === 'pattern');
  if (pattern?.kind === 'pattern') {
    const text = compiler.evaluate(pattern.of);
    const read = compiler.texts.patternReader(pattern.function);
    const literals = new Set(sources.map(({ of }) => (of.type === 'literal' ? keyOfValue(of.value) : undefined)));
    return {
      field,
      // What the matcher itself names matches whatever the text is; nothing is known of what cannot be read.
      keyOf: (value) => {
        const matcher = literals.has(value) ? undefined : read(value);
        return matcher === undefined || matcher instanceof PatternError ? '' : matcher.prefix;
      },
      lookup: (scene) => {
        const of = text(scene);
        return typeof of === 'string' ? { kind: 'prefixes', of } : all;
      },
      probes,
    };
  }
  return {
    field,
    keyOf: (value) => value,
    lookup: lookupOf(sources.filter((source) => source.kind !== 'pattern').map((source) => keysOf(source, compiler))),
    probes,
  };
}

type FindKeys = (scene: Scene) => string | Iterable<string> | undefined;

function lookupOf(finders: readonly FindKeys[]): (scene: Scene) => Lookup {
  const [first, second] = finders;
  return first !== undefined && second === undefined ? (scene) => toLookup(first(scene)) : union(finders);
}

function toLookup(keys: ReturnType<FindKeys>): Lookup {
  if (keys === undefined) return all;
  return typeof keys === 'string' ? { kind: 'key', key: keys } : { kind: 'keys', keys };
}

function union(finders: readonly FindKeys[]): (scene: Scene) => Lookup {
  return (scene) => {
    const keys = new Set<string>();
    for (const find of finders) {
      const found = find(scene);
      if (found === undefined) return all;
      if (typeof found === 'string') keys.add(found);
      else for (const key of found) keys.add(key);
    }
    return { kind: 'keys', keys };
  };
}

/** Undefined where it is not known what a rule would have to be: then every rule is looked at, for the sake of the denials. */
function keysOf(source: Exclude<Source, { kind: 'pattern' }>, compiler: Compiler): FindKeys {
  switch (source.kind) {
    case 'names':
      return compiler.names(source.of);
    case 'elements': {
      const list = compiler.evaluate(source.of);
      return (scene) => keysOfList(list(scene));
    }
    case 'value': {
      const value = compiler.evaluate(source.of);
      return (scene) => keyOfValue(value(scene));
    }
  }
}

function keysOfList(list: Value): readonly string[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const keys = list.map(keyOfValue);
  return keys.every((key) => key !== undefined) ? keys : undefined;
}

/** The one text that a value is equal to; undefined where it is not known to differ from others. */
function keyOfValue(value: Value): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
