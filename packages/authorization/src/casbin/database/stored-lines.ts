import type { PolicyChangeFault, PolicyFields, StoredPolicyLine } from '@agentflow/core';
import { type Model, type PolicyFault, type PolicyLine, parseCsv, writeCsvLine } from '@agentflow/policy';
import type { LineCheck } from '../check-line.js';

/*
 * The database keeps a line as it would stand in a file, and in full: with the words of the vocabulary for their other names, and
 * with its effect. So no line is there twice in two spellings.
 */

export interface StoredLines {
  /** A line of the database for the engine, which knows it by its id; a fault if it could not have been written here. */
  read(line: StoredPolicyLine): PolicyLine | PolicyFault;
  /** What somebody wrote, in full. */
  write(fields: PolicyFields): PolicyFields | Omit<PolicyChangeFault, 'at'>;
}

export function createStoredLines(model: Model, check: LineCheck): StoredLines {
  const write: StoredLines['write'] = (fields) => {
    const [read, more] = parseCsv(writeCsvLine(fields));
    if (read === undefined || more !== undefined) {
      return {
        message: 'this is not one line of a policy',
        remedy: 'Write a section and its values, without line ends.',
      };
    }
    if ('message' in read) return read;
    if (!isSame([read.key, ...read.values], fields)) {
      const remedy = 'Write no white space around a value, and nothing that is not seen.';
      return { message: 'a file could not hold this line as it is written', remedy };
    }
    const line = check(read);
    return 'message' in line ? line : inFull(line, model);
  };
  return {
    write,
    read({ id, fields }) {
      const written = write(fields);
      if ('message' in written) return { line: id, message: written.message, remedy: written.remedy };
      const [key, ...values] = written;
      if (isSame(written, fields)) return { key, values, line: id };
      const remedy = `Remove it, and add ${writeCsvLine(written)}.`;
      return { line: id, message: 'the line is not written in full', remedy };
    },
  };
}

function inFull({ key, values }: PolicyLine, { ruleKey, rule }: Model): PolicyFields {
  const lacksEffect = key === ruleKey && rule.at(-1) === 'eft' && values.length === rule.length - 1;
  return lacksEffect ? [key, ...values, 'allow'] : [key, ...values];
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}
