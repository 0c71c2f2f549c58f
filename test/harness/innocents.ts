import { type Answer, send } from './requests.js';

/** Requests of others on the same server, while one of them is being refused. */
export interface Innocents {
  readonly asked: number;
  /** Of those: how many were answered 200 with their own name, and nobody else's. */
  readonly served: number;
}

const beforeAndAfter = 5;

let count = 0;

/**
 * Sends one request in the midst of ten innocent ones, half of which are on their way before it. An innocent one asks who it
 * is, as the headers that are made of its name say; so that it can be told whether it was taken for another.
 */
export async function amongInnocents(
  url: string,
  headersOf: (name: string) => Readonly<Record<string, string>>,
  bad: () => Promise<Answer>,
): Promise<{ readonly answer: Answer; readonly innocents: Innocents }> {
  const ask = async () => {
    count += 1;
    const name = `innocent-${count}`;
    const { status, body } = await send(`${url}/v1/auth/me`, { headers: headersOf(name) });
    return status === 200 && body.user_id === name;
  };
  const askSome = () => Array.from({ length: beforeAndAfter }, ask);
  const before = askSome();
  const answer = bad();
  const served = await Promise.all([...before, ...askSome()]);
  return { answer: await answer, innocents: { asked: served.length, served: served.filter(Boolean).length } };
}
