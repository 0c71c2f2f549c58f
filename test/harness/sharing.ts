import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type RunningAgentflow, startAgentflow } from './agentflow.js';
import type { TestDatabase } from './databases.js';
import { createKeyPair } from './key-pairs.js';
import { createProject, createSecret, type Project, root } from './project.js';
import { type Answer, say, send } from './requests.js';
import { inSeconds, tokenFor } from './tokens.js';

/** What is served where threads are shared: principals of tenants and of two realms, with roles of every origin. */
const issuer = 'https://issuer.test';
const audience = 'sharing';
const keys = createKeyPair('ES256');

const policy = `p, *, *, *
p, mute, threads, read, deny
p, keeper, threads, share, deny
g, user#acme|frank, support
g, clerk, support
g, user#acme|gina, clerk
g, user#other|frank, support
`;

const roles = ['user', 'support', 'Support', 'lead', 'chief', 'mute', 'keeper', 'user:bob'];

const configuration = {
  agent: `${join(root, 'test/graphs/who-runs.ts')}:app`,
  auth: [
    { method: 'jwt', public_key: { file: 'issuer.pem' }, issuer, audience, claims: { tenant: 'org' } },
    { method: 'jwt', claims: { tenant: 'org' } },
  ],
  authorization: [
    { method: 'casbin', policy: 'policy.csv' },
    {
      method: 'roles',
      roles: Object.fromEntries(roles.map((role) => [role, ['*']])),
      inherits: { lead: ['support'] },
      default_role: 'user',
      administrator_role: 'chief',
    },
  ],
};

interface Who {
  /** Of the credential. */
  readonly roles?: readonly string[];
  readonly org?: string;
  /** Whether the issuer vouches for them, and not the operator's secret. */
  readonly isIssuers?: boolean;
}

type Call = (path: string, body?: object, method?: string) => Promise<Answer>;

export interface Sharing {
  readonly issuer: string;
  readonly directory: string;
  /** Somebody who asks one of the two processes that serve the database. */
  readonly client: (subject: string, who?: Who, server?: 0 | 1) => Call;
  /** Starts a thread of somebody's. */
  readonly start: (call: Call, text?: string) => Promise<{ readonly id: string; readonly at: string }>;
  /** Shares it; answers by which path and id others address it, and how it is taken back. */
  readonly share: (call: Call, id: string, grant: object) => Promise<Shared>;
}

export interface Shared {
  readonly uuid: string;
  readonly at: string;
  readonly takeBack: () => Promise<void>;
}

/** Two processes over one database, from before the tests of a block until after them. */
export function serveSharing(createDatabase: () => Promise<TestDatabase>): Sharing {
  const secret = createSecret();
  let database: TestDatabase;
  let project: Project;
  let servers: readonly RunningAgentflow[] = [];
  let made = 0;

  beforeAll(async () => {
    database = await createDatabase();
    const where = database.configuration === undefined ? {} : { database: database.configuration };
    project = createProject({
      'agentflow.json': { ...configuration, ...where },
      'policy.csv': policy,
      'issuer.pem': keys.pem,
    });
    const env = { JWT_SECRET_KEY: secret };
    const start = () => startAgentflow({ directory: project.directory, env });
    servers = [await start(), await start()];
  });

  afterAll(async () => {
    const codes = await Promise.all(servers.map((server) => server.stop()));
    project.remove();
    await database.remove();
    expect(codes).toEqual([0, 0]);
  });

  return {
    issuer,
    get directory() {
      return project.directory;
    },
    client(subject, { roles: given = [], org = 'acme', isIssuers = false } = {}, server = 0) {
      const claims = { org, roles: given };
      const token = isIssuers
        ? keys.sign({ sub: subject, iss: issuer, aud: audience, exp: inSeconds(3600), ...claims })
        : tokenFor(subject, secret, claims);
      return (path, body, method) =>
        send(`${servers[server]?.url}${path}`, { token, ...(body && { body }), ...(method && { method }) });
    },
    async start(call, text = 'Hello') {
      made += 1;
      const id = `thread-${made}`;
      expect((await call('/v1/graph/invoke', say(text, id))).status).toBe(200);
      return { id, at: `/v1/threads/${id}` };
    },
    async share(call, id, grant) {
      const { status, body } = await call(`/v1/threads/${id}/grants`, grant);
      expect(status).toBe(200);
      const takeBack = async () => {
        expect((await call(`/v1/threads/${id}/grants/${body.grant_id}`, undefined, 'DELETE')).status).toBe(200);
      };
      return { uuid: body.uuid, at: `/v1/threads/${body.uuid}`, takeBack };
    },
  };
}
