import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createPassword } from '../harness/people.js';
import { createProject, echoGraph, root } from '../harness/project.js';
import { answerJson, serveScript } from '../harness/scripted-server.js';
import { openTerminal } from '../harness/terminal.js';

/* What the commands ask for: names and passwords, at a terminal and on standard input; and servers that do not answer as they should. */

const project = createProject({ 'agentflow.json': { agent: echoGraph, auth: 'login' } });
afterAll(() => project.remove());
const server = serveScript();
const env = { XDG_CONFIG_HOME: project.directory };
const login = () => ['login', '--server', server.url];

const open = (args: readonly string[]) => openTerminal(args, { directory: project.directory, env, isTerminal: true });

async function pipe(args: readonly string[], input: string) {
  const command = [join(root, 'packages/agentflow/bin/agentflow.js'), ...args];
  const options = { cwd: project.directory, env: { ...process.env, NO_COLOR: '1', ...env } };
  const child = spawn(process.execPath, command, options);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  // A command that has read enough reads no more.
  child.stdin.on('error', () => undefined).end(input);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

const methods = { password: true, providers: [] };
const [controlC, controlD] = ['\u0003', '\u0004'];

describe('whoever gives up at a question', () => {
  test.each([
    ['a password for another', controlD, ['users', 'add', 'alice'], /Password: /],
    ['a password for another', controlC, ['users', 'passwd', 'alice'], /Password: /],
    ['their name', controlD, ['login'], /Username: /],
    ['their password', controlD, ['login', '--username', 'alice'], /Password: /],
    ['their password', controlC, ['login', '--username', 'alice'], /Password: /],
  ])('%s (%j) changes nothing, and is told so', { timeout: 60_000 }, async (_what, key, args, question) => {
    server.script((_request, response) => answerJson(response, 200, methods));
    const terminal = open(args[0] === 'login' ? [...login(), ...args.slice(1)] : args);
    await terminal.see(question);
    terminal.type(key);
    expect([await terminal.ended, terminal.output()]).toEqual([
      1,
      expect.stringContaining('agentflow: nothing was changed'),
    ]);
    expect(server.seen.filter(({ method }) => method === 'POST')).toEqual([]);
    expect(existsSync(join(project.directory, 'agentflow'))).toBe(false);
  });

  test('a password is typed twice, and shown never', { timeout: 60_000 }, async () => {
    const password = createPassword();
    const terminal = open(['users', 'add', 'typed']);
    await terminal.see(/Password: /);
    // Corrected on the way.
    terminal.type(`wrong\u0015${password}x\u007f\r`);
    await terminal.see(/The same again: /);
    terminal.type(`${password}\r`);
    expect([await terminal.ended, terminal.output()]).toEqual([0, expect.stringContaining('made typed')]);
    expect(terminal.output()).not.toContain(password);
  });
});

describe('on standard input', () => {
  test('it is the first line, for who makes a password as for who signs in', { timeout: 60_000 }, async () => {
    const password = createPassword();
    server.script(({ method, body }, response) => {
      if (method === 'GET') answerJson(response, 200, methods);
      else answerJson(response, JSON.parse(body).password === password ? 503 : 401, {});
    });
    for (const input of [password, `${password}\n`, `${password}\r\nand more\n`]) {
      const { code } = await pipe([...login(), '--username', 'alice'], input);
      const [sent] = server.seen.filter(({ method }) => method === 'POST').slice(-1);
      expect([code, JSON.parse(sent?.body ?? '{}')]).toEqual([1, { username: 'alice', password }]);
    }
    const made = await pipe(['users', 'add', 'lines', '--password-stdin'], `${password}\nand more\n`);
    expect(made).toEqual({ code: 0, output: expect.stringContaining('made lines') });
  });

  test.each(['users', 'login'])('more than a line could be is refused by %s', { timeout: 60_000 }, async (command) => {
    server.script((_request, response) => answerJson(response, 200, methods));
    const args = command === 'login' ? login() : ['users', 'add', 'long', '--password-stdin'];
    const { code, output } = await pipe([...args, ...(command === 'login' ? ['-u', 'a'] : [])], 'x'.repeat(200_000));
    expect([code, output]).toEqual([1, expect.stringContaining('the first line of standard input is too long')]);
  });
});

describe('a server that does not say how to sign in', () => {
  test.each([
    [404, {}, /nobody signs in at http:\S+: its "auth" has no "login"/],
    [503, {}, /http:\S+ does not say how to sign in: .*503/],
    [429, {}, /http:\S+ does not say how to sign in: .*429/],
    [401, {}, /http:\S+ does not say how to sign in: .*401/],
    [200, [], /http:\S+ does not say how to sign in: The answer is not an object/],
  ])('by status %d', { timeout: 60_000 }, async (status, body, said) => {
    server.script((_request, response) => answerJson(response, status, body));
    const { code, output } = await pipe([...login(), '--username', 'a'], 'x');
    expect([code, output, output.includes('has no "login"')]).toEqual([1, expect.stringMatching(said), status === 404]);
  });

  test('its words go to the terminal as text', { timeout: 60_000 }, async () => {
    const error = { code: 'UNAVAILABLE', message: 'away\u001b[2J' };
    server.script((_request, response) => answerJson(response, 503, { error }));
    const { output } = await pipe([...login(), '--username', 'a'], 'x');
    expect([output.includes('away'), output.includes('\u001b')]).toEqual([true, false]);
  });
});
