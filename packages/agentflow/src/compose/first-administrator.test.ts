import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { type FirstAdministratorParts, makeFirstAdministrator } from './first-administrator.js';

interface Given extends Pick<FirstAdministratorParts, 'file'> {
  readonly hasProviders: boolean;
  readonly environment?: object;
  readonly advisedRole?: string | undefined;
}

/** What is logged where there is no user yet. */
async function told({ file, hasProviders, environment = {}, ...more }: Given): Promise<readonly string[]> {
  const lines: string[] = [];
  const note = (_fields: object, message: string) => void lines.push(message);
  const parts = {
    administration: { addFirst: async () => ({ id: 'usr_1' }) },
    login: { administratorRole: 'chief', providerSignIn: hasProviders ? {} : undefined },
    surroundings: { environment, directory: '.', path: ['auth'] },
    stores: { users: { list: async () => [] } },
    log: { info: note, warn: note, error: note },
    ...{ file, advisedRole: 'chief', ...more },
  };
  await makeFirstAdministrator(parts as unknown as FirstAdministratorParts);
  return lines;
}

test('where nobody can sign in, it is said how one is made, and no more than is true', async () => {
  const how = 'there are no users. Make one: agentflow users add NAME --role chief';
  const here = { file: resolve('agentflow.json') };
  expect(await told({ ...here, hasProviders: false })).toEqual([`nobody can sign in yet: ${how}`]);
  expect(await told({ ...here, hasProviders: true })).toEqual([`nobody can sign in with a password yet: ${how}`]);
});

test('no role is advised that would give nothing', async () => {
  const [line] = await told({ file: resolve('agentflow.json'), hasProviders: false, advisedRole: undefined });
  expect(line).toMatch(/agentflow users add NAME --role ROLE$/);
});

test('the command names the configuration where it would not be found by itself', async () => {
  const [line] = await told({ file: resolve('elsewhere/agentflow.json'), hasProviders: false });
  expect(line).toMatch(/ --role chief --config elsewhere\/agentflow\.json$/);
});

test('the one that the environment names is named', async () => {
  const environment = { AGENTFLOW_ADMIN_USERNAME: 'boss', AGENTFLOW_ADMIN_PASSWORD: 'a-long-enough-password' };
  expect(await told({ file: 'agentflow.json', hasProviders: false, environment })).toEqual([
    'the first user, "boss", was made, as the environment says',
  ]);
});
