import { z } from 'zod';

const durationPattern = /^\s*(\d{1,9})(s|m|h|d)?\s*$/;

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** A duration as the file writes it (`15m`, `24h`, `7d`); read as seconds. A bare number is seconds. */
export function durationSeconds({ max = Number.MAX_SAFE_INTEGER }: { max?: number }) {
  // The metadata stand in the JSON Schema only: what is refused, is refused with one sentence.
  const text = z.string().meta({ pattern: durationPattern.source });
  const number = z.number().meta({ minimum: 0, ...(max < Number.MAX_SAFE_INTEGER && { maximum: max }) });
  return z.union([text, number]).transform((value, context) => {
    const seconds = parseDuration(value);
    if (seconds !== undefined && seconds >= 0 && seconds <= max) return seconds;
    const bound = max === Number.MAX_SAFE_INTEGER ? '' : ` of at most ${writeDuration(max)}`;
    context.addIssue({ code: 'custom', message: `must be a duration such as "30s", "15m", "24h" or "7d"${bound}` });
    return z.NEVER;
  });
}

/** In seconds; undefined if it is no duration. */
export function parseDuration(value: string | number): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const match = durationPattern.exec(value);
  if (match?.[1] === undefined) return undefined;
  return Number(match[1]) * units[(match[2] ?? 's') as keyof typeof units];
}

/** The same as the file would write it, in the largest unit that leaves no rest: `400d`. */
export function writeDuration(seconds: number): string {
  const [unit, size] = Object.entries(units).findLast(([, each]) => seconds % each === 0) ?? ['s', 1];
  return `${seconds / size}${unit}`;
}
