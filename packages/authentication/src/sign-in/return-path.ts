/** Longer than any path of ours. */
const maxLength = 1024;

/** Only what is in an address of this server anyway: no backslash, which browsers read as a slash, and nothing that they drop. */
const form = /^\/(?!\/)[!$%&'()*+,\-./0-9:;=?@A-Z_a-z~]*$/;

/**
 * Where a browser goes once somebody has signed in: a path of this server. Undefined for anything that could lead elsewhere, by whichever
 * reader (RFC 9700 §4.11.1): a redirect is no open door.
 */
export function readReturnPath(text: string): string | undefined {
  if (text.length > maxLength || !form.test(text)) return undefined;
  // Encoded, what some proxies decode once more: a slash or backslash in second place, and control characters anywhere.
  if (/^\/(?:%2f|%5c|%25)/i.test(text) || /%(?:0[0-9a-f]|1[0-9a-f]|7f)/i.test(text)) return undefined;
  if (!URL.canParse(text, 'https://own.invalid')) return undefined;
  const { origin, pathname } = new URL(text, 'https://own.invalid');
  return origin === 'https://own.invalid' && !pathname.startsWith('//') ? text : undefined;
}
