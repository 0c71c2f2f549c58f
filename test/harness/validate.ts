import { silentLog } from '@agentflow/core';
import { compose } from '../../packages/agentflow/src/compose/compose.js';
import { readMode } from '../../packages/agentflow/src/compose/mode.js';
import {
  InvalidConfigurationError,
  loadConfiguration,
} from '../../packages/agentflow/src/configuration/load-configuration.js';

/** The faults that `agentflow check` finds, in this process, without the half second that a process takes. */
export async function faultsOf(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<InvalidConfigurationError['faults']> {
  const before = { ...process.env };
  try {
    const loaded = await loadConfiguration(file, environment);
    const composition = await compose({
      ...{
        loaded,
        mode: readMode(loaded, 'production'),
        host: loaded.environment['HOST'] || '127.0.0.1',
        insecureNoAuth: false,
        data: 'memory',
      },
      log: { ...silentLog, write: () => undefined },
    });
    await composition.close();
    return [];
  } catch (error) {
    if (error instanceof InvalidConfigurationError) return error.faults;
    throw error;
  } finally {
    // The program hands variables on to user code through its process, which here is the tests' own.
    for (const name of Object.keys(process.env)) if (!Object.hasOwn(before, name)) delete process.env[name];
  }
}
