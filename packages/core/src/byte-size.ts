import { z } from 'zod';

const kibibyte = 1024;
const units = { KB: kibibyte, MB: kibibyte ** 2, GB: kibibyte ** 3 } as const;

const sizePattern = /^\s*(\d{1,9})\s*(KB|MB|GB)\s*$/;

/** A size as the file writes it (`500KB`, `25MB`, `2GB`, in powers of 1024); read as bytes. A bare number is megabytes, as AgentFlow has it. */
export function byteSize({ min, max }: { readonly min: number; readonly max: number }) {
  const text = z.string().meta({ pattern: sizePattern.source });
  const number = z.number().meta({ exclusiveMinimum: 0 });
  return z.union([text, number]).transform((value, context) => {
    const bytes = parseByteSize(value);
    if (bytes !== undefined && bytes >= min && bytes <= max) return bytes;
    const message = `must be a size such as "500KB", "25MB" or "2GB", from ${formatByteSize(min)} to ${formatByteSize(max)}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

/** In bytes; undefined if it is no size. */
function parseByteSize(value: string | number): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.floor(value * units.MB) : undefined;
  const match = sizePattern.exec(value);
  return match?.[1] === undefined ? undefined : Number(match[1]) * units[match[2] as keyof typeof units];
}

/** For people: `25MB`; what is no whole number of a unit, in bytes. */
export function formatByteSize(bytes: number): string {
  for (const unit of ['GB', 'MB', 'KB'] as const) {
    if (bytes >= units[unit] && bytes % units[unit] === 0) return `${bytes / units[unit]}${unit}`;
  }
  return `${bytes} bytes`;
}
