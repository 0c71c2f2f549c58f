import type { Compiler, Evaluate, Test } from '../expression/compile.js';
import { type Expression, type Link, partsOf } from '../expression/expression.js';
import { ExpressionError } from '../expression/parse.js';
import type { Scene } from '../expression/scene.js';
import type { Value } from '../expression/value.js';
import type { Model } from '../model/model.js';
import { allOf, anyOf, type Condition, noneOf } from './condition.js';

/**
 * What is asked of an expression while some fields of the request are open: what must be so for it to hold for certain, or for
 * it to be possible that it holds. The two differ where something is not known.
 */
export type Mode = 'certain' | 'possible';

/** An expression says of an open field what no list of things could be asked. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
}

/** Reads what an expression says of open fields; everything else in it is decided as it always is. */
export class Residuals {
  readonly #isStrict: boolean;
  readonly #model: Model;
  readonly #compiler: Compiler;
  readonly #open: ReadonlySet<number>;
  readonly #tests = new WeakMap<Expression, Test>();
  readonly #values = new WeakMap<Expression, Evaluate>();

  /** @param isStrict whether every part must be one that could be asked, also where others decide */
  constructor(model: Model, compiler: Compiler, open: ReadonlySet<number>, isStrict = false) {
    this.#isStrict = isStrict;
    this.#model = model;
    this.#compiler = compiler;
    this.#open = open;
  }

  /** @throws {FilterError} */
  of(expression: Expression, scene: Scene, mode: Mode): Condition {
    if (expression.type === 'eval') return this.of(this.#conditionIn(expression.field, scene), scene, mode);
    if (!this.#isOpen(expression)) return this.#decided(expression, scene, mode);
    switch (expression.type) {
      case 'and':
        return allOf(this.#parts(expression.parts, scene, { mode, decisive: false }));
      case 'or':
        return anyOf(this.#parts(expression.parts, scene, { mode, decisive: true }));
      case 'not':
        return noneOf(this.of(expression.of, scene, mode === 'certain' ? 'possible' : 'certain'));
      case 'compare':
        return this.#comparison(expression, scene, mode);
      case 'in':
        return this.#membership(expression, scene, mode);
      case 'link':
        return this.#link(expression, scene, mode);
      case 'pattern':
        return this.#pattern(expression, scene, mode);
      case 'literal':
      case 'request':
      case 'rule':
      case 'key':
        throw new FilterError('it asks whether an open field is empty, or takes it apart');
    }
  }

  /** One part that decides is enough, even where another could not be asked. */
  #parts(
    parts: readonly Expression[],
    scene: Scene,
    { mode, decisive }: { readonly mode: Mode; readonly decisive: boolean },
  ): readonly Condition[] {
    const conditions: Condition[] = [];
    let fault: FilterError | undefined;
    for (const part of parts) {
      try {
        const condition = this.of(part, scene, mode);
        if (condition === decisive && !this.#isStrict) return [decisive];
        conditions.push(condition);
      } catch (error) {
        if (!(error instanceof FilterError)) throw error;
        fault ??= error;
      }
    }
    if (fault !== undefined) throw fault;
    return conditions;
  }

  #isOpen(expression: Expression): boolean {
    for (const part of partsOf(expression)) {
      if (part.type === 'eval' || (part.type === 'request' && this.#open.has(part.field))) return true;
    }
    return false;
  }

  #conditionIn(field: number, scene: Scene): Expression {
    const condition = this.#compiler.texts.conditionOf(scene.rule[field] ?? '');
    if (condition instanceof ExpressionError) throw condition;
    return condition.expression;
  }

  #decided(expression: Expression, scene: Scene, mode: Mode): boolean {
    const test = this.#tests.get(expression) ?? this.#compiler.test(expression);
    this.#tests.set(expression, test);
    const truth = test(scene);
    return truth ?? mode === 'possible';
  }

  /** The number of an open field, where a part is that field itself. */
  #openField(expression: Expression): number | undefined {
    const isField = expression.type === 'request' && this.#open.has(expression.field);
    return isField && expression.path.length === 0 ? expression.field : undefined;
  }

  #valueOf(expression: Expression, scene: Scene): Value {
    if (this.#isOpen(expression)) throw new FilterError('it compares open fields with each other');
    const evaluate = this.#values.get(expression) ?? this.#compiler.evaluate(expression);
    this.#values.set(expression, evaluate);
    return evaluate(scene);
  }

  #textOf(expression: Expression, scene: Scene): string | undefined {
    const value = this.#valueOf(expression, scene);
    return typeof value === 'string' ? value : undefined;
  }

  #comparison(
    { operator, left, right }: Extract<Expression, { type: 'compare' }>,
    scene: Scene,
    mode: Mode,
  ): Condition {
    if (operator !== '==' && operator !== '!=') throw new FilterError(`it compares an open field by "${operator}"`);
    const [field, other] = this.#isOpen(left) ? [this.#openField(left), right] : [this.#openField(right), left];
    if (field === undefined) throw new FilterError('it asks for an attribute of an open field');
    const value = this.#valueOf(other, scene);
    if (typeof value === 'number' && (operator === '==') !== (mode === 'certain')) {
      // Which texts are known to be another number is more than a list could be asked.
      throw new FilterError('it asks whether an open field is not a number');
    }
    if (typeof value !== 'string' && typeof value !== 'number') return mode === 'possible';
    const condition: Condition = { field, in: [String(value)] };
    return operator === '==' ? condition : noneOf(condition);
  }

  #membership({ item, list }: Extract<Expression, { type: 'in' }>, scene: Scene, mode: Mode): Condition {
    const field = this.#openField(item);
    const elements = 'type' in list ? [list] : list;
    if (field === undefined || elements.some((one) => this.#isOpen(one))) {
      throw new FilterError('it looks for something in an open field');
    }
    const values = 'type' in list ? this.#valueOf(list, scene) : elements.map((one) => this.#textOf(one, scene));
    if (!Array.isArray(values)) return mode === 'possible';
    const texts = values.filter((value): value is string => typeof value === 'string');
    if (mode === 'possible' && texts.length < values.length) return true;
    return texts.length === 0 ? false : { field, in: texts };
  }

  /** `g2(r.id, p.id)`: the role itself, and all that have it. */
  #link({ name, member, role, domain }: Link, scene: Scene, mode: Mode): Condition {
    const field = this.#openField(member);
    if (field === undefined) throw new FilterError(`it asks ${name} for an open field in another place than the first`);
    const [text, where] = [this.#textOf(role, scene), domain && this.#textOf(domain, scene)];
    const graph = scene.graphs[[...this.#model.links.keys()].indexOf(name)];
    if (text === undefined || graph === undefined || (domain !== undefined && where === undefined)) {
      return mode === 'possible';
    }
    return { field, in: [...graph.membersOf(text, where)] };
  }

  #pattern(expression: Extract<Expression, { type: 'pattern' }>, scene: Scene, mode: Mode): Condition {
    const field = this.#openField(expression.text);
    if (field === undefined || expression.function !== 'keyMatch') {
      throw new FilterError(`it reads an open field by ${expression.function}; only keyMatch can be asked of a list`);
    }
    const pattern = this.#textOf(expression.pattern, scene);
    if (pattern === undefined) return mode === 'possible';
    const star = pattern.indexOf('*');
    if (star === -1) return { field, in: [pattern] };
    return star === 0 ? true : { field, startsWith: pattern.slice(0, star) };
  }
}
