import type { Model } from '../model/model.js';
import { type Pattern, PatternError } from '../patterns/pattern.js';
import { patternFunctions } from '../patterns/pattern-functions.js';
import type { Test } from './compile.js';
import type { Expression } from './expression.js';
import { ExpressionError, parseCondition } from './parse.js';

/**
 * What rules hold besides names: patterns, and conditions. Each text is read once, and kept as long as its model; so is the
 * fault of one that cannot be read.
 */
export class ReadTexts {
  readonly #model: Model;
  readonly #compile: (condition: Expression) => Test;
  readonly #patterns = new Map<string, Map<string, Pattern | PatternError>>();
  readonly #conditions = new Map<string, Test | ExpressionError>();

  constructor(model: Model, compile: (condition: Expression) => Test) {
    this.#model = model;
    this.#compile = compile;
  }

  /** What reads the patterns of one function. */
  patternReader(name: string): (text: string) => Pattern | PatternError {
    const read = patternFunctions.get(name) ?? unknownFunction(name);
    const known = this.#patterns.get(name) ?? new Map<string, Pattern | PatternError>();
    this.#patterns.set(name, known);
    return (text) => {
      const before = known.get(text);
      if (before !== undefined) return before;
      const pattern = orFault(() => read(text), PatternError);
      known.set(text, pattern);
      return pattern;
    };
  }

  conditionOf(text: string): Test | ExpressionError {
    const before = this.#conditions.get(text);
    if (before !== undefined) return before;
    const condition = orFault(() => this.#compile(parseCondition(text, this.#model)), ExpressionError);
    this.#conditions.set(text, condition);
    return condition;
  }
}

function unknownFunction(name: string): never {
  throw new Error(`there is no pattern function ${name}`);
}

function orFault<T, Fault extends Error>(
  read: () => T,
  kind: new (message: string, remedy: string) => Fault,
): T | Fault {
  try {
    return read();
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
}
