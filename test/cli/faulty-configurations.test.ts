import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAgentflow } from '../harness/agentflow.js';
import { createProject, createSecret, type Project } from '../harness/project.js';
import { faultsOf } from '../harness/validate.js';
import { type FaultyConfiguration, faultyConfigurations, files } from './faulty-configurations.js';

/*
 * Security bar 11, 35 and 73: what cannot be served safely is not served at all, and its operator reads where and what to do. All are
 * validated in this process; some of each kind go through the command as well.
 */

let project: Project;
const env = { JWT_SECRET_KEY: createSecret() };

beforeAll(() => {
  project = createProject(files);
});

afterAll(() => project.remove());

/** Each has a file of its own, so that they can be checked side by side. */
function write({ file }: FaultyConfiguration, index: number): string {
  const name = `faulty-${index}.json`;
  project.write(name, file);
  return name;
}

const outside = faultyConfigurations.filter(({ at }) => at === undefined);

test(`${faultyConfigurations.length} faults, each of its own`, () => {
  expect(new Set(faultyConfigurations.map(({ what }) => what)).size).toBe(faultyConfigurations.length);
  expect(new Set(faultyConfigurations.map(({ file, env: more }) => JSON.stringify([file, more]))).size).toBe(
    faultyConfigurations.length,
  );
  expect(faultyConfigurations.filter(({ at }) => /^\d+:\d+$/.test(at ?? '')).length).toBeGreaterThanOrEqual(30);
});

test('a fault that is not in the file names its variable', () => {
  expect(outside.length).toBeGreaterThanOrEqual(5);
  for (const { message, env: more = {} } of outside) {
    expect(Object.keys(more).filter((name) => message.source.includes(name))).not.toEqual([]);
  }
});

describe('each is refused, with its place and a remedy', () => {
  test.each(faultyConfigurations.map((one, index) => [one.what, one, index] as const))(
    '%s',
    async (_what, one, index) => {
      const faults = await faultsOf(join(project.directory, write(one, index)), { ...env, ...one.env });
      const found = faults.find(({ message, remedy }) => one.message.test(message) && one.remedy.test(remedy));
      expect(found, JSON.stringify(faults)).toBeDefined();
      expect(found?.place && `${found.place.line}:${found.place.column}`).toBe(one.at);
      for (const { message, remedy } of faults) {
        expect(remedy).not.toBe('');
        expect(message + remedy).not.toContain(env.JWT_SECRET_KEY);
      }
    },
  );
});

/** One of seven, so that each kind is among them. */
const spokenOf = faultyConfigurations.flatMap((one, index) =>
  index % 7 === 0 ? [[one.what, one, index] as const] : [],
);

describe.concurrent('the command says so, with exit code 2', () => {
  test.each(spokenOf)('%s', async (_what, one, index) => {
    const file = write(one, index);
    const options = { directory: project.directory, env: { ...env, ...one.env } };
    const { code, output } = await runAgentflow(['check', '--config', file], options);
    expect(output).toMatch(one.message);
    expect(output).toMatch(one.remedy);
    expect(output).toContain(one.at === undefined ? `${file}  ` : `${file}:${one.at}  `);
    expect(output).toContain('Nothing is served');
    expect(code).toBe(2);
  });
});
