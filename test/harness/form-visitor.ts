/** Where somebody ended who followed every redirect and submitted every form. */
export interface VisitEnd {
  /** Of another origin than the forms', where a redirect led there: it is not asked. */
  readonly url: string;
  readonly status: number;
  readonly text: string;
}

const maxSteps = 20;

const attribute = (tag: string, name: string) =>
  new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(tag)?.[1]?.replaceAll('&amp;', '&');

/** Goes through an identity provider's pages as a browser would that has no scripts, with its cookies, and types `fields` into the forms. */
export function createFormVisitor(fields: Readonly<Record<string, string>>): {
  visit(url: string): Promise<VisitEnd>;
} {
  const cookies = new Map<string, { readonly value: string; readonly path: string }>();

  function keep(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(/; */);
      const name = pair.slice(0, pair.indexOf('='));
      const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/';
      const gone = attributes.some((one) => /^expires=Thu, 01 Jan 1970/i.test(one));
      if (gone) cookies.delete(name + path);
      else cookies.set(name + path, { value: pair, path });
    }
  }

  async function ask(url: URL, form?: URLSearchParams): Promise<Response> {
    const sent = [...cookies.values()].filter(({ path }) => url.pathname.startsWith(path)).map(({ value }) => value);
    const headers = sent.length === 0 ? {} : { Cookie: sent.join('; ') };
    const response = await fetch(url, { redirect: 'manual', headers, ...(form && { method: 'POST', body: form }) });
    keep(response);
    return response;
  }

  return {
    async visit(start) {
      const { origin } = new URL(start);
      let at = new URL(start);
      let form: URLSearchParams | undefined;
      for (let step = 0; step < maxSteps; step += 1) {
        const response = await ask(at, form);
        const text = await response.text();
        const location = response.headers.get('location');
        if (location !== null) {
          const next = new URL(location, at);
          if (next.origin !== origin) return { url: next.href, status: response.status, text };
          [at, form] = [next, undefined];
          continue;
        }
        const tag = /<form[^>]*>/i.exec(text)?.[0];
        if (tag === undefined) return { url: at.href, status: response.status, text };
        at = new URL(attribute(tag, 'action') ?? at.href, at);
        form = new URLSearchParams();
        for (const [input] of text.matchAll(/<(?:input|button)[^>]*>/gi)) {
          const name = attribute(input, 'name');
          if (name === undefined || name === 'abort') continue;
          form.set(name, fields[name] ?? attribute(input, 'value') ?? '');
        }
      }
      throw new Error(`still no end after ${maxSteps} pages, at ${at.href}`);
    },
  };
}
