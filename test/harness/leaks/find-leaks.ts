/** Something that a test has used and nobody may find anywhere: shorter ones are too easily part of something else. */
export const minSecretLength = 16;

/** So much of a secret, in whichever encoding, is as good as all of it. */
const telling = 16;

export interface Leak {
  /** In which dump. */
  readonly label: string;
  readonly encoding: string;
  /** What stands before and after it, without the secret itself. */
  readonly around: string;
}

export interface Dump {
  readonly label: string;
  readonly bytes: Buffer;
}

/** Where any of the secrets stands in any of the dumps, in any encoding that something could have written it in. */
export function findLeaks(secrets: Iterable<string>, dumps: readonly Dump[]): readonly Leak[] {
  const needles = new Map<string, string>();
  for (const secret of secrets) {
    for (const { encoding, text } of spellings(secret)) if (isTelling(encoding, text)) needles.set(text, encoding);
  }
  return dumps.flatMap((dump) => searchOne(dump, needles));
}

/**
 * One letter over and over, as attackers' tokens end, stands in many places. In hex, two digits stand for a letter, and no eight letters
 * need have six digits between them.
 */
function isTelling(encoding: string, text: string): boolean {
  return encoding.toLowerCase() === 'hex' ? new Set(text.match(/../g)).size >= 4 : new Set(text).size >= 6;
}

function searchOne({ label, bytes }: Dump, needles: ReadonlyMap<string, string>): Leak[] {
  // One byte, one character: whatever the bytes are, they are searched.
  const text = bytes.toString('latin1');
  return [...needles].flatMap(([needle, encoding]) => {
    const at = text.indexOf(needle);
    if (at < 0) return [];
    const end = at + needle.length;
    return [{ label, encoding, around: `${text.slice(Math.max(0, at - 80), at)}…${text.slice(end, end + 40)}` }];
  });
}

/** The last characters of each spelling: the first of a token are those of all tokens. */
function spellings(secret: string): { readonly encoding: string; readonly text: string }[] {
  const bytes = Buffer.from(secret);
  const whole = [
    { encoding: 'raw', text: bytes.toString('latin1') },
    { encoding: 'percent', text: encodeURIComponent(secret) },
    { encoding: 'JSON', text: JSON.stringify(secret).slice(1, -1) },
    { encoding: 'JSON twice', text: JSON.stringify(JSON.stringify(secret)).slice(3, -3) },
    { encoding: 'hex', text: bytes.toString('hex') },
    { encoding: 'HEX', text: bytes.toString('hex').toUpperCase() },
    ...base64Spellings(bytes),
  ];
  return whole.map(({ encoding, text }) => ({ encoding, text: text.slice(-Math.max(telling, minSecretLength)) }));
}

/** Base64 of a text that it stands in the middle of: it may begin at any of three places. */
function base64Spellings(bytes: Buffer): { readonly encoding: string; readonly text: string }[] {
  return [0, 1, 2].flatMap((offset) => {
    // The last bytes share a group with what follows, and so are spelled by it too.
    const kept = bytes.subarray((3 - offset) % 3);
    const text = kept.subarray(0, kept.length - (kept.length % 3)).toString('base64');
    return [
      { encoding: 'base64', text },
      { encoding: 'base64url', text: text.replaceAll('+', '-').replaceAll('/', '_') },
    ];
  });
}
