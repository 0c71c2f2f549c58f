import { writeDuration } from '@agentflow/core';
import type { JsonSchema } from './json-schema.js';

const words: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: 'true or false',
  object: 'object',
  array: 'list',
  null: 'null',
};

/** What a value may be, for people: `text, or list of texts`. A variable is a text, and is not said again. */
export function typeInWords(schema: JsonSchema): string {
  return [...new Set(forms(schema))].join(', or ');
}

function forms({ $ref, anyOf, type, ...rest }: JsonSchema): readonly string[] {
  if ($ref !== undefined) return $ref.endsWith('/variable') ? [] : ['text or object'];
  if (anyOf !== undefined && type === undefined) return durationForms(anyOf) ?? anyOf.flatMap(forms);
  if (rest.const !== undefined) return [`\`${JSON.stringify(rest.const)}\``];
  if (rest.enum !== undefined) return [`one of ${rest.enum.map((value) => `\`${JSON.stringify(value)}\``).join(' ')}`];
  if (type === 'array') return [rest.items === undefined ? 'list' : `list of: ${typeInWords(rest.items)}`];
  if (type === 'object' && typeof rest.additionalProperties === 'object') {
    return [`object of: ${typeInWords(rest.additionalProperties) || 'anything'}`];
  }
  const bounds = boundsOf(rest);
  return [type].flat().map((one) => `${words[one ?? ''] ?? 'anything'}${bounds}`);
}

/** A text with a unit, or seconds. */
function durationForms(anyOf: readonly JsonSchema[]): readonly string[] | undefined {
  const texts = anyOf.flatMap((one) => [one, ...(one.anyOf ?? [])]);
  if (!texts.some(({ pattern }) => pattern?.includes('(s|m|h|d)') === true)) return undefined;
  const maximum = anyOf.find(({ type }) => type === 'number')?.maximum;
  return [`duration${maximum === undefined ? '' : ` of at most ${writeDuration(maximum)}`}`];
}

function boundsOf({ minimum, maximum }: JsonSchema): string {
  // What JSON cannot write exactly is no bound that anybody has set.
  const isSet = (bound: number | undefined): bound is number =>
    bound !== undefined && Number.isSafeInteger(bound) && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  if (isSet(minimum) && isSet(maximum)) return ` from ${minimum} to ${maximum}`;
  if (isSet(minimum)) return ` of at least ${minimum}`;
  return isSet(maximum) ? ` of at most ${maximum}` : '';
}
