import type { PolicyFault } from '../policy-error.js';
import type { PolicyLine } from './rule.js';

/**
 * Reads Casbin's CSV format: `p, admin, graph, invoke` a line. A field may stand between double quotes, in which two are one;
 * within any other field a quote is itself. Between brackets a comma parts nothing. What another reader might take for
 * something else is a fault: an empty field, half a quoted one, white space that is not seen, a line twice.
 */
export function* parseCsv(text: string): Generator<PolicyLine | PolicyFault> {
  const seen = new Map<string, number>();
  let line = 0;
  for (let start = 0; start <= text.length; ) {
    const end = text.indexOf('\n', start);
    const content = text.slice(start, end === -1 ? text.length : end);
    start = end === -1 ? text.length + 1 : end + 1;
    line += 1;
    if (content === '' || /^[ \t]*(?:#|$)/.test(content)) continue;
    const read = readLine(content);
    if ('message' in read) {
      yield { line, ...read };
      continue;
    }
    const [key = '', ...values] = read.fields;
    // No field holds a control character.
    const same = read.fields.join('\0');
    const before = seen.get(same);
    if (before === undefined) {
      seen.set(same, line);
      yield { key, values, line };
    } else yield { line, message: `the same stands in line ${before}`, remedy: 'Keep one of them.' };
  }
}

type Fault = Omit<PolicyFault, 'line'>;

function readLine(content: string): { readonly fields: readonly string[] } | Fault {
  // Tabs part words for Casbin; whatever else is not printed hides something.
  if (
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(content.replaceAll('\t', ' ')) ||
    /[^\S \t]/.test(content) ||
    !content.isWellFormed()
  ) {
    return {
      message: 'there is a control character, or white space that is not a space',
      remedy: 'Part fields by a comma and a space.',
    };
  }
  const pieces = content.includes('"') ? splitQuoted(content) : content.split(',').map((piece) => piece.trim());
  if (pieces === undefined) {
    const remedy = 'Put quotes around the whole field, and write each quote within it twice.';
    return { message: 'there is a quote that begins or ends nothing', remedy };
  }
  const fields = /[()]/.test(content) ? joinBrackets(pieces) : pieces;
  if (fields === undefined) {
    return { message: 'there is a bracket without the other', remedy: 'Close each "(" with a ")" in its field.' };
  }
  if (fields.length < 2 || fields.includes('')) {
    return { message: 'there is an empty field', remedy: 'Write a value, or "*" for any.' };
  }
  return { fields };
}

/** Undefined where a field is quoted in part, or twice. */
function splitQuoted(content: string): readonly string[] | undefined {
  const fields: string[] = [];
  const field = /[ \t]*(?:"((?:[^"]|"")*)"[ \t]*|([^", \t][^,]*|))(,|$)/y;
  for (let more = true; more; ) {
    const found = field.exec(content);
    if (found === null) return undefined;
    const value = (found[1]?.replaceAll('""', '"') ?? found[2] ?? '').trim();
    // Casbin takes quotes off once more.
    if (value.includes('""') || /^".*"$|^"$/.test(value)) return undefined;
    fields.push(value);
    more = found[3] === ',';
  }
  return fields;
}

/** `in (a, b)` is one field. */
function joinBrackets(pieces: readonly string[]): readonly string[] | undefined {
  const fields: string[] = [];
  let open = 0;
  for (const piece of pieces) {
    const isOpen = open > 0;
    open += piece.split('(').length - piece.split(')').length;
    if (isOpen) fields.push(`${fields.pop() ?? ''},${piece}`);
    else fields.push(piece);
    if (open < 0) return undefined;
  }
  return open === 0 ? fields : undefined;
}
