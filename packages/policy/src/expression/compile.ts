import type { Model } from '../model/model.js';
import { keyGet, nameIn } from '../patterns/key-get.js';
import { PatternError } from '../patterns/pattern.js';
import { type Expression, type Link, looksAtRules } from './expression.js';
import { ExpressionError } from './parse.js';
import { ReadTexts } from './read-texts.js';
import type { Scene } from './scene.js';
import { attributeAt, compare, isSameValue, type Truth, truthOf, type Value } from './value.js';

export type Test = (scene: Scene) => Truth;
export type Evaluate = (scene: Scene) => Value;

/**
 * More than this have no place of their own: conditions in rules may ask for any, and those of rules that are gone would keep
 * theirs.
 */
const maxNameSlots = 64;

/** Turns expressions into functions. Nothing is evaluated as code: each function is one of those below. */
export class Compiler {
  readonly #links: readonly string[];
  /** Links that say the same share their names. */
  readonly #nameSlots = new Map<string, number>();
  readonly texts: ReadTexts;

  constructor(model: Model) {
    this.#links = [...model.links.keys()];
    this.texts = new ReadTexts(model, (condition) => this.test(condition));
  }

  /** A condition with three answers: what is not known stays so through &&, || and !, unless the rest decides. */
  test(expression: Expression): Test {
    switch (expression.type) {
      case 'and':
        return every(
          expression.parts.toSorted((one, other) => costOf(one) - costOf(other)).map((part) => this.test(part)),
        );
      case 'or':
        return some(
          expression.parts.toSorted((one, other) => costOf(one) - costOf(other)).map((part) => this.test(part)),
        );
      case 'not': {
        const of = this.test(expression.of);
        return (scene) => negated(of(scene));
      }
      case 'compare':
        return this.#comparison(expression);
      case 'in':
        return this.#membership(expression);
      case 'link':
        return this.#link(expression);
      case 'pattern': {
        const [text, pattern] = [this.evaluate(expression.text), this.evaluate(expression.pattern)];
        const read = this.texts.patternReader(expression.function);
        return (scene) => {
          const [one, other] = [text(scene), pattern(scene)];
          if (typeof one !== 'string' || typeof other !== 'string') return undefined;
          const matcher = read(other);
          return matcher instanceof PatternError ? undefined : matcher.matches(one);
        };
      }
      case 'eval': {
        const { field } = expression;
        return (scene) => {
          const condition = this.texts.conditionOf(scene.rule[field] ?? '');
          return condition instanceof ExpressionError ? undefined : condition.test(scene);
        };
      }
      case 'literal':
      case 'request':
      case 'rule':
      case 'key': {
        const evaluate = this.evaluate(expression);
        return (scene) => truthOf(evaluate(scene));
      }
    }
  }

  evaluate(expression: Expression): Evaluate {
    switch (expression.type) {
      case 'literal': {
        const { value } = expression;
        return () => value;
      }
      case 'request': {
        const { field, path } = expression;
        return (scene) => attributeAt(scene.request[field], path);
      }
      case 'rule': {
        const { field } = expression;
        return (scene) => scene.rule[field];
      }
      case 'key': {
        const parts = expression.parts.map((part) => this.evaluate(part));
        const read = expression.function === 'keyGet2' ? this.texts.patternReader('keyMatch2') : undefined;
        return (scene) => {
          const [text, pattern, name = ''] = parts.map((part) => part(scene));
          if (typeof text !== 'string' || typeof pattern !== 'string' || typeof name !== 'string') return undefined;
          if (read === undefined) return keyGet(text, pattern);
          const matcher = read(pattern);
          if (matcher instanceof PatternError) return undefined;
          return matcher.matches(text) ? nameIn(text, pattern, name) : '';
        };
      }
      case 'and':
      case 'or':
      case 'not':
      case 'compare':
      case 'in':
      case 'link':
      case 'pattern':
      case 'eval':
        return this.test(expression);
    }
  }

