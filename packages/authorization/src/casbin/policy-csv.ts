import { isPrintable } from '@agentflow/core';
import type { LineFault } from './policy-fault.js';

/** One line of a policy: a rule (`p`), or who has which role (`g`). */
export interface PolicyLine {
  readonly section: 'p' | 'g';
  /** Without the section. Neither empty, nor with a space at an end. */
  readonly fields: readonly string[];
  /** Counted from 1. */
  readonly line: number;
}

const maxFieldLength = 512;

/**
 * Reads the one form that a policy has: `p, admin, graph, invoke` a line, with one space or none after each comma. What
 * another reader might take for something else is a fault: quotes, stray spaces, unknown sections, a line twice.
 */
export function parsePolicy(text: string): {
  readonly lines: readonly PolicyLine[];
  readonly faults: readonly LineFault[];
} {
  const lines: PolicyLine[] = [];
  const faults: LineFault[] = [];
  const seen = new Map<string, number>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = index + 1;
    if (raw === '' || raw.startsWith('#')) continue;
    const [section, ...fields] = raw.split(/, ?/);
    const fault = lineFault(raw, section ?? '', fields);
    if (fault !== undefined) {
      faults.push({ line, ...fault });
      continue;
    }
    const key = JSON.stringify([section, ...fields]);
    const before = seen.get(key);
    if (before !== undefined) {
      faults.push({ line, message: `the same stands in line ${before}`, remedy: 'Keep one of them.' });
      continue;
    }
    seen.set(key, line);
    lines.push({ section: section === 'g' ? 'g' : 'p', fields, line });
  }
  return { lines, faults };
}

function lineFault(raw: string, section: string, fields: readonly string[]): Omit<LineFault, 'line'> | undefined {
  if (!isPrintable(raw))
    return { message: 'there is a control character', remedy: 'Part fields by a comma and a space.' };
  if (raw.includes('"'))
    return { message: 'there is a quote', remedy: 'Write fields without quotes; none may hold a comma.' };
  if ([section, ...fields].some((field) => field !== field.trim() || / {2}/.test(field))) {
    return { message: 'there is a stray space', remedy: 'Write one space or none after a comma, and none elsewhere.' };
  }
  if (section !== 'p' && section !== 'g') {
    const remedy = 'A line begins with "p" (a rule), "g" (who has which role) or "#" (a comment).';
    return { message: `there is no section "${section}"`, remedy };
  }
  if (fields.length === 0 || fields.includes('')) {
    return { message: 'there is an empty field', remedy: 'Write a value, or "*" for any.' };
  }
  if (fields.some((field) => field.length > maxFieldLength)) {
    return { message: `there is a field of more than ${maxFieldLength} characters`, remedy: 'Shorten it.' };
  }
  return undefined;
}
