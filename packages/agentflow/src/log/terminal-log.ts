import { type AuditEvent, type AuditSink, type Log, type LogFields, toPrintable } from '@agentflow/core';
import { paint } from './style.js';

/**
 * What a person reads while the server runs: one line a request, and why where it was refused. Strangers choose some of the words: no line
 * but ours begins at the margin, and nothing but our own colours steers the terminal.
 */
export function createTerminalLog(): Log & AuditSink {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  return {
    info: (_fields, message) => print(`${time()}  ${toLines(message)}`),
    warn: (_fields, message) => print(`${time()}  ${paint('yellow', `warning: ${toLines(message)}`)}`),
    error: (fields, message) => print(`${time()}  ${paint('red', `error: ${toLines(message)}`)}${errorOf(fields)}`),
    write: (event) => {
      // Of a configuration the log tells more than the event does.
      if (!event.event.startsWith('configuration-')) print(formatEvent(event));
    },
  };
}

function time(date = new Date()): string {
  return paint('dim', date.toISOString().slice(11, 19));
}

function errorOf({ error }: LogFields): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : error;
  return typeof text === 'string' ? `\n${indent}${toLines(text)}` : '';
}

const indent = ' '.repeat(10);

/** Each line of a text but the first stands away from the margin. */
function toLines(text: string): string {
  return text.split('\n').map(toPrintable).join(`\n${indent}`);
}

/** `12:03:44  200  POST /v1/graph/invoke  alice · jwt  48 ms` */
function formatEvent(event: AuditEvent): string {
  const status = event.outcome === 'aborted' ? 'left' : String(event.status);
  const colour = event.status < 400 ? 'green' : event.status < 500 ? 'yellow' : 'red';
  const what = event.event === 'request' ? '' : ` (${event.event.replaceAll('-', ' ')})`;
  const took = event.event.endsWith('-opened') ? '' : `${event.durationMilliseconds} ms`;
  const line = `${status}  ${`${event.method} ${event.path}${what}`.padEnd(44)} ${who(event).padEnd(20)} ${took}`;
  const why =
    event.code === null && event.event !== 'shadow-differed'
      ? ''
      : `\n${indent}${paint('dim', toPrintable(`why: ${event.reason ?? event.code}   request ${event.requestId}`))}`;
  return `${time(new Date(event.time))}  ${paint(colour, toPrintable(line.trimEnd()))}${why}`;
}

/** `alice · jwt, through bot`; who acted before the bot follows after a comma. */
function who({ principal, actors, authenticatedBy }: AuditEvent): string {
  if (principal === null) return 'nobody';
  const through = actors.length === 0 ? '' : `, through ${actors.map(({ subject }) => subject).join(', ')}`;
  return `${principal.subject} · ${authenticatedBy ?? ''}${through}`;
}