  #comparison({ operator, left, right }: Extract<Expression, { type: 'compare' }>): Test {
    const [one, other] = [this.evaluate(left), this.evaluate(right)];
    if (operator === '==' && left.type === 'request' && left.path.length === 0 && right.type === 'rule') {
      return quickEquality(left.field, right.field, one);
    }
    const holds = comparisons[operator];
    return (scene) => {
      const order = compare(one(scene), other(scene));
      return order === undefined ? undefined : holds(order);
    };
  }

  #membership({ item, list }: Extract<Expression, { type: 'in' }>): Test {
    const value = this.evaluate(item);
    const elements = 'type' in list ? this.evaluate(list) : list.map((one) => this.evaluate(one));
    return (scene) => {
      const one = value(scene);
      const all = typeof elements === 'function' ? elements(scene) : elements.map((element) => element(scene));
      if (!Array.isArray(all)) return undefined;
      let truth: Truth = false;
      for (const other of all) {
        const isSame = isSameValue(one, other);
        if (isSame === true) return true;
        if (isSame === undefined) truth = undefined;
      }
      return truth;
    };
  }

  #link(link: Link): Test {
    const role = this.evaluate(link.role);
    const names = this.names(link);
    return (scene) => {
      const [found, one] = [names(scene), role(scene)];
      return found === undefined || typeof one !== 'string' ? undefined : found.has(one);
    };
  }

  /** The names of a link's member; found once for a request, where only the request tells who that is. */
  names(link: Link): (scene: Scene) => ReadonlySet<string> | undefined {
    const { name, member, domain } = link;
    const graph = this.#links.indexOf(name);
    const evaluate = this.evaluate(member);
    const domainOf = domain === undefined ? undefined : this.evaluate(domain);
    // An attribute may have the form of an entity, but has no roles of its own.
    const entity = member.type === 'request' && member.path.length === 0 ? member.field : undefined;
    const find = (scene: Scene) => {
      const where = textOf(domainOf?.(scene));
      if (domainOf !== undefined && where === undefined) return undefined;
      const who = entity === undefined ? textOf(evaluate(scene)) : scene.request[entity];
      if (who === undefined) return undefined;
      return scene.graphs[graph]?.namesOf(who, where);
    };
    if (looksAtRules(member) || (domain !== undefined && looksAtRules(domain))) return find;
    const same = JSON.stringify([name, member, domain]);
    const slot = this.#nameSlots.get(same) ?? this.#nameSlots.size;
    if (slot >= maxNameSlots) return find;
    this.#nameSlots.set(same, slot);
    return (scene) => (scene.names[slot] ??= find(scene));
  }
}

function textOf(value: Value): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The commonest part of all matchers. */
function quickEquality(field: number, ruleField: number, evaluate: Evaluate): Test {
  return (scene) => {
    const value = scene.request[field];
    const wanted = scene.rule[ruleField];
    return typeof value === 'string' ? value === wanted : equality(evaluate(scene), wanted);
  };
}

function equality(one: Value, other: Value): Truth {
  const order = compare(one, other);
  return order === undefined ? undefined : order === 0;
}

const comparisons = {
  '==': (order: number) => order === 0,
  '!=': (order: number) => order !== 0,
  '<': (order: number) => order < 0,
  '<=': (order: number) => order <= 0,
  '>': (order: number) => order > 0,
  '>=': (order: number) => order >= 0,
} as const;

function negated(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

function every(tests: readonly Test[]): Test {
  return (scene) => {
    let truth: Truth = true;
    for (const test of tests) {
      const one = test(scene);
      if (one === false) return false;
      if (one === undefined) truth = undefined;
    }
    return truth;
  };
}

function some(tests: readonly Test[]): Test {
  return (scene) => {
    let truth: Truth = false;
    for (const test of tests) {
      const one = test(scene);
      if (one === true) return true;
      if (one === undefined) truth = undefined;
    }
    return truth;
  };
}

const costs = {
  ...{ literal: 0, request: 0, rule: 0, compare: 1, in: 2, link: 3, key: 5, pattern: 5, eval: 6 },
} as const;

/** Nothing here has an effect, or throws; so what costs least is asked first. */
function costOf(expression: Expression): number {
  if (expression.type === 'and' || expression.type === 'or') return Math.max(0, ...expression.parts.map(costOf));
  return expression.type === 'not' ? costOf(expression.of) : costs[expression.type];
}
