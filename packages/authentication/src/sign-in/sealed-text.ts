import { openSeal, type Peppers, seal } from '@agentflow/core';

/** Seals a text for whoever of this server's processes gets it back, under a key for this purpose and this binding alone. */
export function sealText(text: string, purpose: string, binding: string, { current }: Peppers): string {
  const sealed = seal(Buffer.from(text), current.mac(purpose, binding), binding);
  return `${current.id}.${Buffer.from(sealed).toString('base64url')}`;
}

/** Undefined for what was not sealed here, for this purpose, under this binding, or under a pepper that is gone. */
export function openText(text: string, purpose: string, binding: string, peppers: Peppers): string | undefined {
  const [, id, rest] = /^([\w-]{1,32})\.([\w-]{40,})$/.exec(text) ?? [];
  const pepper = id === undefined ? undefined : peppers.find(id);
  if (pepper === undefined || rest === undefined) return undefined;
  const sealed = Buffer.from(rest, 'base64url');
  // Decoding leaves out what is over at the end: one text is sealed by one text alone.
  if (sealed.toString('base64url') !== rest) return undefined;
  try {
    const opened = openSeal(sealed, pepper.mac(purpose, binding), binding);
    return Buffer.from(opened).toString('utf8');
  } catch {
    return undefined;
  }
}
