import type { AuditSink, Log } from '@agentflow/core';
import { pino } from 'pino';

/** What a log collector reads: one JSON object a line, on standard output. */
export function createJsonLog(): Log & AuditSink {
  const logger = pino({
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  });
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
