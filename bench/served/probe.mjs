import { monitorEventLoopDelay } from 'node:perf_hooks';

/* Loaded into a server before its program: says how late its event loop was, and how long it has kept a processor, when it is asked. */

const delay = monitorEventLoopDelay({ resolution: 1 });

const toMilliseconds = (nanoseconds) => nanoseconds / 1e6;

const answers = {
  begin() {
    delay.enable();
    delay.reset();
  },
  end() {
    delay.disable();
    const [p50, p99, max] = [delay.percentile(50), delay.percentile(99), delay.max].map(toMilliseconds);
    process.send?.({ delay: { p50, p99, max } });
  },
  processor() {
    const { user, system } = process.cpuUsage();
    process.send?.({ processor: user + system });
  },
};

process.on('message', (message) => answers[message]?.());
