/*
 * Whoever has signed in with a provider is known by a cookie that no script can read. Beside it stands one that this page can: a request that
 * is to do something repeats it in a header, which no other site can make a browser send.
 */

const companion = 'agentflow_csrf';
const header = 'X-CSRF-Token';

/** What the requests of such a session carry; undefined where the browser has none for this server. */
export function cookieHeaders(cookie: string): Readonly<Record<string, string>> | undefined {
  const names = [`__Host-${companion}`, companion];
  const cookies = new Map(cookie.split('; ').map((pair) => splitAtFirst(pair, '=')));
  const value = names.map((name) => cookies.get(name)).find((found) => found !== undefined);
  return value === undefined ? undefined : { [header]: value };
}

function splitAtFirst(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
