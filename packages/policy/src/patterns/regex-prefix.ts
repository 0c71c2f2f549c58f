import type { RegexToken } from './regex-token.js';

/** What every text begins with that the regular expression matches. */
export function prefixOf(tokens: readonly RegexToken[]): string {
  const [first, ...rest] = tokens;
  if (first?.kind !== 'begin' || hasAlternatives(tokens)) return '';
  let prefix = '';
  for (const token of rest) {
    if (token.kind === 'repeat' && token.least === 0) return prefix.slice(0, -1);
    const unit = onlyUnitOf(token);
    if (unit === undefined) break;
    prefix += String.fromCharCode(unit);
  }
  return prefix;
}

/** Those in groups leave alone what stands before. */
function hasAlternatives(tokens: readonly RegexToken[]): boolean {
  let depth = 0;
  for (const { kind } of tokens) {
    if (kind === 'open') depth += 1;
    else if (kind === 'close') depth -= 1;
    else if (kind === 'or' && depth === 0) return true;
  }
  return false;
}

function onlyUnitOf(token: RegexToken): number | undefined {
  if (token.kind !== 'one') return undefined;
  const [range, ...more] = token.of;
  return range !== undefined && more.length === 0 && range[0] === range[1] ? range[0] : undefined;
}
