/** Two authentication plugins: `Cases` answers as the header `X-Case` says, and `Meddler` stands before it in the list. */
export const authenticationPlugins = `import { authenticated, BaseAuth, createPrincipal, type AuthenticationRequest } from 'agentflow';

const user = () => ({ user_id: 'alice', role: 'user' });
const shared = { user_id: 'alice', role: 'user', profile: { name: 'Alice' } };
let last: object = user();
const block = () => {
  const until = Date.now() + 300;
  while (Date.now() < until);
};
const words = "the plugin's own words";
const ours = Symbol.for('agentflow.authentication-result');

export class Meddler extends BaseAuth {
  authenticate(request: AuthenticationRequest, _context: any, credential: any): any {
    const meddle = request.headers.get('X-Meddle');
    if (meddle === 'yes') {
      if (credential !== null) Reflect.set(credential, 'credentials', 'mallory');
      // Around the methods that refuse.
      Headers.prototype.set.call(request.headers, 'X-Case', 'null');
      Headers.prototype.set.call(request.headers, 'X-API-Key', 'mallory');
      Reflect.set(request, 'method', 'DELETE');
    }
    if (meddle === 'throws') throw new Error(words);
    return null;
  }
}

export class Challenges extends BaseAuth {
  authenticate(request: AuthenticationRequest): any {
    return request.headers.has('X-API-Key') ? user() : null;
  }

  override challenge(): any {
    switch (process.env.CHALLENGE) {
      case 'is nothing': return undefined;
      case 'has no scheme': return { parameters: {} };
      case 'has a line feed': return { scheme: 'Custom', parameters: { realm: 'a\\r\\nX-Injected: yes' } };
      case 'has a number': return { scheme: 'Custom', parameters: { realm: 7 } };
      default: throw new Error(words);
    }
  }
}

export class Cases extends BaseAuth {
  authenticate(request: AuthenticationRequest, _context: any, credential: any): any {
    const key = request.headers.get('X-API-Key') ?? '';
    const token = request.headers.get('Authorization')?.slice(7);
    const name = request.headers.get('X-User') ?? 'alice';
    const answer = { ...user(), user_id: name, verdict: request.headers.get('X-Verdict'), email: 'a@b' };
    const byKey = (more: object) => (key === '' ? null : { ...answer, ...more });
    let reads = 0;
    const others = last;
    last = answer;
    const cases: Record<string, () => unknown> = {
      'null': () => null,
      'a function': () => () => user(),
      'a symbol': () => Symbol('alice'),
      'a date': () => new Date(0),
      'a map': () => new Map(Object.entries(user())),
      'an error': () => Object.assign(new Error(words), user()),
      'a proxy that throws': () => new Proxy({}, { ownKeys() { throw new Error(words); } }),
      'a getter that throws': () => ({ get user_id() { throw new Error(words); } }),
      'a then that throws': () => ({ ...user(), get then() { throw new Error(words); } }),
      'a thenable': () => ({ then: (resolve: (value: unknown) => void) => resolve(user()) }),
      'a thenable that resolves to a text': () => ({ then: (resolve: (value: unknown) => void) => resolve('alice') }),
      'a thenable that rejects with nothing': () => ({ then: (_: unknown, reject: () => void) => reject() }),
      'an id of 256 characters': () => ({ user_id: 'a'.repeat(256) }),
      'an id with a line feed': () => ({ user_id: 'alice\\nmallory' }),
      'a second id that is no text': () => ({ user_id: undefined, sub: 'alice' }),
      'scopes that are a number': () => ({ ...user(), scopes: 7 }),
      'roles with a number among them': () => ({ user_id: 'alice', roles: ['user', 7] }),
      'rejects with nothing': () => Promise.reject(),
      'throws nothing': () => { throw undefined; },
      'an answer made to look like ours': () => ({ [ours]: true, kind: 'authenticated' }),
      'an answer of ours with an unknown kind': () => ({ [ours]: true, kind: 'let in' }),
      'a principal made by hand': () => ({
        [ours]: true,
        kind: 'authenticated',
        principal: { realm: 'local', subject: ['alice'], tenant: 'default', roles: ['user'], claims: {} },
        evidence: {},
      }),
      'a user instead of a principal': () => authenticated(user() as any),
      'a principal with its subject in a list': () =>
        authenticated({ realm: 'local', subject: ['alice'], tenant: 'default', roles: [], claims: {} } as any),
      'a principal with its roles in one text': () =>
        authenticated(createPrincipal({ realm: 'local', subject: 'alice', roles: 'admin' as any })),
      'an end that is no time': () =>
        authenticated(createPrincipal({ realm: 'local', subject: 'alice' }), { expiresAt: 'soon' as any }),
      'resolves twice': () => new Promise((resolve, reject) => {
        resolve(user());
        resolve({ user_id: 'mallory' });
        reject(new Error(words));
      }),
      'leaves a timer': () => (setInterval(() => undefined, 1000), user()),
      'changes its answer afterwards': () => {
        const mine = { ...user(), roles: ['user'] };
        queueMicrotask(() => { mine.user_id = 'mallory'; mine.roles.push('admin'); });
        setImmediate(() => { mine.user_id = 'mallory'; mine.roles.push('admin'); });
        return mine;
      },
      'the same object for everybody': () => shared,
      'holds everybody up': () => (block(), user()),
      'holds everybody up and throws': () => {
        block();
        throw new Error(words);
      },
      'hangs': () => new Promise(() => undefined),
      'a thenable that never settles': () => ({ then: () => undefined }),
      'a promise of a thenable that never settles': () => Promise.resolve({ then: () => undefined }),
      'a thenable that settles twice': () => ({
        then: (resolve: (value: unknown) => void, reject: (error: Error) => void) => {
          resolve(user());
          resolve({ user_id: 'mallory' });
          reject(new Error(words));
        },
      }),
      'a promise of a promise': () => Promise.resolve(Promise.resolve(user())),
      'a proxy of a user': () => new Proxy(user(), {}),
      'a proxy that is somebody else each time': () => new Proxy(user(), {
        get: (target, field) => (field === 'user_id' ? ['alice', 'mallory'][Math.min(reads++, 1)] : Reflect.get(target, field)),
      }),
      'a claim of a million letters': () => ({ ...user(), about: 'x'.repeat(1_000_000) }),
      'a hundred thousand roles': () => ({ ...user(), roles: Array.from({ length: 100_000 }, (_, n) => 'role-' + n) }),
      'a claim that holds itself': () => {
        const claim: Record<string, unknown> = {};
        claim.self = claim;
        return { ...user(), claim };
      },
      'the user of another request': () => ({ ...others }),
      'changes the headers': () => (request.headers.set('X-User', 'mallory'), user()),
      'changes the request': () => {
        (request as any).method = 'GET';
        return user();
      },
      'rejects after its deadline': () => new Promise((_, reject) => setTimeout(() => reject(new Error(words)), 1200)),
      'rejects on the side': () => (void Promise.reject(new Error(words)), user()),
      'throws on the side': () => (setImmediate(() => { throw new Error(words); }), user()),
      'waits for what happens on the side': () => new Promise((resolve) => setTimeout(() => resolve(user()), 400)),
      'reserved fields': () => ({
        ...answer,
        realm: 'mallory',
        tenant: 'mallory',
        authz: 'mallory',
        user: { user_id: 'mallory' },
        langgraph_auth_user: 'mallory',
        _x: 'mallory',
        ['__proto__']: { admin: 'mallory' },
      }),
      'the key as a claim': () => byKey({ api_key: key }),
      'the key inside claims': () => byKey({ login: { by: [{ key }] } }),
      'the key as the name of a claim': () => byKey({ [key]: true }),
      'the key as a name inside claims': () => byKey({ keys: { [key]: 'active' } }),
      'the bearer token as a claim': () =>
        token === undefined ? null : { ...answer, token, header: request.headers.get('Authorization') },
      'a bearer token that proved nothing': () => byKey({ token }),
      'tells what it sees': () => ({
        ...user(),
        sees: {
          case: request.headers.get('X-Case'),
          method: request.method,
          asMallory: credential?.credentials === 'mallory',
        },
      }),
    };
    return (cases[request.headers.get('X-Case') ?? ''] ?? (() => answer))();
  }
}
`;

