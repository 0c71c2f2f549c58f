import type { WebhookResponse } from '@agentflow/protocol';
import { RequestError } from '../../errors.js';
import type { Call, Handlers } from './call.js';
import { type ClaimedDelivery, type ClaimParts, claimDelivery } from './claim-delivery.js';
import type { Outcome } from './outcome.js';
import { type RunParts, type RunProgress, type RunStart, runGraph } from './run.js';

export type WebhookParts = RunParts & ClaimParts;

type Run = AsyncGenerator<RunProgress, void, undefined>;

/** What services send to webhooks. */
export function createWebhookHandlers(parts: WebhookParts): Pick<Handlers, 'receiveWebhook' | 'receiveWebhookInShort'> {
  const receive = (call: Call) => receiveDelivery(call, parts);
  return { receiveWebhook: receive, receiveWebhookInShort: receive };
}

/**
 * Starts the run of a delivery, once, however often it comes. One whose run did not start, or has failed, may come again.
 * @throws {RequestError} and whatever the graph throws
 */
async function receiveDelivery(call: Call, parts: WebhookParts): Promise<Outcome> {
  const { delivery } = call.caller;
  if (delivery === undefined) throw new Error('a webhook was called without a delivery');
  const claim = await claimDelivery(delivery, parts);
  if (claim === undefined) return answer({ accepted: true, duplicate: true });
  const run = runGraph(call, parts);
  try {
    const { value: started } = await run.next();
    if (started?.kind !== 'started') throw new Error('a run has not told its start');
    if (delivery.waits) {
      const status = await finishRun(run);
      await claim.finish();
      return answer({ ...accepted(started), status });
    }
    // From here on the sender has been told, and does not come again by itself.
    await claim.finish();
    return { ...answer(accepted(started)), settled: goOn(run, call, claim, parts) };
  } catch (error) {
    // Which ends what was begun, and lets go of the thread.
    await run.return();
    await claim.release();
    throw error;
  }
}

/** To its end, behind an answer that has been given. */
async function goOn(run: Run, call: Call, claim: ClaimedDelivery, { log }: WebhookParts): Promise<void> {
  try {
    await finishRun(run);
  } catch (error) {
    const cause = error instanceof RequestError ? (error.cause ?? error) : error;
    log.error({ requestId: call.requestId, error: cause }, 'the run of a webhook has failed');
    call.recordRunEnd(error);
    await claim.release();
  }
}

async function finishRun(run: Run) {
  let finished: (RunProgress & { readonly kind: 'finished' }) | undefined;
  for await (const progress of run) if (progress.kind === 'finished') finished = progress;
  if (finished === undefined) throw new Error('the run has not told its end');
  return finished.status;
}

function accepted({ runId, threadId }: RunStart) {
  return { accepted: true, duplicate: false, runId, threadId } as const;
}

function answer(response: WebhookResponse): Outcome & { readonly kind: 'data' } {
  return { kind: 'data', data: response };
}
