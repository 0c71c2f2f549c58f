import { createFormVisitor } from './form-visitor.js';

/** What a browser was answered. */
export interface Visit {
  readonly status: number;
  readonly headers: Headers;
  /** Where it is sent on; undefined where it is not. */
  readonly location: string | undefined;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into bodies whose shape it checks by looking
  readonly body: any; // oxlint-disable-line typescript/no-explicit-any
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Whether it comes from a page of the server's own, with what its scripts add. */
  readonly from?: 'own page' | 'own page without its token' | 'nowhere';
}

/** A browser as far as a server knows it: cookies of one host, and what its pages add. Follows nothing by itself. */
export interface CookieBrowser {
  readonly cookies: Map<string, string>;
  /** Every `Set-Cookie` line so far. */
  readonly set: readonly string[];
  ask(path: string, options?: AskOptions): Promise<Visit>;
  /** Begins to sign in: where the provider would have it go, and what it says there. */
  begin(
    provider: string,
    returnTo?: string,
  ): Promise<{ readonly visit: Visit; readonly asked: URLSearchParams; readonly url: string }>;
  /** Signs somebody in at a provider's form, up to the address that leads back; it is not asked. */
  atProvider(url: string, login: string): Promise<string>;
  /** All of it. */
  signIn(provider: string, login: string, returnTo?: string): Promise<Visit>;
}

/** @param origin under which browsers know the server, where it is another than the one at which it listens */
export function createCookieBrowser(server: () => string, origin: () => string = server): CookieBrowser {
  const cookies = new Map<string, string>();
  const set: string[] = [];

  function keep(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      set.push(line);
      const [pair = ''] = line.split('; ');
      const name = pair.slice(0, pair.indexOf('='));
      if (/; Max-Age=0(?:;|$)/.test(line)) cookies.delete(name);
      else cookies.set(name, pair.slice(name.length + 1));
    }
  }

  async function ask(path: string, { method, headers, body, from = 'nowhere' }: AskOptions = {}): Promise<Visit> {
    const token = cookies.get('agentflow_csrf') ?? cookies.get('__Host-agentflow_csrf');
    const response = await fetch(new URL(path, server()), {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      redirect: 'manual',
      headers: {
        ...(cookies.size > 0 && { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
        ...(from !== 'nowhere' && { Origin: origin(), 'Sec-Fetch-Site': 'same-origin' }),
        ...(from === 'own page' && token !== undefined && { 'X-CSRF-Token': token }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    keep(response.headers);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const location = response.headers.get('location') ?? undefined;
    return {
      status: response.status,
      headers: response.headers,
      location,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    };
  }

  const browser: CookieBrowser = {
    cookies,
    set,
    ask,
    async begin(provider, returnTo = '/playground') {
      const path = `/v1/auth/oauth/${provider}/start?return_to=${encodeURIComponent(returnTo)}`;
      const visit = await ask(origin() === server() ? path : `${path}&moved=1`);
      if (visit.location === undefined) throw new Error(`not sent on: ${visit.status} ${visit.text}`);
      return { visit, asked: new URL(visit.location).searchParams, url: visit.location };
    },
    async atProvider(url, login) {
      return (await createFormVisitor({ login }).visit(url)).url;
    },
    async signIn(provider, login, returnTo) {
      const { url } = await browser.begin(provider, returnTo);
      return ask(await browser.atProvider(url, login));
    },
  };
  return browser;
}
