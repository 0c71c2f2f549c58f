import { createHmac, randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { useSecret } from './leaks/used-secrets.js';
import { type Answer, send } from './requests.js';

/** A secret as services hand it out. */
export function createWebhookSecret(): string {
  const key = randomBytes(32).toString('base64');
  useSecret(key);
  return `whsec_${key}`;
}

export interface DeliveryOptions {
  readonly id?: string;
  /** When it says that it was signed. */
  readonly at?: Date;
  /** What is sent in the place of what was signed. */
  readonly sent?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Signs as others do: by the library of Standard Webhooks, which knows nothing of ours. */
export function signedHeaders(secret: string, body: string, { id, at }: DeliveryOptions = {}) {
  const name = id ?? `msg_${randomBytes(12).toString('hex')}`;
  const time = at ?? new Date();
  return {
    'webhook-id': name,
    'webhook-timestamp': String(Math.floor(time.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(name, time, body),
  };
}

/** Sends one delivery. */
export function deliver(
  url: string,
  secret: string,
  payload: object | string,
  options: DeliveryOptions = {},
): Promise<Answer> {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const headers = { ...signedHeaders(secret, body, options), ...options.headers };
  return send(url, { method: 'POST', headers, body: options.sent ?? body });
}

/** As GitHub signs: the body, and nothing beside. */
export function deliverAsGithub(url: string, secret: string, payload: object, delivery = 'd1'): Promise<Answer> {
  const body = JSON.stringify(payload);
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const headers = { 'X-Hub-Signature-256': signature, 'X-GitHub-Delivery': delivery, 'X-GitHub-Event': 'issues' };
  return send(url, { method: 'POST', headers, body });
}
