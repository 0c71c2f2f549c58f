import {
  type Authority,
  type AuthorityInForce,
  createChangeBell,
  type HeldAuthority,
  type Pipeline,
} from '@agentflow/core';
import type { Middleware } from 'koa';
import { type CorsRules, createCors } from './cors.js';

/** What answers requests, as one configuration has it. A request never meets two of them. */
export interface Snapshot {
  readonly pipeline: Pipeline;
  /** The same that the pipeline decides by: what goes on from before is asked about here. */
  readonly authority: Authority;
  /** Absent: no page of another origin may call. */
  readonly cors?: CorsRules | undefined;
}

/** A snapshot, held by one request. */
export interface HeldSnapshot extends HeldAuthority {
  readonly pipeline: Pipeline;
  readonly cors: Middleware | undefined;
}

/** Which snapshot is in force. */
export interface Succession extends AuthorityInForce {
  /** The one that is in force now, whatever comes after it, until the request has ended that holds it, its stream too. */
  hold(): HeldSnapshot;
  /**
   * Puts another in force, at once and for every request from now on. Resolves when the last request on the former has ended:
   * then nobody asks it any more.
   */
  succeed(next: Snapshot): Promise<void>;
}

export function createSuccession(first: Snapshot): Succession {
  const bell = createChangeBell();
  let current = createReign(first, () => bell.ring());
  return {
    hold: () => current.hold(),
    onChange: (listener) => bell.listen(listener),
    changed: () => bell.ring(),
    succeed(next) {
      const former = current;
      current = createReign(next, () => bell.ring());
      bell.ring();
      return former.end();
    },
  };
}

/** One snapshot, and how many requests are on it. What it has to say of changes is heard while it is in force. */
function createReign({ pipeline, authority, cors }: Snapshot, changed: () => void) {
  const stopListening = authority.onChange?.(changed);
  const allow = cors && createCors(cors);
  let held = 0;
  let onEmpty: (() => void) | undefined;
  return {
    hold(): HeldSnapshot {
      held += 1;
      let isHeld = true;
      return {
        pipeline,
        authority,
        cors: allow,
        release() {
          if (!isHeld) return;
          isHeld = false;
          held -= 1;
          if (held === 0) onEmpty?.();
        },
      };
    },
    end() {
      stopListening?.();
      return new Promise<void>((resolve) => {
        onEmpty = resolve;
        if (held === 0) resolve();
      });
    },
  };
}
