import { setTimeout as sleep } from 'node:timers/promises';

interface Input {
  readonly messages: readonly { readonly id: string; readonly role: string; readonly content: string }[];
  readonly [field: string]: unknown;
}

interface Config {
  readonly configurable: { readonly user_id: string };
  readonly store: { put(namespace: string[], key: string, value: object): Promise<void> };
}

const last = ({ messages }: Input) => messages.at(-1)?.content ?? '';

/** Answers in the form that the last message names. */
export const invoking = {
  async invoke(input: Input, { configurable, store }: Config): Promise<unknown> {
    const count = input.messages.length;
    switch (last(input)) {
      case 'text':
        return `${configurable.user_id} has said ${count}`;
      case 'message':
        return { role: 'ai', content: 'a message' };
      case 'list':
        return [
          { role: 'assistant', content: 'one' },
          { role: 'assistant', content: 'two' },
        ];
      case 'all':
        return { messages: [...input.messages, { role: 'assistant', content: 'after all' }], mood: 'good' };
      case 'fields':
        return { answer: 42, before: input['mood'] ?? null };
      case 'remember':
        await store.put(['facts'], 'plain', { text: 'kept' });
        return 'noted';
      case 'hang':
        return new Promise(() => undefined);
      case 'nothing':
        return undefined;
      case 'no role':
        return { messages: [{ content: 'x' }] };
      default:
        throw new Error('no such form');
    }
  },
};

/** Streams the words of the last message back. */
export const streaming = {
  invoke: async (input: Input) => last(input),
  async *stream(input: Input) {
    if (last(input) === 'hang') await new Promise(() => undefined);
    for (const word of last(input).split(' ')) {
      await sleep(1);
      yield `${word} `;
    }
    yield { messages: [{ role: 'assistant', content: 'and that was all' }], done: true };
  },
};

export const uncallable = { invoke: 'not a function' };
