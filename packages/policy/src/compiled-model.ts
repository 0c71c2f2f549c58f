import { Compiler, type Test } from './expression/compile.js';
import { looksAtRules } from './expression/expression.js';
import { accessPathsOf } from './lookup/access-path.js';
import { type CompiledPath, compilePath } from './lookup/compile-access.js';
import type { Model } from './model/model.js';
import { createRuleReader, type ReadRule } from './rules/read-rule.js';

/** A model as functions. */
export interface CompiledModel {
  readonly model: Model;
  /** The names of its links, in the order of a scene's graphs. */
  readonly links: readonly string[];
  readonly matches: Test;
  readonly looksAtRules: boolean;
  readonly paths: readonly CompiledPath[];
  readonly readRule: ReadRule;
  readonly compiler: Compiler;
}

export function compileModel(model: Model): CompiledModel {
  const compiler = new Compiler(model);
  return {
    ...{ model, links: [...model.links.keys()], matches: compiler.test(model.matcher) },
    looksAtRules: looksAtRules(model.matcher),
    paths: accessPathsOf(model.matcher).map((path) => compilePath(path, compiler)),
    readRule: createRuleReader(model, compiler.texts),
    compiler,
  };
}
