/** Keys that are issued here, without the keys. */
export interface ApiKeyTable {
  key_id: string;
  tenant: string;
  realm: string;
  subject: string;
  holder: 'user' | 'key' | 'elsewhere';
  held_by: string | null;
  name: string;
  environment: string;
  family: string;
  mac: string;
  pepper_id: string;
  last4: string;
  /** JSON lists. */
  scopes: string | null;
  roles: string | null;
  owner_roles: string;
  rate_requests: number | null;
  rate_seconds: number | null;
  quota: number | null;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  replaced_by: string | null;
  last_used_at: number | null;
}

/** How often the keys of a family were used, where that is bounded. */
export interface ApiKeyUseTable {
  family: string;
  used: number;
}

export interface ApiKeyNetworkTable {
  key_id: string;
  network: string;
  met_at: number;
}
