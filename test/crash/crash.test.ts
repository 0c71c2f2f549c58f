import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningAgentflow, startAgentflow } from '../harness/agentflow.js';
import { createProject, createSecret, exampleGraph, type Project } from '../harness/project.js';
import { type Answer, lastText, say, send } from '../harness/requests.js';
import { tokenFor } from '../harness/tokens.js';

const threadCount = 20;
const messagesPerThread = 25;
const total = threadCount * messagesPerThread;

/** A question that is asked once in all: it carries its own name, and has an answer that no other has. */
interface Question {
  readonly threadId: string;
  readonly text: string;
  readonly answer: string;
}

interface KeptMessage {
  readonly message_id: string;
  readonly role: string;
  readonly content: readonly { readonly type: string; readonly text?: string }[];
}

const secret = createSecret();
const token = tokenFor('alice', secret);

let project: Project;
let server: RunningAgentflow;

beforeAll(() => {
  project = createProject({ 'agentflow.json': { agent: exampleGraph, auth: 'jwt' } });
});

afterAll(async () => {
  await server.stop('SIGKILL');
  project.remove();
});

async function start(): Promise<void> {
  server = await startAgentflow({ directory: project.directory, env: { JWT_SECRET_KEY: secret } });
}

function question(thread: number, message: number): Question {
  const left = thread + 100;
  const right = message + 200;
  return {
    threadId: `t${thread}`,
    text: `t${thread}-m${message}: what is ${left} * ${right}?`,
    answer: `${left} * ${right} = ${left * right}.`,
  };
}

/** Every question once, with those of all threads mixed. */
function allQuestions(): Question[] {
  const questions = Array.from({ length: total }, (_, index) =>
    question(index % threadCount, Math.floor(index / threadCount)),
  );
  for (let last = questions.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [questions[last], questions[other]] = [questions[other] as Question, questions[last] as Question];
  }
  return questions;
}

function invoke({ threadId, text }: Question): Promise<Answer> {
  return send(`${server.url}/v1/graph/invoke`, { token, body: say(text, threadId) });
}

async function readThread(threadId: string): Promise<readonly KeptMessage[]> {
  const answer = await send(`${server.url}/v1/threads/${threadId}/messages?limit=1000`, { token });
  // A thread of which nothing was acknowledged need not be there.
  if (answer.status === 404) return [];
  expect(answer.status).toBe(200);
  return answer.body.data.messages;
}

function textOf({ content }: KeptMessage): string {
  return content.map(({ text }) => text ?? '').join('');
}

/** What a thread says in answer to each of its questions, in the order in which it holds them. */
function turnsOf(messages: readonly KeptMessage[]): { text: string; answer: string | undefined }[] {
  const starts = messages.flatMap(({ role }, index) => (role === 'user' ? [index] : []));
  return starts.map((start, turn) => {
    const [asked, ...said] = messages.slice(start, starts[turn + 1]);
    const last = said.at(-1);
    return { text: textOf(asked as KeptMessage), answer: last?.role === 'assistant' ? textOf(last) : undefined };
  });
}

/** Asks everything at once and kills the server after so many acknowledgements: by count, so that it is in the middle. */
async function askUntilKilled(killAfter: number) {
  const acknowledged: Question[] = [];
  const refused: number[] = [];
  let broken = 0;
  await Promise.all(
    allQuestions().map(async (asked) => {
      let answer: Answer;
      try {
        answer = await invoke(asked);
      } catch {
        broken += 1;
        return;
      }
      if (answer.status !== 200) {
        refused.push(answer.status);
        return;
      }
      acknowledged.push(asked);
      expect(lastText(answer)).toBe(asked.answer);
      if (acknowledged.length === killAfter) server.process.kill('SIGKILL');
    }),
  );
  return { acknowledged, refused, broken };
}

test('every acknowledged message is in its thread, once, in order, after a SIGKILL', { timeout: 180_000 }, async () => {
  await start();
  const { acknowledged, refused, broken } = await askUntilKilled(total / 2);
  expect(await server.stop('SIGKILL')).toBeNull();
  expect(refused).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(50);
  expect(broken).toBeGreaterThan(0);
  expect(acknowledged.length + broken).toBe(total);

  await start();
  for (let thread = 0; thread < threadCount; thread += 1) {
    const threadId = `t${thread}`;
    const messages = await readThread(threadId);
    const expected = acknowledged.filter((asked) => asked.threadId === threadId);
    const texts = new Set(expected.map(({ text }) => text));
    const turns = turnsOf(messages);
    expect(turns.filter(({ text }) => texts.has(text))).toEqual(expected.map(({ text, answer }) => ({ text, answer })));
    // Those that were not acknowledged may be there, but not twice either, and none of another thread's.
    expect(new Set(turns.map(({ text }) => text)).size).toBe(turns.length);
    expect(turns.every(({ text }) => text.startsWith(`${threadId}-m`))).toBe(true);
    expect(new Set(messages.map(({ message_id }) => message_id)).size).toBe(messages.length);
  }

  // The dead process's leases are waited for; what it left half done is in nobody's way.
  const last = Array.from({ length: threadCount }, (_, thread) => question(thread, messagesPerThread));
  const answers = await Promise.all(last.map(invoke));
  expect(answers.map(({ status }) => status)).toEqual(last.map(() => 200));
  expect(answers.map(lastText)).toEqual(last.map(({ answer }) => answer));
  for (const { threadId, text, answer } of last) {
    expect(turnsOf(await readThread(threadId)).at(-1)).toEqual({ text, answer });
  }
});
