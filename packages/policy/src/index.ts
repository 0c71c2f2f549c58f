export { buildPolicy } from './build-policy.js';
export { changePolicy, type PolicyChange } from './change-policy.js';
export type { Attribute, Attributes, Entity, RequestValue } from './expression/value.js';
export { type Model, type ModelKeys, readModel } from './model/model.js';
export { type Outcome, Policy } from './policy.js';
export { PolicyError, type PolicyFault } from './policy-error.js';
export { parseCsv } from './rules/parse-csv.js';
export type { PolicyLine, Rule } from './rules/rule.js';
