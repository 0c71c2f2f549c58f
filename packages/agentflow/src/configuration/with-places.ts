import { ConfigurationError } from '@agentflow/core';
import { invalid, type LoadedConfiguration } from './load-configuration.js';

/**
 * Does what may find faults in the configuration, and gives them their places in its file.
 * @throws {InvalidConfigurationError}
 */
export async function withPlaces<T>(
  { source }: Pick<LoadedConfiguration, 'source'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConfigurationError) throw invalid(source, error.faults);
    throw error;
  }
}
