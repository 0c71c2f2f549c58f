import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { ConfigurationFault } from '@agentflow/core';
import { InvalidConfigurationError, invalid, readSource } from '../../configuration/load-configuration.js';
import type { ConfigurationSource } from '../../configuration/source.js';

/** A JSON file beside a policy, that its commands read. */
export interface CompanionFile {
  readonly source: ConfigurationSource;
  /** From here, for people. */
  readonly name: string;
  readonly value: unknown;
  /** `policy.cases.json:4`, of an entry of its list. */
  placeOf(index: number): string;
}

/** Undefined where none is named, and none is beside the policy. */
export function findCompanion(policyFile: string, named: string | undefined, usual: string): CompanionFile | undefined {
  const file = named === undefined ? join(dirname(policyFile), usual) : resolve(named);
  return named === undefined && !existsSync(file) ? undefined : readCompanion(file);
}

/** @throws {InvalidConfigurationError} if it cannot be read, or is not JSON */
function readCompanion(file: string): CompanionFile {
  const source = readSource(file);
  if (source.syntaxFaults.length > 0) throw new InvalidConfigurationError(file, source.syntaxFaults, 'the file');
  const name = relative(process.cwd(), file) || file;
  return {
    ...{ source, name, value: source.value },
    placeOf: (index) => `${name}:${source.locate([index])?.line ?? 1}`,
  };
}

/** The faults of such a file, with their places. */
export function companionError({ source }: CompanionFile, faults: readonly ConfigurationFault[]): Error {
  return new InvalidConfigurationError(source.file, invalid(source, faults).faults, 'the file');
}