/** Decides as the header `X-Verdict` says, which the plugin above hands on as a claim. */
export const authorizationPlugin = `import { AuthorizationBackend } from 'agentflow';

export class Verdicts extends AuthorizationBackend {
  authorize(user: any, _resource: string, _action: string, _id?: string, context?: any): any {
    switch (user.verdict) {
      case 'denies': return { effect: 'deny', reason: "the plugin's own words" };
      case 'the text true': return 'true';
      case 'a true object': return new Boolean(true);
      case 'a list': return [true];
      case 'an empty object': return {};
      case 'allow as a flag': return { allow: true, reason: 'x' };
      case 'effect in capitals': return { effect: 'ALLOW', reason: 'x' };
      case 'a reason that is no text': return { effect: 'allow', reason: 7 };
      case 'a policy that is no text': return { effect: 'allow', reason: 'x', policyId: 7 };
      case 'a later text': return Promise.resolve('true');
      case 'a later decision without a reason': return Promise.resolve({ effect: 'allow' });
      case 'another effect at each reading': { let reads = 0; return { get effect() { reads += 1; return reads % 2 === 1 ? 'deny' : 'allow'; }, reason: 'r' }; }
      case 'a function': return () => true;
      case 'changes the principal': context.principal.subject = 'mallory'; return true;
      case 'changes the claims': user.verdict = 'mallory'; return true;
      case 'throws': throw new Error("the plugin's own words");
      case 'changes the address': context.address = '127.0.0.1'; return true;
      case 'rejects later': return new Promise((_, reject) => setTimeout(() => reject(new Error("the plugin's own words")), 100));
      case 'hangs': return new Promise(() => undefined);
      case 'a thenable that never settles': return { then: () => undefined };
      case 'a getter that throws': return { effect: 'allow', get reason() { throw new Error("the plugin's own words"); } };
      case 'a proxy that throws': return new Proxy({}, { get() { throw new Error("the plugin's own words"); } });
      default: return true;
    }
  }
}
`;
