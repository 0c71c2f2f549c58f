import { createTokenSigner, verifiesWithSecret } from '@agentflow/authentication';
import { paint } from '../log/style.js';
import type { StartFacts } from './print-start.js';

const lifetimeSeconds = 3600;

const question = { messages: [{ role: 'user', content: 'Who am I?' }], config: { thread_id: 'test-1' } };

/** A first request, on one line, ready to be pasted: it works as it stands. */
export async function formatTryIt({ loaded, snapshot, url }: StartFacts): Promise<string> {
  const auth = loaded.configuration.auth ?? [];
  const [first] = auth;
  const body = `-H "Content-Type: application/json" -d '${JSON.stringify(question)}'`;
  const command = (header: string) => `curl -s ${url}/v1/graph/invoke ${header}${body}`;
  if (first === undefined) return tryIt('no credential is asked for', command(''));
  if (first.method === 'api_key') return tryIt('with a key in place of the dots', command(`-H "${first.header}: …" `));
  if (first.method === 'oauth') {
    return tryIt('with a token in place of the dots', command('-H "Authorization: Bearer …" '));
  }
  if (first.method === 'custom') {
    const { how, header } = guessHeader(first.path, snapshot.backends.authentication[0]?.backend.challenge().scheme);
    return tryIt(how, command(`-H "${header}" `));
  }
  const { environment } = snapshot.surroundings;
  const signing = auth.find((one) => one.method === 'jwt' && verifiesWithSecret(one, environment));
  if (signing?.method !== 'jwt') {
    return tryIt('with a token of the issuer, in place of the dots', command('-H "Authorization: Bearer …" '));
  }
  const path = loaded.source.isList('auth') ? ['auth', auth.indexOf(signing)] : ['auth'];
  const sign = createTokenSigner(signing, { ...snapshot.surroundings, path, warn: () => undefined });
  const token = await sign({ subject: 'demo', lifetimeSeconds });
  return tryIt('as the user "demo", for an hour', command(`-H "Authorization: Bearer ${token}" `));
}

/**
 * Only the plugin itself knows what it reads. Its challenge names a scheme: those that are registered travel in `Authorization`
 * (RFC 9110 §11.6.2), and all others wherever the plugin looks.
 */
export function guessHeader(path: string, scheme = ''): { readonly how: string; readonly header: string } {
  if (/^(?:bearer|basic|digest|dpop)$/i.test(scheme)) {
    return { how: `with a credential that ${path} takes, in place of the dots`, header: `Authorization: ${scheme} …` };
  }
  return { how: `with the header that ${path} reads, in place of the dots (it does not say which)`, header: '…: …' };
}

function tryIt(how: string, command: string): string {
  return `  ${paint('dim', `Try it, ${how}:`)}\n\n${command}\n`;
}
