import type { ServerResponse } from 'node:http';
import type { KeptSession, SessionStore } from '@agentflow/client';
import { answerJson, type ScriptedServer, type SeenRequest } from './scripted-server.js';

export const password = 'correct horse battery staple';

/** How the server of sessions behaves. Each may be changed while it goes on. */
export interface SessionRules {
  /** Seconds that an access token lasts. */
  lifetime: number;
  /** Seconds that the server's clock is ahead of ours. */
  skew: number;
  /** Milliseconds that an answer to a refresh takes. */
  delay: number;
  /** Whether a refresh token that comes back is refused, and nothing else. */
  isForgiving: boolean;
  /** Answers refreshes in the place of the server. */
  refresh: ((request: SeenRequest, response: ServerResponse) => unknown) | undefined;
  /** Access tokens are texts that say nothing of when they end. */
  isOpaque: boolean;
}

/** A server whose users have one password, and as many sessions as they begin. Refresh tokens are good once, and one that comes back ends its session. */
export interface SessionServer {
  readonly rules: SessionRules;
  /** How many requests had this path. */
  readonly count: (path: string) => number;
  /** From now on no token is good that was given out before. */
  readonly refuseTokens: () => void;
  /** No session goes on. */
  readonly endAll: () => void;
  /** Every token that was ever given out. */
  readonly secrets: readonly string[];
}

interface Session {
  readonly id: number;
  readonly username: string;
  generation: number;
  isOver: boolean;
}

const common: SessionRules = {
  lifetime: 900,
  skew: 0,
  delay: 0,
  isForgiving: false,
  refresh: undefined,
  isOpaque: false,
};

/** Has the server play that part until the test scripts another. */
export function playSessions(server: ScriptedServer, given: Partial<SessionRules> = {}): SessionServer {
  const rules: SessionRules = { ...common, ...given };
  const sessions: Session[] = [];
  const secrets: string[] = [];
  const good = new Map<string, { readonly session: Session; readonly until: number }>();
  const clock = () => Math.floor(Date.now() / 1000) + rules.skew;

  function answerSession(response: ServerResponse, session: Session): unknown {
    session.generation += 1;
    const [iat, exp] = [clock(), clock() + rules.lifetime];
    const name = `${session.id}-${session.generation}-${'x'.repeat(24)}`;
    const claims = Buffer.from(JSON.stringify({ iat, exp, sid: session.id, name })).toString('base64url');
    const token = rules.isOpaque ? `opaque-${name}` : `e30.${claims}.signature-${name}`;
    const refreshToken = `af_rt_${name}`;
    good.set(token, { session, until: exp });
    secrets.push(token, refreshToken);
    const text = (seconds: number) => new Date(seconds * 1000).toISOString();
    const { username } = session;
    const user = { id: `usr_${username}`, username, roles: ['user'], tenant: 'default' };
    return answerJson(response, 200, {
      token,
      expiresAt: text(exp),
      user,
      refreshToken,
      refreshExpiresAt: text(exp + 86_400),
    });
  }

  function refuse(response: ServerResponse, code = 'AUTH_REQUIRED'): unknown {
    return answerJson(response, 401, { code, detail: 'Unauthorized', metadata: { request_id: `r-${code}` } });
  }

  function login({ body }: SeenRequest, response: ServerResponse): unknown {
    const said = JSON.parse(body);
    if (said.password !== password) return refuse(response);
    const session = { id: sessions.length, username: String(said.username), generation: 0, isOver: false };
    sessions.push(session);
    return answerSession(response, session);
  }

  function refresh(request: SeenRequest, response: ServerResponse): unknown {
    if (rules.refresh !== undefined) return rules.refresh(request, response);
    const [, id, generation] = /^af_rt_(\d+)-(\d+)-/.exec(JSON.parse(request.body).refreshToken) ?? [];
    const session = sessions[Number(id)];
    if (session === undefined || session.isOver) return refuse(response);
    if (Number(generation) !== session.generation) {
      session.isOver = !rules.isForgiving;
      return refuse(response);
    }
    return answerSession(response, session);
  }

  server.script((request, response) => {
    const { path, headers } = request;
    if (path === '/v1/auth/methods') return answerJson(response, 200, { password: true, providers: [] });
    if (path === '/v1/auth/login') return login(request, response);
    if (path === '/v1/auth/refresh') return setTimeout(() => refresh(request, response), rules.delay);
    const known = good.get((headers.authorization ?? '').replace('Bearer ', ''));
    if (known === undefined || known.session.isOver) return refuse(response);
    if (known.until <= clock()) return refuse(response, 'TOKEN_EXPIRED');
    if (path.startsWith('/v1/auth/logout')) {
      known.session.isOver = true;
      return answerJson(response, 200, { ended: 1 });
    }
    return answerJson(response, 200, { subject: `usr_${known.session.username}`, session: known.session.id });
  });

  return {
    ...{ rules, secrets },
    count: (path) => server.seen.filter((request) => request.path === path).length,
    refuseTokens: () => good.clear(),
    endAll() {
      for (const session of sessions) session.isOver = true;
    },
  };
}

/** A store that several clients may have between them, whose every answer takes a moment. */
export function memoryStore(): SessionStore & { kept: KeptSession | null } {
  const pause = () => new Promise((resolve) => setTimeout(resolve, 1));
  const store = {
    kept: null as KeptSession | null,
    async load() {
      await pause();
      return store.kept;
    },
    async save(session: KeptSession) {
      await pause();
      store.kept = session;
    },
    async clear() {
      await pause();
      store.kept = null;
    },
  };
  return store;
}
