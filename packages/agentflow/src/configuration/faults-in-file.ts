import { resolve } from 'node:path';
import type { ConfigurationFault } from '@agentflow/core';
import { InvalidConfigurationError } from './load-configuration.js';
import type { LocatedFault } from './source.js';

export interface FaultyFile {
  /** As its faults have it, which begin with it: `candidate.csv:3: …`. */
  readonly name: string;
  /** Where that starts. */
  readonly directory: string;
  /** What the file is to its reader. */
  readonly what: string;
}

/** Faults of another file than the configuration, each in its line. What is wrong with a third file keeps the name of that. */
export function faultsInFile(
  { name, directory, what }: FaultyFile,
  faults: readonly ConfigurationFault[],
): InvalidConfigurationError {
  const located = faults.map(({ message, remedy }) => placed(name, message, remedy));
  return new InvalidConfigurationError(resolve(directory, name), located, what);
}

function placed(name: string, text: string, remedy: string): LocatedFault {
  const prefix = `${name}:`;
  const [, line, message] = text.startsWith(prefix) ? (/^(\d+): (.*)$/s.exec(text.slice(prefix.length)) ?? []) : [];
  if (line === undefined || message === undefined) return { path: [], message: text, remedy };
  return { path: [], message, remedy, place: { line: Number(line), column: 1 } };
}
