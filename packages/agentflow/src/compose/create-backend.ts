import type { IssuingSurroundings } from '@agentflow/core';
import type { Loader } from '../load/load-export.js';

/** Makes a backend of what the file says of it. */
export type Create<C, B> = (options: C, surroundings: IssuingSurroundings, loader: Loader) => Promise<B>;

/** For backends of ours that answer with a promise: they do nothing that takes long. */
export const ownDeadlineMilliseconds = 5_000;
