import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProject } from '../../../../test/harness/project.js';
import { loadConfiguration } from '../configuration/load-configuration.js';
import { describeOpenSecretFiles } from './open-files.js';

/* Which files of keys and secrets every user of the machine can read. */

test('secrets that others can read are named; closed ones, public keys and the file of variables are not', async () => {
  const auth = [
    { method: 'api_key', keys: [{ id: 'ci', key: { file: 'ci' }, subject: 'ci' }] },
    { method: 'jwt', public_key: { file: 'issuer.pem' }, issuer: 'https://issuer.example', audience: 'a' },
  ];
  const names = ['.env', 'ci', 'closed', 'database', 'issuer.pem', 'previous'];
  const project = createProject({
    'agentflow.json': { agent: 'graph.ts:app', auth },
    ...Object.fromEntries(names.map((name) => [name, name === '.env' ? 'A=b' : 'x'])),
  });
  const at = (name: string) => join(project.directory, name);
  for (const name of names) chmodSync(at(name), name === 'closed' ? 0o640 : 0o644);
  const environment = {
    ...{ AGENTFLOW_PEPPER_FILE: 'closed', JWT_SECRET_KEY_PREVIOUS_FILE: 'previous' },
    ...{ DATABASE_URL_FILE: 'database', REDIS_URL_FILE: 'closed' },
  };
  const loaded = await loadConfiguration(at('agentflow.json'), environment);
  const named = () => describeOpenSecretFiles(loaded).toSorted();
  const told = (name: string) =>
    `the secret's file ${at(name)} can be read by every user of this machine. Take that from them: chmod o-rwx ${at(name)}`;
  expect(named()).toEqual([told('ci'), told('database'), told('previous')]);
  chmodSync(at('ci'), 0o600);
  expect(named()).toEqual([told('database'), told('previous')]);
  project.remove();
});
