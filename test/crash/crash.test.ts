import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { type RunningAgentflow, startAgentflow } from '../harness/agentflow.js';
import { describeOnDatabases, type TestDatabase } from '../harness/databases.js';
import { createProject, createSecret, exampleGraph } from '../harness/project.js';
import { type Answer, lastText, say, send } from '../harness/requests.js';
import { tokenFor } from '../harness/tokens.js';

const threadCount = 50;
const messagesPerThread = 20;
const total = threadCount * messagesPerThread;
/** One that runs in each thread, and one that waits for it. */
const askedAtOnce = 2 * threadCount;

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

describeOnDatabases((createDatabase, name) => {
  const one = 'one process, killed in the middle and started again';
  test(one, { timeout: 180_000 }, () => killInTheMiddle(createDatabase, 1));
  const two = 'two processes on one database, one of them killed in the middle and started again';
  if (name !== 'SQLite') test(two, { timeout: 180_000 }, () => killInTheMiddle(createDatabase, 2));
});

/** Processes that serve one project from one database. */
interface Cluster {
  readonly servers: RunningAgentflow[];
  readonly start: () => Promise<RunningAgentflow>;
}

/** Every acknowledged message is in its thread, once, in order. */
async function killInTheMiddle(createDatabase: () => Promise<TestDatabase>, processCount: number): Promise<void> {
  const database = await createDatabase();
  const shared = database.configuration === undefined ? {} : { database: database.configuration };
  const project = createProject({
    'agentflow.json': { agent: exampleGraph, auth: 'jwt', thread_wait: '5m', ...shared },
  });
  const env = { JWT_SECRET_KEY: secret };
  const start = () => startAgentflow({ directory: project.directory, env });
  const cluster: Cluster = { servers: await Promise.all(Array.from({ length: processCount }, start)), start };
  try {
    await killAndCompare(cluster);
  } finally {
    await Promise.all(cluster.servers.map((server) => server.stop('SIGKILL')));
    project.remove();
    await database.remove();
  }
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

function invoke({ url }: RunningAgentflow, { threadId, text }: Question): Promise<Answer> {
  return send(`${url}/v1/graph/invoke`, { token, body: say(text, threadId) });
}

async function readThread({ url }: RunningAgentflow, threadId: string): Promise<readonly KeptMessage[]> {
  const answer = await send(`${url}/v1/threads/${threadId}/messages?limit=1000`, { token });
  // A thread of which nothing was acknowledged need not be there.
  if (answer.status === 404) return [];
  expect(answer.status).toBe(200);
  return answer.body.data.messages;
}

function textOf({ content }: KeptMessage): string {
  return content.map(({ text }) => text ?? '').join('');
}

interface Turn {
  readonly text: string;
  readonly answer: string | undefined;
}

/** What a thread says in answer to each of its questions, in the order in which it holds them. */
function turnsOf(messages: readonly KeptMessage[]): Turn[] {
  const starts = messages.flatMap(({ role }, index) => (role === 'user' ? [index] : []));
  return starts.map((start, turn) => {
    const [asked, ...said] = messages.slice(start, starts[turn + 1]);
    const last = said.at(-1);
    return { text: textOf(asked as KeptMessage), answer: last?.role === 'assistant' ? textOf(last) : undefined };
  });
}

/**
 * Asks many at once, and kills the first process after so many acknowledgements: by count, so that it is in the middle. On a busy machine,
 * a thousand at once would wait longer for one of ten connections to the database than a server has them wait.
 */
async function askUntilKilled(servers: readonly RunningAgentflow[], killAfter: number) {
  const acknowledged: Question[] = [];
  const refused: number[] = [];
  let broken = 0;
  const waiting = allQuestions().entries();
  const askOneByOne = async () => {
    for (const [index, asked] of waiting) await askOne(index, asked);
  };
  const askOne = async (index: number, asked: Question) => {
    const server = servers[index % servers.length] as RunningAgentflow;
    let answer: Answer;
    try {
      answer = await invoke(server, asked);
    } catch {
      broken += 1;
      return;
    }
    // Told by a server whose client was too busy to send what it had begun: then it is as if it were never sent.
    if (answer.status === 408) {
      broken += 1;
      return;
    }
    if (answer.status !== 200) {
      refused.push(answer.status);
      return;
    }
    acknowledged.push(asked);
    expect(lastText(answer)).toBe(asked.answer);
    if (acknowledged.length === killAfter) servers[0]?.process.kill('SIGKILL');
  };
  await Promise.all(Array.from({ length: askedAtOnce }, askOneByOne));
  return { acknowledged, refused, broken };
}

async function killAndCompare({ servers, start }: Cluster): Promise<void> {
  const { acknowledged, refused, broken } = await askUntilKilled(servers, total / 4);
  expect(await servers[0]?.stop('SIGKILL')).toBeNull();
  expect(refused).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(50);
  expect(broken).toBeGreaterThan(0);
  expect(acknowledged.length + broken).toBe(total);

  const again = await start();
  servers[0] = again;
  for (let thread = 0; thread < threadCount; thread += 1) {
    const threadId = `t${thread}`;
    const messages = await readThread(again, threadId);
    const expected = acknowledged.filter((asked) => asked.threadId === threadId);
    const texts = new Set(expected.map(({ text }) => text));
    const turns = turnsOf(messages);
    const kept = turns.filter(({ text }) => texts.has(text));
    const acknowledgedTurns = expected.map(({ text, answer }) => ({ text, answer }));
    // Two processes may acknowledge in another order than they ran.
    const inOrder = servers.length === 1 ? (turns: Turn[]) => turns : (turns: Turn[]) => turns.toSorted(byText);
    expect(inOrder(kept)).toEqual(inOrder(acknowledgedTurns));
    // Those that were not acknowledged may be there, but not twice either, and none of another thread's.
    expect(new Set(turns.map(({ text }) => text)).size).toBe(turns.length);
    expect(turns.every(({ text }) => text.startsWith(`${threadId}-m`))).toBe(true);
    expect(new Set(messages.map(({ message_id }) => message_id)).size).toBe(messages.length);
  }
  await askOnceMore(servers);
}

function byText(one: Turn, other: Turn): number {
  return one.text < other.text ? -1 : 1;
}

/** The dead process's leases are waited for; what it left half done is in nobody's way. */
async function askOnceMore(servers: readonly RunningAgentflow[]): Promise<void> {
  const server = servers.at(-1) as RunningAgentflow;
  const last = Array.from({ length: threadCount }, (_, thread) => question(thread, messagesPerThread));
  const answers = await Promise.all(last.map((asked) => invoke(server, asked)));
  expect(answers.map(({ status }) => status)).toEqual(last.map(() => 200));
  expect(answers.map(lastText)).toEqual(last.map(({ answer }) => answer));
  for (const { threadId, text, answer } of last) {
    expect(turnsOf(await readThread(server, threadId)).at(-1)).toEqual({ text, answer });
  }
}
