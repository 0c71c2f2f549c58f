import { suggest } from '@agentflow/core';
import type { LineFault } from './policy-fault.js';

/** The five definitions of a model, by casbin's letters. */
export type Letter = 'r' | 'p' | 'g' | 'e' | 'm';

export interface Definition {
  readonly text: string;
  readonly line: number;
}

export type Definitions = ReadonlyMap<Letter, Definition>;

const sections: Readonly<Record<string, Letter>> = {
  request_definition: 'r',
  policy_definition: 'p',
  role_definition: 'g',
  policy_effect: 'e',
  matchers: 'm',
};

/**
 * Reads the text of a model. Casbin's own reader passes over what it does not know; here it is a fault, because a rule
 * that is not read does not refuse anybody.
 */
export function parseModel(text: string): { readonly definitions: Definitions; readonly faults: readonly LineFault[] } {
  const definitions = new Map<Letter, Definition>();
  const faults: LineFault[] = [];
  let letter: Letter | undefined;
  for (const { text: content, line } of logicalLines(text)) {
    const header = /^\[(.*)\]$/.exec(content)?.[1];
    if (header !== undefined) {
      letter = Object.hasOwn(sections, header) ? sections[header] : undefined;
      if (letter === undefined) {
        const remedy = suggest(header, Object.keys(sections));
        faults.push({ line, message: `there is no section [${header}]`, remedy });
      }
      continue;
    }
    const [, key, value] = /^(\w+)\s*=\s*(.*)$/.exec(content) ?? [];
    if (key === undefined || value === undefined || value === '' || key !== letter) {
      const remedy = letter === undefined ? 'Begin with [request_definition].' : `Write "${letter} = …", and no more.`;
      faults.push({ line, message: 'this does not belong here', remedy });
    } else if (definitions.has(letter)) {
      faults.push({ line, message: `"${key}" is defined twice`, remedy: 'Keep one of them.' });
    } else {
      definitions.set(letter, { text: value, line });
    }
  }
  for (const [name, required] of Object.entries(sections)) {
    if (required !== 'g' && !definitions.has(required) && faults.length === 0) {
      faults.push({ message: `[${name}] is missing`, remedy: `Add it, with "${required} = …".` });
    }
  }
  return { definitions, faults };
}

/** Without comments and blank lines; a line that ends with a backslash goes on in the next. */
function logicalLines(text: string): { readonly text: string; readonly line: number }[] {
  const lines: { text: string; line: number }[] = [];
  let open: { text: string; line: number } | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const content = raw.trim();
    if (open === undefined && (content === '' || /^[#;]/.test(content))) continue;
    open = open === undefined ? { text: content, line: index + 1 } : { ...open, text: `${open.text} ${content}` };
    if (open.text.endsWith('\\')) {
      open = { ...open, text: open.text.slice(0, -1).trim() };
    } else {
      lines.push(open);
      open = undefined;
    }
  }
  return open === undefined ? lines : [...lines, open];
}
