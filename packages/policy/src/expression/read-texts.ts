import type { Model } from '../model/model.js';
import { type Pattern, PatternError } from '../patterns/pattern.js';
import { patternFunctions } from '../patterns/pattern-functions.js';
import type { Test } from './compile.js';
import { type Expression, partsOf } from './expression.js';
import { ExpressionError, parseCondition } from './parse.js';
import { RecentTexts } from './recent-texts.js';

/** A condition that a rule holds, read. */
export interface RuleCondition {
  readonly expression: Expression;
  readonly test: Test;
}

/**
 * What rules hold besides names: patterns, and conditions. Each text is read once, and kept as long as there is room for all
 * that the rules hold; so is the fault of one that cannot be read.
 */
export class ReadTexts {
  readonly #patterns = new Map<string, RecentTexts<Pattern | PatternError>>();
  readonly #conditions: RecentTexts<RuleCondition | ExpressionError>;
  /** How many texts of a rule are read at most. */
  readonly #perRule: number;
  #rules = 0;

  constructor(model: Model, compile: (condition: Expression) => Test) {
    const read = (text: string): RuleCondition => {
      const expression = parseCondition(text, model);
      return { expression, test: compile(expression) };
    };
    this.#conditions = new RecentTexts((text) => orFault(() => read(text), ExpressionError));
    this.#perRule = [...partsOf(model.matcher)].filter(({ type }) => reading.has(type)).length;
  }

  /** How many texts are kept. */
  get size(): number {
    return [...this.#patterns.values()].reduce((sum, { size }) => sum + size, this.#conditions.size);
  }

  /** To be told before more rules are read, or fewer are left: what they hold is kept. */
  makeRoomFor(rules: number): void {
    this.#rules = rules;
    this.#conditions.makeRoomFor(rules * this.#perRule);
    for (const known of this.#patterns.values()) known.makeRoomFor(rules * this.#perRule);
  }

  /** What reads the patterns of one function. */
  patternReader(name: string): (text: string) => Pattern | PatternError {
    const known = this.#patterns.get(name) ?? this.#createReader(name);
    this.#patterns.set(name, known);
    return (text) => known.get(text);
  }

  #createReader(name: string): RecentTexts<Pattern | PatternError> {
    const read = patternFunctions.get(name) ?? unknownFunction(name);
    const known = new RecentTexts((text) => orFault(() => read(text), PatternError));
    known.makeRoomFor(this.#rules * this.#perRule);
    return known;
  }

  /**
   * Patterns that others have read need not be read again. Conditions must be: they are functions of those who read them.
   */
  takePatterns(texts: readonly string[], from: ReadTexts): void {
    for (const [name, known] of this.#patterns) {
      const others = from.#patterns.get(name);
      for (const text of texts) {
        const pattern = others?.known(text);
        if (pattern !== undefined) known.get(text, pattern);
      }
    }
  }

  conditionOf(text: string): RuleCondition | ExpressionError {
    return this.#conditions.get(text);
  }
}

/** The parts of a matcher that read a text as more than a name. */
const reading: ReadonlySet<Expression['type']> = new Set(['pattern', 'key', 'eval']);

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
