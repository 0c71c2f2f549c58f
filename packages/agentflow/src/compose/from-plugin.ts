import type { IssuingSurroundings } from '@agentflow/core';
import type { Loader } from '../load/load-export.js';
import { type Closable, discardBackends } from './close-backends.js';
import { closeWithLast } from './close-with-last.js';

/** A plugin that is made and then found to be none is closed like any other. */
export async function fromPlugin<B extends Closable['backend']>(
  reference: string,
  { surroundings, loader }: { readonly surroundings: IssuingSurroundings; readonly loader: Loader },
  create: (plugin: unknown) => B,
): Promise<B> {
  const plugin = await loader.instantiate(reference, [...surroundings.path, 'path']);
  try {
    return closeWithLast(plugin, create(plugin));
  } catch (error) {
    if (isClosable(plugin)) {
      await discardBackends([{ name: reference, backend: closeWithLast(plugin, plugin) }], surroundings.log);
    }
    throw error;
  }
}

function isClosable(value: unknown): value is Closable['backend'] {
  return typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function';
}
