import type { AuditSink, Log } from '@agentflow/core';
import { type DestinationStream, type LoggerOptions, pino } from 'pino';

/** What a log collector reads: one JSON object a line, on standard output. */
export function createJsonLog(): Log & AuditSink {
  const options: LoggerOptions = {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  };
  const logger = pino(options, collectLines());
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    write: ({ time: _time, ...event }) => {
      if (event.status >= 500) logger.error({ audit: event }, 'request');
      else logger.info({ audit: event }, event.event.startsWith('configuration-') ? 'configuration' : 'request');
    },
  };
}

/** How long a line may wait for others. */
const waitMilliseconds = 10;

/**
 * Standard output, to which the lines of a moment are written together: to wake the thread that writes costs more than a line. What still
 * waits when the process ends is written then, also after an error that nobody caught.
 */
function collectLines(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: false });
  let waiting = '';
  const writeWaiting = () => {
    output.write(waiting);
    waiting = '';
  };
  process.once('exit', () => {
    if (waiting === '') return;
    output.flushSync();
    pino.destination({ dest: 1, sync: true }).write(waiting);
  });
  return {
    write(line) {
      if (waiting === '') setTimeout(writeWaiting, waitMilliseconds);
      waiting += line;
    },
  };
}
