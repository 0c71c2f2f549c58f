/** A signal that is aborted when any of the others is. `release` lets go of them; without it, a signal that lives long would keep each. */
export function joinSignals(...signals: readonly (AbortSignal | undefined)[]): {
  readonly signal: AbortSignal;
  readonly release: () => void;
} {
  const controller = new AbortController();
  const releases: (() => void)[] = [];
  const release = () => {
    for (const one of releases) one();
  };
  for (const source of signals) {
    if (source === undefined) continue;
    const abort = () => {
      release();
      controller.abort(source.reason);
    };
    if (source.aborted) {
      abort();
      break;
    }
    source.addEventListener('abort', abort, { once: true });
    releases.push(() => source.removeEventListener('abort', abort));
  }
  return { signal: controller.signal, release };
}
