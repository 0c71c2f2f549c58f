import { Compiler } from '../expression/compile.js';
import type { Expression } from '../expression/expression.js';
import type { Model } from '../model/model.js';
import { FilterError, Residuals } from './residual.js';

/**
 * What an expression (the matcher, or a condition in a rule) says of a field of the request that no list could be asked;
 * undefined if nothing. Found without any rule, before there is anything to list.
 */
export function filterFault(model: Model, expression: Expression, open: number): string | undefined {
  const residuals = new Residuals(model, new Compiler(model), new Set([open]), true);
  const request = model.request.map((_field, index) => (index === open ? undefined : ''));
  // A condition that a rule holds is looked at when the rule is.
  const rule = model.rule.map(() => '1 == 1');
  try {
    residuals.of(expression, { request, graphs: [], names: [], rule }, 'certain');
    return undefined;
  } catch (error) {
    if (error instanceof FilterError) return error.message;
    throw error;
  }
}
