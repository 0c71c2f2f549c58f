import type { ConfigurationDigest } from './configuration-digest.js';
import type { Reloader } from './reloader.js';

export interface SecretWatch {
  close(): void;
}

const lookMilliseconds = 2_000;

/** What could not be taken over may have been refused for something else: it is tried again, once in so many looks. */
const looksBetweenTries = 30;

/**
 * Takes over keys and secrets that were changed in their files. A secrets manager puts new ones there at any time and sends no signal. They are
 * read once they have stood still between two looks, so that none is read which is half written; where they are no good, those in force
 * stay, and the log says why.
 */
export function watchSecrets(reloader: Pick<Reloader, 'reloadSecrets' | 'secretDigests'>): SecretWatch {
  let seen: ConfigurationDigest | undefined;
  let tried: ConfigurationDigest | undefined;
  let looksSinceTried = 0;
  let isLooking = false;

  async function lookOnce(): Promise<void> {
    const { inForce, now } = reloader.secretDigests();
    if (now === inForce) {
      seen = undefined;
      tried = undefined;
      return;
    }
    const stoodStill = now === seen;
    seen = now;
    looksSinceTried += 1;
    if (!stoodStill || (now === tried && looksSinceTried < looksBetweenTries)) return;
    tried = now;
    looksSinceTried = 0;
    await reloader.reloadSecrets();
  }

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      await lookOnce();
    } finally {
      isLooking = false;
    }
  }

  const timer = setInterval(() => void look(), lookMilliseconds);
  timer.unref();
  return { close: () => clearInterval(timer) };
}
