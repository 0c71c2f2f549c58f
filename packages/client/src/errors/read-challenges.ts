/** One challenge of a `WWW-Authenticate` header (RFC 9110 §11.3). */
export interface AuthenticationChallenge {
  /** `Bearer`; compared without case. */
  readonly scheme: string;
  /** `realm`, `error`, … by their names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

// RFC 9110 §11.2 and §5.6.4: a parameter is a token, "=", and a token or a quoted string; a word that no "=" follows is a scheme.
const part = /[\s,]*(?:([^\s,="]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([^\s,="]+)(?![^\s,]|[ \t]*=))/y;

/** Reads all challenges of the header's value. Where the text stops making sense, reading stops. */
export function readChallenges(header: string | null): readonly AuthenticationChallenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  part.lastIndex = 0;
  for (let found = part.exec(header ?? ''); found !== null; found = part.exec(header ?? '')) {
    const [, name, quoted, plain, scheme] = found;
    const current = challenges.at(-1);
    if (scheme !== undefined) challenges.push({ scheme, parameters: {} });
    else if (name === undefined || current === undefined) break;
    else current.parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '';
  }
  return challenges;
}
