import { connect, createServer, type Server, type Socket } from 'node:net';

/** What a gate does with whatever comes: lets it through, keeps it waiting, closes on it, or answers for the other side. */
export type GateMood = 'open' | 'hang' | 'refuse' | { readonly answer: string };

/** Stands in front of a server, so that a test can have that server misbehave. */
export interface TcpGate {
  readonly port: number;
  /** For connections that are there and for those that come. */
  be(mood: GateMood): void;
  /** As a firewall that has lost its state: swallows whatever goes over connections that are there; those that come pass. */
  forget(): void;
  /** What has come from clients since it was last asked for. */
  heard(): string;
  close(): Promise<void>;
}

interface Passage {
  isForgotten: boolean;
  readonly client: Socket;
  readonly upstream: Socket;
}

export async function openTcpGate(upstreamPort: number, host = '127.0.0.1'): Promise<TcpGate> {
  let mood: GateMood = 'open';
  let text = '';
  const passages = new Set<Passage>();

  function end(passage: Passage): void {
    passages.delete(passage);
    passage.client.destroy();
    passage.upstream.destroy();
  }

  const gate: Server = createServer((client) => {
    if (mood === 'refuse') {
      client.destroy();
      return;
    }
    const upstream = connect(upstreamPort, host);
    const passage: Passage = { client, upstream, isForgotten: false };
    passages.add(passage);
    for (const socket of [client, upstream]) {
      socket.on('error', () => end(passage));
      socket.on('close', () => end(passage));
    }
    client.on('data', (data) => {
      if (passage.isForgotten) return;
      text += data.toString('latin1');
      if (mood === 'open') upstream.write(data);
      else if (typeof mood === 'object') client.write(mood.answer);
    });
    upstream.on('data', (data) => {
      if (mood === 'open' && !passage.isForgotten) client.write(data);
    });
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  const address = gate.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    be(next) {
      // What was swallowed meanwhile would be missing from the conversation: whoever wants to go on begins a new one.
      if (next === 'refuse' || next === 'open') for (const passage of passages) end(passage);
      mood = next;
    },
    forget() {
      for (const passage of passages) passage.isForgotten = true;
    },
    heard() {
      const all = text;
      text = '';
      return all;
    },
    close() {
      for (const passage of passages) end(passage);
      return new Promise((resolve) => gate.close(() => resolve()));
    },
  };
}
