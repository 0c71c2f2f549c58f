import type { ServerResponse } from 'node:http';
import type { Log } from '@agentflow/core';

/**
 * Writes lines as they come, waiting where the reader is slow. Whatever happens, the lines are asked for at least once and
 * told when nobody reads them any more: what holds a thread lets go of it.
 */
export async function writeStream(
  response: ServerResponse,
  lines: AsyncIterable<string | Uint8Array>,
  log: Log,
): Promise<void> {
  response.flushHeaders();
  try {
    for await (const line of lines) {
      if (response.destroyed) break;
      if (!response.write(line)) await untilWritable(response);
    }
    response.end();
  } catch (error) {
    // The status is out, and the stream could not tell what happened: an unclean end says so.
    if (!response.destroyed) log.error({ error }, 'a stream broke off');
    response.destroy();
  }
}

/** Until the reader has caught up, or has gone. */
function untilWritable(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const proceed = () => {
      response.off('drain', proceed);
      response.off('close', proceed);
      resolve();
    };
    response.on('drain', proceed);
    response.on('close', proceed);
  });
}
