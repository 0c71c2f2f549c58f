import type { PolicyFault } from '../policy-error.js';

/** The right side of `m = …`, with the line where it begins. */
export interface Definition {
  readonly text: string;
  readonly line: number;
}

/** The definitions of a model by their keys: `r`, `p`, `g`, `g2`, `e`, `m`, … */
export type Definitions = ReadonlyMap<string, Definition>;

const sections: Readonly<Record<string, string>> = {
  request_definition: 'r',
  policy_definition: 'p',
  role_definition: 'g',
  policy_effect: 'e',
  matchers: 'm',
};

/**
 * Reads the text of a Casbin model (the conf format). Casbin's own reader passes over what it does not know; here it is a
 * fault, because a rule that is not read does not refuse anybody.
 */
export function parseDefinitions(text: string): {
  readonly definitions: Definitions;
  readonly faults: readonly PolicyFault[];
} {
  const definitions = new Map<string, Definition>();
  const faults: PolicyFault[] = [];
  let letter: string | undefined;
  for (const { text: content, line } of logicalLines(text)) {
    const header = /^\[(.*)\]$/.exec(content)?.[1];
    if (header !== undefined) {
      letter = Object.hasOwn(sections, header) ? sections[header] : undefined;
      if (letter === undefined) {
        const remedy = `The sections are [${Object.keys(sections).join('], [')}].`;
        faults.push({ line, message: `there is no section [${header}]`, remedy });
      }
      continue;
    }
    const [, key, value] = /^(\w+)\s*=\s*(.*)$/.exec(content) ?? [];
    if (key === undefined || value === undefined || value === '' || !belongsTo(letter, key)) {
      const remedy = letter === undefined ? 'Begin with [request_definition].' : `Write "${letter} = …".`;
      faults.push({ line, message: 'this does not belong here', remedy });
    } else if (definitions.has(key)) {
      faults.push({ line, message: `"${key}" is defined twice`, remedy: 'Keep one of them.' });
    } else {
      definitions.set(key, { text: value, line });
    }
  }
  for (const [name, required] of Object.entries(sections)) {
    if (required !== 'g' && !definitions.has(required) && faults.length === 0) {
      faults.push({ message: `[${name}] is missing`, remedy: `Add it, with "${required} = …".` });
    }
  }
  return { definitions, faults };
}

/** `m` and `m2` belong to [matchers]. */
function belongsTo(letter: string | undefined, key: string): boolean {
  return letter !== undefined && key.startsWith(letter) && /^(?:[2-9]|[1-9]\d)?$/.test(key.slice(1));
}

/** Without comments and blank lines; a line that ends with a backslash goes on in the next. */
function logicalLines(text: string): Definition[] {
  const lines: Definition[] = [];
  let open: Definition | undefined;
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
