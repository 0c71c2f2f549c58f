import type { PolicyFault } from '../policy-error.js';

type Fault = Omit<PolicyFault, 'line'>;

const maxValueLength = 4096;

/** What a text of a policy may hold: no more than one line of it. */
export function textFault(values: readonly string[]): Fault | undefined {
  for (const value of values) {
    if (typeof value !== 'string') return { message: 'there is a value that is no text', remedy: 'Write a text.' };
    if (value.length > maxValueLength) {
      return { message: `there is a value of more than ${maxValueLength} characters`, remedy: 'Shorten it.' };
    }
    if (/[\p{Cc}\u2028\u2029]/u.test(value)) {
      return {
        message: 'there is a control character, or a line end',
        remedy: 'Write each rule in a line of its own.',
      };
    }
  }
  return undefined;
}
