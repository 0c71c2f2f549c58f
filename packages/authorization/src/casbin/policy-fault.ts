import { ConfigurationError, type ConfigurationFault } from '@agentflow/core';
import type { PolicyFault } from '@agentflow/policy';

/** A file that is wrong all over is not told all over. */
const maxFaultsTold = 20;

/** A file with its name as the configuration has it, and the key that names it. */
export interface NamedFile {
  readonly name: string;
  readonly key: readonly (string | number)[];
}

/** The faults of a file as faults of the configuration, each with its line. */
export function lineErrors({ name, key }: NamedFile, faults: readonly PolicyFault[]): ConfigurationError {
  const told = faults.slice(0, maxFaultsTold).map(({ line, message, remedy }): ConfigurationFault => {
    return { path: key, message: `${name}${line === undefined ? '' : `:${line}`}: ${message}`, remedy };
  });
  const more = faults.length - told.length;
  return new ConfigurationError(
    more > 0 ? [...told, { path: key, message: `${name}: ${more} more faults`, remedy: 'Mend those first.' }] : told,
  );
}
