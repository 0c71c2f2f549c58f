import { AgentFlowClient, Message } from '@agentflow/client';
import { beforeAll, expect, test } from 'vitest';
import { exampleGraph } from '../harness/project.js';
import { serve } from '../harness/served.js';

/* What a started server has streamed, cut at every byte, as a network may. */

const server = serve({ agent: exampleGraph, auth: 'jwt' });

interface Recording {
  readonly bytes: Uint8Array;
  readonly headers: Headers;
}

/** Asks as the client does, and keeps the bytes. */
async function record(framing: 'ndjson' | 'sse'): Promise<Recording> {
  let recorded: Promise<Recording> | undefined;
  const client = new AgentFlowClient({
    baseUrl: server.url,
    authToken: server.tokenFor('alice'),
    fetch: async (...request) => {
      const response = await fetch(...request);
      const { headers } = response;
      const copy = response.clone().arrayBuffer();
      recorded = copy.then((buffer) => ({ bytes: new Uint8Array(buffer), headers }));
      return response;
    },
  });
  for await (const _chunk of client.stream([Message.text_message('Who am I? ümläut 漢字 🎉')], { framing }));
  if (recorded === undefined) throw new Error('nothing was asked for');
  return recorded;
}

const recordings = new Map<string, Recording>();

beforeAll(async () => {
  for (const framing of ['ndjson', 'sse'] as const) recordings.set(framing, await record(framing));
});

function recordingOf(framing: string): Recording {
  const recording = recordings.get(framing);
  if (recording === undefined) throw new Error(`not recorded: ${framing}`);
  return recording;
}

/** A client whose server answers with these pieces, one after the other. */
function reading(pieces: readonly Uint8Array[], headers: Headers): AgentFlowClient {
  const answer = () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      },
    });
    return Promise.resolve(new Response(body, { headers: { 'Content-Type': headers.get('content-type') ?? '' } }));
  };
  return new AgentFlowClient({ baseUrl: 'http://localhost', fetch: answer });
}

async function readAll(client: AgentFlowClient) {
  const stream = client.stream([]);
  const chunks: unknown[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk);
  } catch (error) {
    return { chunks, end: await stream.ended, error };
  }
  return { chunks, end: await stream.ended, error: undefined };
}

test.each(['ndjson', 'sse'])(
  '%s, cut in two at every byte: every chunk is read, and why it ended',
  { timeout: 60_000 },
  async (framing) => {
    const { bytes, headers } = recordingOf(framing);
    const whole = await readAll(reading([bytes], headers));
    expect(whole.chunks.length).toBeGreaterThan(3);
    expect(whole.end.reason).toBe('completed');
    const expected = JSON.stringify(whole.chunks);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const { chunks, end } = await readAll(reading([bytes.subarray(0, cut), bytes.subarray(cut)], headers));
      expect(JSON.stringify(chunks)).toBe(expected);
      expect(end.reason).toBe('completed');
    }
  },
);

test.each(['ndjson', 'sse'])(
  '%s, broken off anywhere: what arrived is read, and nothing is taken for whole',
  { timeout: 60_000 },
  async (framing) => {
    const { bytes, headers } = recordingOf(framing);
    const whole = JSON.stringify((await readAll(reading([bytes], headers))).chunks);
    const endings = new Map<string, number>();
    for (let cut = 0; cut < bytes.length; cut += 3) {
      const { chunks, end, error } = await readAll(reading([bytes.subarray(0, cut)], headers));
      expect(whole.startsWith(JSON.stringify(chunks).slice(0, -1))).toBe(true);
      const isWhole = JSON.stringify(chunks) === whole;
      expect([end.reason, error === undefined]).toEqual(isWhole ? ['completed', true] : ['error', false]);
      if (!isWhole) expect(error).toMatchObject({ name: 'NetworkError', code: 'STREAM_CUT_OFF' });
      endings.set(end.reason, (endings.get(end.reason) ?? 0) + 1);
    }
    expect(endings.get('error')).toBeGreaterThan(bytes.length / 3 - 3);
  },
);
