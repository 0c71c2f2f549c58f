/** A value as somebody would like to read it: a text as it is, anything else as JSON. */
export function showJson(value: unknown): string {
  if (typeof value === 'string') return value;
  const line = JSON.stringify(value) ?? '';
  return line.length > 72 ? JSON.stringify(value, null, 2) : line;
}

/** What somebody has typed: JSON, where it is such, and a text otherwise. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
