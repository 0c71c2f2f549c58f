import { type ConfigurationFault, suggest, wordsOfIssue } from '@agentflow/core';
import type { z } from 'zod';

type Path = readonly (string | number)[];

/** What is wrong with a file beside a policy, in plain words, each with its place. */
export function jsonFaults(error: z.ZodError, keys: readonly string[], form: string): readonly ConfigurationFault[] {
  return error.issues.flatMap((issue): readonly ConfigurationFault[] => {
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        return { path: [...path, key], message: `unknown key "${key}"`, remedy: suggest(key, keys) };
      });
    }
    if (issue.code === 'custom') {
      const remedy: unknown = issue.params?.['remedy'];
      return [{ path, message: issue.message, remedy: typeof remedy === 'string' ? remedy : `Write ${form}.` }];
    }
    return [{ path, message: `${nameOf(path)} ${wordsOfIssue(issue)}`, remedy: `Write ${form}.` }];
  });
}

function nameOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  return typeof last === 'string' ? `"${last}"` : `entry ${last + 1}`;
}
