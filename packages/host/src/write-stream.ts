import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Log } from '@agentflow/core';

/**
 * Writes lines as they come, waiting where the reader is slow. Whatever happens, the lines are asked for at least once and
 * told when nobody reads them any more: what holds a thread lets go of it.
 */
export async function writeStream(response: ServerResponse, lines: AsyncIterable<string>, log: Log): Promise<void> {
  response.flushHeaders();
  try {
    for await (const line of lines) {
      if (response.destroyed) break;
      if (!response.write(line)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
    response.end();
  } catch (error) {
    // The status is out, and the stream could not tell what happened: an unclean end says so.
    if (!response.destroyed) log.error({ error }, 'a stream broke off');
    response.destroy();
  }
}
