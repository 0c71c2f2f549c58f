import { relative } from 'node:path';
import type { ConfigurationFault } from '@agentflow/core';
import { InvalidConfigurationError } from '../configuration/load-configuration.js';
import { paint } from '../log/style.js';

/** AgentFlow's exit codes. */
export const exitCodes = { ok: 0, failure: 1, configuration: 2, validation: 3, interrupted: 130 } as const;

/** One line a fault, `file:line:column  what is wrong`, and the remedy under it. */
function formatFaults({ file, faults, what }: InvalidConfigurationError, consequence: string): string {
  const name = relative(process.cwd(), file) || file;
  const stream = process.stderr;
  const lines = faults.flatMap(({ place, message, remedy }) => [
    `${paint('bold', place === undefined ? name : `${name}:${place.line}:${place.column}`, stream)}  ${paint('red', message, stream)}`,
    ...(remedy === undefined ? [] : [`    ${remedy}`]),
  ]);
  const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
  return `${lines.join('\n')}\n\n${consequence}: ${what} has ${count}.\n`;
}

/** The same for a log: one line a fault, its remedy at the end. */
export function faultLines({ file, faults }: InvalidConfigurationError): readonly string[] {
  const name = relative(process.cwd(), file) || file;
  return faults.map(({ place, message, remedy }) => {
    const where = place === undefined ? name : `${name}:${place.line}:${place.column}`;
    return [`${where}  ${message}`, ...(remedy === undefined ? [] : [remedy])].join(' — ');
  });
}

/** What is served all the same, in a sentence with its remedy. */
export function warningLine({ message, remedy }: ConfigurationFault): string {
  return remedy === undefined ? message : `${message}. ${remedy}`;
}

/** Tells an error, and what follows from it, on standard error, and sets the exit code. */
export function reportError(error: unknown, consequence = 'Nothing is served'): void {
  if (error instanceof InvalidConfigurationError) {
    process.stderr.write(formatFaults(error, consequence));
    process.exitCode = exitCodes.configuration;
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${paint('red', `agentflow: ${message}`, process.stderr)}\n`);
  process.exitCode = exitCodes.failure;
}
