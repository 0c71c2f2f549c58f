/** What a 401 or 403 says about how to authenticate (RFC 9110 §11.3). */
export interface Challenge {
  /** The auth-scheme; compared without case. */
  readonly scheme: string;
  /** auth-params, `realm` among them. */
  readonly parameters: Readonly<Record<string, string>>;
}

// RFC 9110 §5.6.2
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// RFC 9110 §5.6.4, less obs-text: what may stand in a quoted-string, escaped where needed.
const quotable = /^[\t\x20-\x7e]*$/;

/**
 * Writes one challenge as RFC 9110 §11.6.1 has it. Every parameter is quoted, as RFC 6750 §3 asks of its own.
 * @throws {TypeError} if a name is not a token or a value cannot stand in a quoted-string
 */
export function formatChallenge(challenge: Challenge): string {
  if (!token.test(challenge.scheme)) throw new TypeError(`not an auth-scheme: ${JSON.stringify(challenge.scheme)}`);
  const parameters = Object.entries(challenge.parameters).map(([name, value]) => {
    if (!token.test(name)) throw new TypeError(`not an auth-param name: ${JSON.stringify(name)}`);
    if (!quotable.test(value)) throw new TypeError(`not a quotable auth-param value: ${JSON.stringify(value)}`);
    return `${name}="${value.replace(/["\\]/g, '\\$&')}"`;
  });
  return parameters.length === 0 ? challenge.scheme : `${challenge.scheme} ${parameters.join(', ')}`;
}

// A scheme is a token that no "=" follows; what follows it up to the next such token are its parameters.
const parameterPattern = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/;
const schemePattern = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?=$|[ \t]|,)/;

/** Reads the challenges of one `WWW-Authenticate` value. Where the text stops making sense, reading stops. */
export function parseChallenges(text: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let rest = text.trimStart();
  while (rest !== '') {
    const parameter = parameterPattern.exec(rest);
    const scheme = parameter ? null : schemePattern.exec(rest);
    const current = challenges.at(-1);
    if (parameter?.[1] !== undefined && current !== undefined) {
      const value = parameter[2]?.replace(/\\(.)/g, '$1') ?? parameter[3] ?? '';
      current.parameters[parameter[1].toLowerCase()] = value;
    } else if (scheme?.[1] !== undefined) {
      challenges.push({ scheme: scheme[1], parameters: {} });
    } else {
      break;
    }
    rest = rest.slice((parameter ?? scheme)?.[0].length).replace(/^[\s,]+/, '');
  }
  return challenges;
}
