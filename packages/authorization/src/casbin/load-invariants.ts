import { resolve } from 'node:path';
import { parseStrictJson, StrictJsonError } from '@agentflow/core';
import { type PolicyFault, Turns } from '@agentflow/policy';
import type { InspectedPolicy } from './inspection/inspected-policy.js';
import { type FailedInvariant, holdInvariants, readInvariants } from './inspection/lint/invariants.js';
import type { Place } from './load-policy.js';
import { lineErrors, type NamedFile } from './policy-fault.js';
import { readText } from './read-text.js';

/** Holds policies against the invariants of a file, before they decide. */
export interface RequiredInvariants {
  /** What does not hold, each with a counter-example: whatever can be told apart by one name is asked, in turns. */
  faultsOf(inspected: InspectedPolicy, shown: Shown): Promise<readonly PolicyFault[]>;
  /** @throws {ConfigurationError} if one does not hold */
  require(inspected: InspectedPolicy): Promise<void>;
}

interface Shown {
  readonly withPlaces: boolean;
}

/** @throws {ConfigurationError} if the file cannot be read, or holds no invariants */
export async function loadInvariants(name: string, { directory, path }: Place): Promise<RequiredInvariants> {
  const file = { name, key: [...path, 'invariants'] };
  const read = readInvariants(parse(await readText(resolve(directory, name), file), file));
  if ('faults' in read) {
    const faults = read.faults.map(({ path: at, message, remedy }) => {
      return { message: at.length === 0 ? message : `${at.join('.')}: ${message}`, remedy };
    });
    throw lineErrors(file, faults);
  }
  const faultsOf: RequiredInvariants['faultsOf'] = async (inspected, shown) => {
    const { failed } = await new Turns().finish(holdInvariants(inspected, read.invariants));
    return failed.map((one) => ({ message: failureText(one, shown), remedy: 'Mend the policy, or the invariant.' }));
  };
  return {
    faultsOf,
    async require(inspected) {
      const faults = await faultsOf(inspected, { withPlaces: true });
      if (faults.length > 0) throw lineErrors(file, faults);
    },
  };
}

function parse(text: string, file: NamedFile): unknown {
  try {
    return parseStrictJson(text);
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error;
    const remedy = 'Write [{"never": {"who": "guest", "does": "*:delete"}, "why": "…"}].';
    throw lineErrors(file, [{ message: `the file cannot be read: ${error.message}`, remedy }]);
  }
}

function failureText(
  { index, text, why, count, counter_example: example }: FailedInvariant,
  { withPlaces }: Shown,
): string {
  const { effect, who, does, on, decided_by: by } = example;
  const what = `${who} ${effect === 'allow' ? 'may' : 'may not'} ${does}${on === null ? '' : ` on ${on}`}`;
  const rule = by === null ? '' : `, by ${withPlaces ? `${by.place}  ` : ''}${by.rule}`;
  const more = count === 1 ? '' : ` (and ${count - 1} more like it)`;
  return `invariant ${index + 1} does not hold: ${text}${why === null ? '' : `, because ${why}`}. ${what}${rule}${more}`;
}
