/** What is counted, with the names of its labels. Names follow the convention of Prometheus. */
export interface CounterLabels {
  readonly agentflow_requests_total: { readonly route: string; readonly outcome: string; readonly status: string };
  /** Requests that a limit did not let pass. */
  readonly agentflow_limited_requests_total: { readonly policy: string };
}

/** What is timed, in milliseconds. */
export interface TimerLabels {
  readonly agentflow_request_milliseconds: { readonly route: string };
}

/** What there is of something now: it grows and shrinks. */
export interface GaugeLabels {
  /** Of all streams together, what waits for readers that are slower than their runs. */
  readonly agentflow_stream_waiting_bytes: Readonly<Record<string, never>>;
  /** 1 while the shared counters of the limits are away, and this process counts alone. */
  readonly agentflow_limits_alone: Readonly<Record<string, never>>;
}

/**
 * Numbers about the server for whoever watches it. Labels never hold what a client chose: only names of ours. It is told on
 * the path of a request, so it must return at once and must not throw.
 */
export interface Signals {
  count<N extends keyof CounterLabels>(name: N, labels: CounterLabels[N]): void;
  time<N extends keyof TimerLabels>(name: N, milliseconds: number, labels: TimerLabels[N]): void;
  /** By how much a gauge is more than before, or less. */
  shift(name: keyof GaugeLabels, by: number): void;
}

/** A counter, timer or gauge as it stands now: how often, and for a timer how long in all; for a gauge, how much. */
export interface SignalValue {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
  readonly milliseconds: number;
}

export interface MemorySignals extends Signals {
  read(): readonly SignalValue[];
}

/** Keeps the numbers in memory, one for each combination of labels. */
export function createMemorySignals(): MemorySignals {
  const values = new Map<
    string,
    { name: string; labels: Record<string, string>; count: number; milliseconds: number }
  >();
  const add = (name: string, labels: Readonly<Record<string, string>>, milliseconds: number, count = 1) => {
    const key = `${name} ${Object.values(labels).join(' ')}`;
    const value = values.get(key);
    if (value === undefined) values.set(key, { name, labels: { ...labels }, count, milliseconds });
    else {
      value.count += count;
      value.milliseconds += milliseconds;
    }
  };
  return {
    count: (name, labels) => add(name, { ...labels }, 0),
    time: (name, milliseconds, labels) => add(name, { ...labels }, milliseconds),
    shift: (name, by) => add(name, {}, 0, by),
    read: () => [...values.values()].map((value) => ({ ...value })),
  };
}
