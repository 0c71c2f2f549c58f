import type { StoredPolicyChange } from '@agentflow/core';

/** What is made of a policy's lines, at one revision. */
export interface Held<T> {
  readonly revision: number;
  readonly value: T;
}

export interface HeldValueOptions<T> {
  /** @throws {Error} if the change is not good */
  readonly apply: (value: T, change: StoredPolicyChange) => T;
  /** Makes the same of a value that has changed for long, at less cost; undefined where that is not due. */
  readonly compact: (value: T) => Promise<T> | undefined;
}

/** A value that changes from revision to revision; what decides sees one whole, or the next. */
export interface HeldValue<T> {
  current(): Held<T>;
  /** @throws {Error} if one of them is not good; nothing has changed then */
  apply(changes: readonly StoredPolicyChange[]): void;
  /** Puts another in its place. */
  replace(next: Held<T>): void;
}

export function createHeldValue<T>(first: Held<T>, { apply, compact }: HeldValueOptions<T>): HeldValue<T> {
  let held = first;
  /** What has changed since the value was taken that is being compacted. */
  let since: StoredPolicyChange[] | undefined;

  async function compactNow(): Promise<void> {
    const compacting = since === undefined ? compact(held.value) : undefined;
    if (compacting === undefined) return;
    const changes: StoredPolicyChange[] = [];
    since = changes;
    try {
      const compacted = await compacting;
      // Unless another was put in its place meanwhile.
      if (since === changes) held = { revision: held.revision, value: changes.reduce(apply, compacted) };
    } finally {
      if (since === changes) since = undefined;
    }
  }

  return {
    current: () => held,
    apply(changes) {
      const last = changes.at(-1);
      if (last === undefined) return;
      held = { revision: last.revision, value: changes.reduce(apply, held.value) };
      since?.push(...changes);
      // What could not be compacted decides as well, and will be tried again.
      void compactNow().catch(() => undefined);
    },
    replace(next) {
      held = next;
      since = undefined;
    },
  };
}
