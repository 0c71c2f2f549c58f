import { createTokenSigner } from '@agentflow/authentication';
import { paint } from '../log/style.js';
import type { StartFacts } from './print-start.js';

const lifetimeSeconds = 3600;

const question = { messages: [{ role: 'user', content: 'Who am I?' }], config: { thread_id: 'test-1' } };

/** A first request, on one line, ready to be pasted: it works as it stands. */
export async function formatTryIt({ loaded, composition, url }: StartFacts): Promise<string> {
  const [first] = loaded.configuration.auth ?? [];
  const body = `-H "Content-Type: application/json" -d '${JSON.stringify(question)}'`;
  const command = (header: string) => `curl -s ${url}/v1/graph/invoke ${header}${body}`;
  if (first === undefined) return tryIt('no credential is asked for', command(''));
  if (first.method !== 'jwt') {
    return tryIt(`with a credential that ${first.path} takes, in place of the dots`, command('-H "X-API-Key: …" '));
  }
  const sign = createTokenSigner(first, { ...composition.surroundings, warn: () => undefined });
  const token = await sign({ subject: 'demo', lifetimeSeconds });
  return tryIt('as the user "demo", for an hour', command(`-H "Authorization: Bearer ${token}" `));
}

function tryIt(how: string, command: string): string {
  return `  ${paint('dim', `Try it, ${how}:`)}\n\n${command}\n`;
}
