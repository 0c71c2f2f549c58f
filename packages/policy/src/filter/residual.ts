import type { Compiler, Test } from '../expression/compile.js';
import { type Expression, partsOf } from '../expression/expression.js';
import { parseCondition } from '../expression/parse.js';
import type { Scene } from '../expression/scene.js';
import type { Model } from '../model/model.js';
import { allOf, anyOf, type Condition, noneOf } from './condition.js';

/**
 * What is left of an expression while some fields of the request are open. Twice, because not all is known: what must be so
 * for it to hold for certain, and what must be so for it to be possible that it holds.
 */
export interface Residual {
  readonly certain: Condition;
  readonly possible: Condition;
}

/** An expression says of an open field what no list of things could be asked. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
}

/** Reads what an expression says of open fields; everything else in it is decided as it always is. */
export class Residuals {
  readonly #model: Model;
  readonly #compiler: Compiler;
  readonly #open: ReadonlySet<number>;
  readonly #tests = new WeakMap<Expression, Test>();
  readonly #conditions = new Map<string, Expression>();

  constructor(model: Model, compiler: Compiler, open: ReadonlySet<number>) {
    this.#model = model;
    this.#compiler = compiler;
    this.#open = open;
  }

  /** @throws {FilterError} */
  of(expression: Expression, scene: Scene): Residual {
    if (expression.type === 'eval') return this.of(this.#conditionIn(expression.field, scene), scene);
    if (!this.#isOpen(expression)) return this.#decided(expression, scene);
    switch (expression.type) {
      case 'and':
        return joined(
          expression.parts.map((part) => this.of(part, scene)),
          allOf,
        );
      case 'or':
        return joined(
          expression.parts.map((part) => this.of(part, scene)),
          anyOf,
        );
      case 'not': {
        const { certain, possible } = this.of(expression.of, scene);
        return { certain: noneOf(possible), possible: noneOf(certain) };
      }
      case 'compare':
        return this.#comparison(expression, scene);
      case 'in':
        return this.#membership(expression, scene);
      case 'link':
        return this.#link(expression, scene);
      case 'pattern':
        return this.#pattern(expression, scene);
      case 'literal':
      case 'request':
      case 'rule':
      case 'key':
        throw new FilterError('it asks whether an open field is empty, or takes it apart');
    }
  }

  #isOpen(expression: Expression): boolean {
    for (const part of partsOf(expression)) {
      if (part.type === 'eval' || (part.type === 'request' && this.#open.has(part.field))) return true;
    }
    return false;
  }

  #conditionIn(field: number, scene: Scene): Expression {
    const text = scene.rule[field] ?? '';
    const condition = this.#conditions.get(text) ?? parseCondition(text, this.#model);
    this.#conditions.set(text, condition);
    return condition;
  }

  #decided(expression: Expression, scene: Scene): Residual {
    const test = this.#tests.get(expression) ?? this.#compiler.test(expression);
    this.#tests.set(expression, test);
    const truth = test(scene);
    return { certain: truth === true, possible: truth !== false };
  }

  /** The number of an open field, where a part is that field itself. */
  #openField(expression: Expression): number | undefined {
    const isField = expression.type === 'request' && this.#open.has(expression.field);
    return isField && expression.path.length === 0 ? expression.field : undefined;
  }

  #textOf(expression: Expression, scene: Scene): string | undefined {
    if (this.#isOpen(expression)) throw new FilterError('it compares open fields with each other');
    const value = this.#compiler.evaluate(expression)(scene);
    return typeof value === 'string' ? value : undefined;
  }

  #comparison({ operator, left, right }: Extract<Expression, { type: 'compare' }>, scene: Scene): Residual {
    if (operator !== '==' && operator !== '!=') throw new FilterError(`it compares an open field by "${operator}"`);
    const [field, other] = this.#isOpen(left) ? [this.#openField(left), right] : [this.#openField(right), left];
    if (field === undefined) throw new FilterError('it asks for an attribute of an open field');
    const text = this.#textOf(other, scene);
    if (text === undefined) return unknown;
    const condition: Condition = { field, in: [text] };
    return certainly(operator === '==' ? condition : noneOf(condition));
  }

  #membership({ item, list }: Extract<Expression, { type: 'in' }>, scene: Scene): Residual {
    const field = this.#openField(item);
    const elements = 'type' in list ? [list] : list;
    if (field === undefined || elements.some((one) => this.#isOpen(one))) {
      throw new FilterError('it looks for something in an open field');
    }
    const values =
      'type' in list ? this.#compiler.evaluate(list)(scene) : elements.map((one) => this.#textOf(one, scene));
    if (!Array.isArray(values)) return unknown;
    const texts = values.filter((value): value is string => typeof value === 'string');
    const certain: Condition = texts.length === 0 ? false : { field, in: texts };
    return { certain, possible: texts.length === values.length ? certain : true };
  }

  /** `g2(r.id, p.id)`: the role itself, and all that have it. */
  #link({ name, member, role, domain }: Extract<Expression, { type: 'link' }>, scene: Scene): Residual {
    const field = this.#openField(member);
    if (field === undefined) throw new FilterError(`it asks ${name} for an open field in another place than the first`);
    const [text, where] = [this.#textOf(role, scene), domain && this.#textOf(domain, scene)];
    const graph = scene.graphs[[...this.#model.links.keys()].indexOf(name)];
    if (text === undefined || graph === undefined || (domain !== undefined && where === undefined)) return unknown;
    return certainly({ field, in: [...graph.membersOf(text, where)] });
  }

  #pattern(expression: Extract<Expression, { type: 'pattern' }>, scene: Scene): Residual {
    const field = this.#openField(expression.text);
    if (field === undefined || expression.function !== 'keyMatch') {
      throw new FilterError(`it reads an open field by ${expression.function}; only keyMatch can be asked of a list`);
    }
    const pattern = this.#textOf(expression.pattern, scene);
    if (pattern === undefined) return unknown;
    const star = pattern.indexOf('*');
    if (star === -1) return certainly({ field, in: [pattern] });
    return certainly(star === 0 ? true : { field, startsWith: pattern.slice(0, star) });
  }
}

const unknown: Residual = { certain: false, possible: true };

function certainly(condition: Condition): Residual {
  return { certain: condition, possible: condition };
}

function joined(parts: readonly Residual[], join: (conditions: readonly Condition[]) => Condition): Residual {
  return { certain: join(parts.map(({ certain }) => certain)), possible: join(parts.map(({ possible }) => possible)) };
}
