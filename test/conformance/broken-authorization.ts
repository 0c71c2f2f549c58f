import type { User } from 'agentflow';

/*
 * Backends with one fault each. All decide by the same table; whatever is not the fault is right.
 */

type Authorize = (user: User, resource: string, action: string, id?: string, context?: object) => unknown;

interface Plugin {
  readonly authorize: Authorize;
  readonly ready?: () => unknown;
  readonly describe?: () => unknown;
  readonly close?: () => unknown;
}

const permissions: Readonly<Record<string, readonly string[]>> = {
  admin: ['graph:fix'],
  user: ['graph:invoke', 'checkpointer:read'],
};

const has = (role: string, permission: string) =>
  Object.hasOwn(permissions, role) && permissions[role]?.includes(permission) === true;
const pause = () => new Promise((resolve) => setImmediate(resolve));

const right: Authorize = async ({ roles }, resource, action) => {
  await pause();
  return roles.some((role) => has(role, `${resource}:${action}`));
};

/** Nothing is wrong with it. */
export const healthy: Plugin = {
  authorize: right,
  ready: () => true,
  describe: () => 'by role',
  close: () => undefined,
};

/** What is wrong, the part that is, and the test that must find it. */
export const brokenAuthorization: readonly (readonly [fault: string, part: () => Partial<Plugin>, found: RegExp])[] = [
  ['allows everything', () => ({ authorize: () => true }), /^denied: a guest runs/],
  ['denies everything', () => ({ authorize: () => false }), /^allowed: a user runs/],
  [
    'answers with a text',
    () => ({ authorize: async (...asked) => ((await right(...asked)) ? 'yes' : 'no') }),
    /^allowed: a user runs/,
  ],
  [
    'answers with nothing instead of no',
    () => ({ authorize: async (...asked) => ((await right(...asked)) ? true : undefined) }),
    /^denied: a guest runs/,
  ],
  [
    'throws instead of no',
    () => ({
      authorize: async (...asked) => {
        if (await right(...asked)) return true;
        throw new Error('no');
      },
    }),
    /^denied: a guest runs/,
  ],
  [
    'gives no reason',
    () => ({ authorize: async (...asked) => ({ effect: (await right(...asked)) ? 'allow' : 'deny' }) }),
    /^allowed: a user runs/,
  ],
  [
    'gives a reason of two lines',
    () => ({
      authorize: async (...asked) => ({ effect: (await right(...asked)) ? 'allow' : 'deny', reason: 'two\nlines' }),
    }),
    /^allowed: a user runs/,
  ],
  ['never answers', () => ({ authorize: () => new Promise(() => undefined) }), /^allowed: a user runs/],
  [
    'allows what it does not know',
    () => ({
      authorize: async (user, resource, action) =>
        !['graph', 'checkpointer'].includes(resource) || right(user, resource, action),
    }),
    /^unknown resources and actions/,
  ],
  [
    'looks at the action alone',
    () => ({
      authorize: async ({ roles }, _resource, action) =>
        roles.some((role) => permissions[role]?.some((one) => one.endsWith(`:${action}`))),
    }),
    /^unknown resources and actions/,
  ],
  [
    'compares the beginning of the action',
    () => ({
      authorize: async ({ roles }, resource, action) =>
        roles.some((role) => permissions[role]?.some((one) => one.startsWith(`${resource}:${action}`))),
    }),
    /^unknown resources and actions/,
  ],
  [
    'compares without case',
    () => ({ authorize: (user, resource, action) => right(user, resource.toLowerCase(), action.toLowerCase()) }),
    /^unknown resources and actions/,
  ],
  [
    'takes an asterisk in the question for any',
    () => ({
      authorize: async (user, resource, action) =>
        (action === '*' && user.roles.length > 0) || right(user, resource, action),
    }),
    /^unknown resources and actions/,
  ],
  [
    'finds what every object has',
    () => ({ authorize: async (user, resource, action) => resource in {} || right(user, resource, action) }),
    /^unknown resources and actions/,
  ],
  [
    'finds roles that every object has',
    () => ({
      authorize: async ({ roles }, resource, action) =>
        roles.some(
          (role) => (role in permissions && !Object.hasOwn(permissions, role)) || has(role, `${resource}:${action}`),
        ),
    }),
    /^a stranger is denied it/,
  ],
  [
    'lets whoever has no role do what users may',
    () => ({
      authorize: async ({ roles }, resource, action) =>
        [...roles, ...(roles.length === 0 ? ['user'] : [])].some((role) => has(role, `${resource}:${action}`)),
    }),
    /^a stranger is denied it/,
  ],
  [
    'takes the subject for a role',
    () => ({
      authorize: async ({ roles, user_id }, resource, action) =>
        [...roles, user_id].some((role) => has(role, `${resource}:${action}`)),
    }),
    /^a role is no subject/,
  ],
  [
    'takes a role for the subject',
    () => ({
      authorize: async (user, resource, action) =>
        [...user.roles, user.user_id].includes('alice') || right(user, resource, action),
    }),
    /^a role is no subject/,
  ],
  [
    'compares the beginning of the role',
    () => ({
      authorize: async ({ roles }, resource, action) =>
        roles.some((role) =>
          Object.keys(permissions).some((known) => role.startsWith(known) && has(known, `${resource}:${action}`)),
        ),
    }),
    /^nearly the same/,
  ],
  [
    'looks for the role in all of them as one text',
    () => ({
      authorize: async ({ roles }, resource, action) =>
        Object.keys(permissions).some(
          (known) => roles.join(' ').includes(known) && has(known, `${resource}:${action}`),
        ),
    }),
    /^nearly the same/,
  ],
  [
    'compares roles without case',
    () => ({
      authorize: async ({ roles }, resource, action) =>
        roles.some((role) => has(role.toLowerCase(), `${resource}:${action}`)),
    }),
    /^nearly the same/,
  ],
  [
    'lets everybody do it under one id',
    () => ({ authorize: async (user, resource, action, id) => id === 'constructor' || right(user, resource, action) }),
    /^denied whatever the id/,
  ],
  [
    'keeps whom it asks about in itself',
    () => {
      let current: User;
      return {
        authorize: async (user, resource, action) => {
          current = user;
          await pause();
          return right(current, resource, action);
        },
      };
    },
    /^100 questions at once/,
  ],
  [
    'remembers a decision by the permission alone',
    () => {
      const known = new Map<string, unknown>();
      return {
        authorize: async (user, resource, action) => {
          const permission = `${resource}:${action}`;
          const decided = known.get(permission) ?? (await right(user, resource, action));
          known.set(permission, decided);
          return decided;
        },
      };
    },
    /^the same question has the same answer/,
  ],
  [
    'denies every second time',
    () => {
      let isEven = true;
      return {
        authorize: async (...asked) => {
          isEven = !isEven;
          return isEven && right(...asked);
        },
      };
    },
    /^the same question has the same answer/,
  ],
  [
    'gives the user a role',
    () => ({
      authorize: (user, resource, action) => {
        Reflect.set(user, 'role', 'admin');
        return right(user, resource, action);
      },
    }),
    /^neither the user nor the context/,
  ],
  [
    'gives the principal a role, and hides that it failed',
    () => ({
      authorize: (user, resource, action, _id, context) => {
        const { principal } = context as { principal: { roles: string[] } };
        try {
          principal.roles.push('admin');
        } catch {}
        return right(user, resource, action);
      },
    }),
    /^neither the user nor the context/,
  ],
  ['is never ready', () => ({ ready: async () => 'not yet' }), /^it says that it is ready/],
  [
    'says nothing where it is asked whether it is ready',
    () => ({ ready: () => undefined }),
    /^it says that it is ready/,
  ],
  [
    'never says whether it is ready',
    () => ({ ready: () => new Promise(() => undefined) }),
    /^it says that it is ready/,
  ],
  ['describes itself in two lines', () => ({ describe: () => 'two\nlines' }), /^its description/],
  [
    'cannot be closed twice',
    () => {
      let isOpen = true;
      return {
        close: () => {
          if (!isOpen) throw new Error('closed already');
          isOpen = false;
        },
      };
    },
    /^it can be closed twice/,
  ],
];
