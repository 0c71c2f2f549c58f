import type { Pipeline } from '@agentflow/core';
import type { Middleware } from 'koa';
import { type CorsRules, createCors } from './cors.js';

/** What answers requests, as one configuration has it. A request never meets two of them. */
export interface Snapshot {
  readonly pipeline: Pipeline;
  /** Absent: no page of another origin may call. */
  readonly cors?: CorsRules | undefined;
}

/** A snapshot, held by one request. */
export interface HeldSnapshot {
  readonly pipeline: Pipeline;
  readonly cors: Middleware | undefined;
  /** The request has ended, its stream too. */
  release(): void;
}

/** Which snapshot is in force. */
export interface Succession {
  /** The one that is in force now, until it is released, whatever comes after it. */
  hold(): HeldSnapshot;
  /**
   * Puts another in force, at once and for every request from now on. Resolves when the last request on the former has ended:
   * then nobody asks it any more.
   */
  succeed(next: Snapshot): Promise<void>;
}

export function createSuccession(first: Snapshot): Succession {
  let current = createReign(first);
  return {
    hold: () => current.hold(),
    succeed(next) {
      const former = current;
      current = createReign(next);
      return former.end();
    },
  };
}

/** One snapshot, and how many requests are on it. */
function createReign({ pipeline, cors }: Snapshot) {
  const allow = cors && createCors(cors);
  let held = 0;
  let onEmpty: (() => void) | undefined;
  return {
    hold(): HeldSnapshot {
      held += 1;
      let isHeld = true;
      return {
        pipeline,
        cors: allow,
        release() {
          if (!isHeld) return;
          isHeld = false;
          held -= 1;
          if (held === 0) onEmpty?.();
        },
      };
    },
    end: () =>
      new Promise<void>((resolve) => {
        onEmpty = resolve;
        if (held === 0) resolve();
      }),
  };
}
