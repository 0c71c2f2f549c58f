import { createTokenSigner, verifiesWithSecret } from '@agentflow/authentication';
import { askAhead, policiesToAsk } from '../compose/ask-ahead.js';
import { configOption } from '../compose/config-option.js';
import type { Snapshot } from '../compose/snapshot.js';
import type { LoadedConfiguration } from '../configuration/load-configuration.js';
import { paint } from '../log/style.js';
import type { StartFacts } from './print-start.js';

const lifetimeSeconds = 3600;

const subject = 'demo';

const bearerInPlaceOfDots = '-H "Authorization: Bearer …" ';

const question = { messages: [{ role: 'user', content: 'Who am I?' }], config: { thread_id: 'test-1' } };

const credentials = '{"username": "NAME", "password": "…"}';

const asJson = (body: string) => `-H "Content-Type: application/json" -d '${body}'`;

/** A first request, on one line, ready to be pasted: it works as it stands. */
export async function formatTryIt({ loaded, snapshot, url }: StartFacts): Promise<string> {
  const auth = loaded.configuration.auth ?? [];
  const [first] = auth;
  const command = (header: string) => `curl -s ${url}/v1/graph/invoke ${header}${asJson(JSON.stringify(question))}`;
  if (first === undefined) return tryIt('no credential is asked for', command(''));
  if (first.method === 'api_key') return tryIt('with a key in place of the dots', command(`-H "${first.header}: …" `));
  if (first.method === 'login') {
    return tryIt(
      'as a user: sign in, and ask with the token that is answered in place of the dots',
      `curl -s ${url}/v1/auth/login ${asJson(credentials)}\n${command(bearerInPlaceOfDots)}`,
    );
  }
  if (first.method === 'oauth') {
    return tryIt('with a token in place of the dots', command(bearerInPlaceOfDots));
  }
  if (first.method === 'custom') {
    const { how, header } = guessHeader(first.path, snapshot.backends.authentication[0]?.backend.challenge().scheme);
    return tryIt(how, command(`-H "${header}" `));
  }
  const { environment } = snapshot.surroundings;
  const signing = auth.find((one) => one.method === 'jwt' && verifiesWithSecret(one, environment));
  if (signing?.method !== 'jwt') {
    return tryIt('with a token of the issuer, in place of the dots', command(bearerInPlaceOfDots));
  }
  const path = loaded.source.isList('auth') ? ['auth', auth.indexOf(signing)] : ['auth'];
  const sign = createTokenSigner(signing, { ...snapshot.surroundings, path, warn: () => undefined });
  const roles = await findRolesToTry(loaded, snapshot);
  if (roles === undefined) {
    return tryIt(
      `with a token of a role that may run the graph ("${subject}" without one may not), in place of the dots`,
      `agentflow token --user ${subject} --role ROLE${configOption(loaded.source.file)}\n${command(bearerInPlaceOfDots)}`,
    );
  }
  const token = await sign({ subject, ...(roles.length > 0 && { roles }), lifetimeSeconds });
  const withRole = roles.map((role) => `, with the role "${role}"`).join('');
  return tryIt(`as the user "${subject}"${withRole}, for an hour`, command(`-H "Authorization: Bearer ${token}" `));
}

/** With which roles the graph may be run: with none, or with the first that the file names and that may. Undefined where none is known. */
async function findRolesToTry(
  { configuration: { authorization: written } }: LoadedConfiguration,
  { backends }: Snapshot,
): Promise<readonly string[] | undefined> {
  const policies = policiesToAsk({ written, backends: backends.authorization });
  const named = (written ?? []).flatMap((one) => (one.method === 'roles' ? Object.keys(one.roles) : []));
  for (const roles of [[], ...named.map((role) => [role])]) {
    const asked = policies.map((one) => askAhead(one, { subject, roles }, { resource: 'graph', action: 'invoke' }));
    const effects = await Promise.all(asked).catch(() => undefined);
    // A policy that cannot be asked now has nothing against it.
    if (effects?.includes('deny') !== true) return roles;
  }
  return undefined;
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
