import type { InspectedPolicy } from '../inspected-policy.js';
import type { Finding } from './finding.js';
import { findIdleNames } from './idle-names.js';
import { findOpenRules } from './open-rules.js';
import { findUnreachable } from './unreachable-rules.js';

/** All that an operator should look at, in the order of the file. */
export function lintPolicy(inspected: InspectedPolicy): readonly Finding[] {
  const lineOf = ({ place }: Finding) => Number(place.split(':').at(-1));
  const repeated = inspected.repeated.map((line): Finding => {
    return { ...line, kind: 'duplicate', message: 'says what an earlier line says, in other words' };
  });
  return [
    ...repeated,
    ...findUnreachable(inspected),
    ...findIdleNames(inspected),
    ...findOpenRules(inspected),
  ].toSorted((one, other) => lineOf(one) - lineOf(other));
}
