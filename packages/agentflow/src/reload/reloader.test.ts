import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLog } from '@agentflow/core';
import { createSuccession } from '@agentflow/host';
import { expect, onTestFinished, test } from 'vitest';
import { createProject, echoGraph } from '../../../../test/harness/project.js';
import { compose } from '../compose/compose.js';
import { loadConfiguration } from '../configuration/load-configuration.js';
import { digestOf, filesOf, marksOf } from './configuration-digest.js';
import { createReloader } from './reloader.js';

const keyNumber = (number: number) => `a-key-of-robots-${number}-`.padEnd(48, 'x7Kq2Zp9');

/** As `serve` has it; `atEnd` is called each time that a reload has read all of it and asks whether the server ends meanwhile. */
async function createServed(directory: string, atEnd: () => void) {
  const load = () => loadConfiguration(join(directory, 'agentflow.json'), {});
  const loaded = await load();
  const log = { ...silentLog, write: () => undefined };
  const [host, mode] = ['127.0.0.1', 'production'] as const;
  const composition = await compose({ loaded, mode, host, insecureNoAuth: false, log, data: 'memory' });
  const { inFlight } = composition.foundation;
  const foundation = {
    ...composition.foundation,
    inFlight: Object.defineProperty(Object.create(inFlight) as typeof inFlight, 'isEnding', {
      get() {
        atEnd();
        return inFlight.isEnding;
      },
    }),
  };
  const listening = { host, port: 0, insecureNoAuth: false };
  const reloader = createReloader({
    ...{ foundation, variables: composition.variables, first: composition.snapshot, firstMarks: marksOf(loaded), load },
    succession: createSuccession(composition.snapshot),
    started: {
      ...{ loaded, digest: digestOf(filesOf(loaded)), ground: composition.foundation },
      ...{ flags: {}, listening, commandsOwnMode: mode },
    },
    announce: () => undefined,
  });
  onTestFinished(() => composition.close());
  return reloader;
}

test('a secret that changes in the moment in which a reload ends is a change that is still to be taken over', async () => {
  const project = createProject({
    'agentflow.json': {
      agent: echoGraph,
      auth: { method: 'api_key', keys: [{ id: 'robot', key: { file: 'key' }, subject: 'robot' }] },
    },
    key: keyNumber(1),
  });
  onTestFinished(() => project.remove());
  const write = (number: number) => writeFileSync(join(project.directory, 'key'), keyNumber(number));
  let asked = 0;
  const isChanged = () => {
    const { inForce, now } = reloader.secretDigests();
    return inForce !== now;
  };
  const reloader = await createServed(project.directory, () => {
    asked += 1;
    // The first is by whoever asks for the reload, the second when it has been read.
    if (asked === 2) write(3);
  });
  expect(isChanged()).toBe(false);
  write(2);
  expect(isChanged()).toBe(true);
  await reloader.reloadSecrets();
  expect(asked).toBeGreaterThanOrEqual(2);
  expect(isChanged()).toBe(true);
  await reloader.reloadSecrets();
  expect(isChanged()).toBe(false);
});
