import { formatTime, type StoredSigningKey, toPrintable } from '@agentflow/core';
import { invalid, type LoadedConfiguration, loadConfiguration } from '../../configuration/load-configuration.js';
import { withStores } from '../with-stores.js';

export interface SigningKeyOptions {
  readonly config?: string | undefined;
  readonly json?: boolean | undefined;
}

export async function listSigningKeys({ config, json = false }: SigningKeyOptions): Promise<void> {
  const loaded = await loadConfiguration(config, process.env);
  requireGenerated(loaded);
  const keys = await withStores(loaded, ({ stores }) => stores.signingKeys.list());
  if (json) {
    process.stdout.write(`${JSON.stringify(keys.map(factsOf), null, 2)}\n`);
    return;
  }
  const lines = keys.map(({ keyId, algorithm, createdAt }) => {
    return toPrintable(`${keyId}  ${algorithm}  made ${formatTime(createdAt)}`);
  });
  const none = 'no keys yet: the first sign-in makes one';
  process.stdout.write(`${lines.length === 0 ? none : lines.join('\n')}\n`);
}

/**
 * Servers that run refuse its tokens within a second, and sign by another: people go on with their refresh tokens, which it has not made.
 * A server that runs makes the other; so nothing here needs the pepper.
 */
export async function retireSigningKeys(ids: readonly string[], { config }: SigningKeyOptions): Promise<void> {
  const loaded = await loadConfiguration(config, process.env);
  requireGenerated(loaded);
  await withStores(loaded, async ({ stores: { signingKeys, revocations }, record }) => {
    const known = new Set((await signingKeys.list()).map(({ keyId }) => keyId));
    for (const id of ids) {
      if (!known.has(id)) {
        process.stdout.write(`${toPrintable(id)}: there is no such key\n`);
        process.exitCode = 1;
        continue;
      }
      await revocations.add([{ kind: 'signing-key', keyId: id, expiresAt: undefined }]);
      await signingKeys.delete([id]);
      process.stdout.write(`${id}: retired; whoever verifies tokens elsewhere must read /.well-known/jwks.json anew\n`);
      await record('signing-key-retired', { keyId: id });
    }
  });
}

function factsOf({ keyId, algorithm, createdAt }: StoredSigningKey) {
  return { id: keyId, algorithm, createdAt: formatTime(createdAt) };
}

/** @throws {InvalidConfigurationError} where nothing is signed by keys that are made here */
function requireGenerated({ configuration, source }: LoadedConfiguration): void {
  const index = configuration.auth?.findIndex((one) => one.method === 'login') ?? -1;
  const login = configuration.auth?.[index];
  if (login?.method !== 'login') {
    const remedy = 'Set "auth": "login", or name another file with --config.';
    throw invalid(source, [{ path: ['auth'], message: 'no tokens are signed here: "auth" has no "login"', remedy }]);
  }
  if (login.algorithm !== 'HS256') return;
  const message = 'tokens are signed by HS256, with a secret of yours and not with keys that are made here';
  const remedy = 'Set another JWT_SECRET_KEY, and restart.';
  throw invalid(source, [{ path: ['auth', index, 'algorithm'], message, remedy }]);
}
