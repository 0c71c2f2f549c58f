import { isIP } from 'node:net';
import { type ApiKeyStore, type Clock, type CredentialUse, type Log, limitedAddress } from '@agentflow/core';

/** As the trail calls it. */
export interface UsedKey {
  readonly id: string;
  readonly name: string;
}

/** Tells of a key that is used from where it never was, or far more often than usual. It refuses nothing, and nobody waits for it. */
export interface UnusualUse {
  note(key: UsedKey, use: CredentialUse): void;
}

export interface UnusualUseParts {
  readonly open: () => Promise<{ readonly apiKeys: Pick<ApiKeyStore, 'meet'> }>;
  /** A name for where a key was used, from which nobody who reads the database makes out where that was. */
  readonly digest: (text: string) => string | Promise<string>;
  /** Before the ids of its keys where they are kept: keys of several kinds may have one id. */
  readonly prefix?: string;
  readonly clock: Clock;
  readonly log: Log;
}

const minute = 60_000;

/** Of one key, such an event comes no more often. */
const quietMilliseconds = 10 * minute;

/** A key that is used from everywhere has no usual place. */
const mostNetworks = 64;

const mostWatched = 10_000;

/** How many minutes of use say what is usual. */
const learningMinutes = 10;

/** So many in a minute are never unusual. */
const fewUses = 100;
const farAbove = 10;

interface Watched {
  readonly networks: Set<string>;
  /** One after another: which of two is the first must be told. */
  meeting: Promise<void>;
  minuteBegan: number;
  uses: number;
  /** Uses in a minute, on average; the last minutes count most. */
  usual: number;
  minutes: number;
  toldElsewhereAt: number;
  toldRateAt: number;
}

export function createUnusualUse({ open, digest, prefix = '', clock, log }: UnusualUseParts): UnusualUse {
  const watched = new Map<string, Watched>();

  function watch(id: string, now: number): Watched {
    const one = watched.get(id);
    if (one !== undefined) return one;
    const none = Number.NEGATIVE_INFINITY;
    const made: Watched = {
      ...{ networks: new Set<string>(), meeting: Promise.resolve(), minuteBegan: now, uses: 0, usual: 0, minutes: 0 },
      ...{ toldElsewhereAt: none, toldRateAt: none },
    };
    watched.set(id, made);
    const oldest = watched.size > mostWatched ? watched.keys().next() : undefined;
    if (oldest?.done === false) watched.delete(oldest.value);
    return made;
  }

  async function meet(key: UsedKey, one: Watched, network: string, use: CredentialUse): Promise<void> {
    try {
      const id = `${prefix}${key.id}`;
      const { apiKeys } = await open();
      const { isNew, others } = await apiKeys.meet(id, await digest(`${id} ${network}`), mostNetworks);
      const now = clock.now();
      if (!isNew || others === 0 || now - one.toldElsewhereAt < quietMilliseconds) return;
      one.toldElsewhereAt = now;
      use.recordChange('api-key-used-elsewhere', { keyId: key.id, name: key.name, networksBefore: others });
    } catch (error) {
      // Asked again with the next use.
      one.networks.delete(network);
      log.warn({ error, keyId: key.id }, 'from where a key is used could not be noted');
    }
  }

  function noteRate(key: UsedKey, one: Watched, now: number, use: CredentialUse): void {
    for (let past = Math.floor((now - one.minuteBegan) / minute); past > 0; past -= 1) {
      if (past > learningMinutes * 6) {
        Object.assign(one, { minuteBegan: now, uses: 0, usual: 0, minutes: 0 });
        break;
      }
      one.minutes += 1;
      one.usual += (one.uses - one.usual) / Math.min(one.minutes, learningMinutes);
      one.uses = 0;
      one.minuteBegan += minute;
    }
    one.uses += 1;
    if (one.minutes < learningMinutes || one.uses <= Math.max(fewUses, one.usual * farAbove)) return;
    if (now - one.toldRateAt < quietMilliseconds) return;
    one.toldRateAt = now;
    const usual = Math.round(one.usual * 10) / 10;
    use.recordChange('api-key-used-unusually', { keyId: key.id, name: key.name, inThisMinute: one.uses, usual });
  }

  return {
    note(key, use) {
      const now = clock.now();
      const one = watch(key.id, now);
      noteRate(key, one, now, use);
      const network = networkOf(use.address);
      if (one.networks.has(network)) return;
      if (one.networks.size >= mostNetworks) one.networks.clear();
      one.networks.add(network);
      one.meeting = one.meeting.then(() => meet(key, one, network, use));
    },
  };
}

/** Where an address is: 24 bits of an IPv4 address, 48 of an IPv6 one. Whoever moves within it has not moved. */
function networkOf(address: string): string {
  const one = limitedAddress(address);
  if (isIP(one) === 4) return one.slice(0, one.lastIndexOf('.'));
  return one.split(':').slice(0, 3).join(':');
}
