import type { LocatedFault } from '../../configuration/source.js';

/** `candidate.csv:3: …` as a fault of line 3. */
export function placed(text: string, remedy: string): LocatedFault {
  const [, line, message] = /^.*?:(\d+): (.*)$/s.exec(text) ?? [];
  if (line === undefined || message === undefined) return { path: [], message: text, remedy };
  return { path: [], message, remedy, place: { line: Number(line), column: 1 } };
}
