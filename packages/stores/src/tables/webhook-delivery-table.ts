/** Which deliveries of webhooks have come. */
export interface WebhookDeliveryTable {
  hook: string;
  /** Of its id, in hexadecimal. */
  id_digest: string;
  holder: string;
  /** Null once it has had its effect. */
  held_until: number | null;
  expires_at: number;
}
