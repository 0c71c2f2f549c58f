import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { cosmiconfig } from 'cosmiconfig';
import { type Environment, expandVariables, readEnvironment } from './environment.js';
import type { Configuration } from './schema.js';
import { ConfigurationSource, type LocatedFault } from './source.js';
import { validate } from './validate.js';

/** AgentFlow's spellings of the name. */
const fileNames = ['agentflow.json', '.agentflow.json', 'agentflow.config.json'];

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  readonly source: ConfigurationSource;
  /** Absolute. Paths in the file start here. */
  readonly directory: string;
  readonly environment: Environment;
  readonly environmentFile: string | undefined;
  /** What the operator should know, one line each. */
  readonly notices: readonly string[];
}

/** The file cannot be served: every fault, with its place. */
export class InvalidConfigurationError extends Error {
  override readonly name = 'InvalidConfigurationError';
  readonly file: string;
  readonly faults: readonly LocatedFault[];
  constructor(file: string, faults: readonly LocatedFault[]) {
    super(`${file} has ${faults.length} fault${faults.length === 1 ? '' : 's'}`);
    this.file = file;
    this.faults = faults;
  }
}

/**
 * Finds, reads and validates the configuration.
 * @throws {InvalidConfigurationError}
 */
export async function loadConfiguration(named: string | undefined, process: Environment): Promise<LoadedConfiguration> {
  const source = await readSource(named);
  if (source.syntaxFaults.length > 0) throw new InvalidConfigurationError(source.file, source.syntaxFaults);
  const raw = source.value;
  const namedEnvironment = typeof raw === 'object' && raw !== null && 'env' in raw ? raw.env : undefined;
  const { environment, file, faults: environmentFaults } = readEnvironment(source.file, namedEnvironment, process);
  const expanded = expandVariables(raw, environment);
  const { configuration, faults, ignored } = validate(expanded.value);
  const all = [...environmentFaults, ...expanded.faults, ...faults];
  if (configuration === undefined || all.length > 0) throw invalid(source, all);
  return {
    configuration,
    source,
    directory: dirname(source.file),
    environment,
    environmentFile: file,
    notices: ignored.map((key) => `"${key}" is ignored: agentflow has no use for it`),
  };
}

/** Adds the places in the file, and sorts by them. */
export function invalid(source: ConfigurationSource, faults: readonly LocatedFault[]): InvalidConfigurationError {
  const located = faults.map((fault) => {
    return { ...fault, place: fault.place ?? (fault.path.length > 0 ? source.locate(fault.path) : undefined) };
  });
  const order = ({ place }: LocatedFault) => (place === undefined ? 0 : place.line * 1e6 + place.column);
  return new InvalidConfigurationError(
    source.file,
    located.toSorted((one, other) => order(one) - order(other)),
  );
}

async function readSource(named: string | undefined): Promise<ConfigurationSource> {
  const file = named === undefined ? await search() : resolve(named);
  try {
    return new ConfigurationSource(file, readFileSync(file, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const message = code === 'ENOENT' ? 'the file does not exist' : `the file cannot be read (${code})`;
    throw new InvalidConfigurationError(file, [{ path: [], message, remedy: 'Name another with --config FILE.' }]);
  }
}

async function search(): Promise<string> {
  const explorer = cosmiconfig('agentflow', {
    searchPlaces: fileNames,
    searchStrategy: 'none',
    // Reading, with line and column for every fault, is ours.
    loaders: { '.json': (_file, text) => text },
  });
  const found = await explorer.search();
  if (found !== null) return found.filepath;
  throw new InvalidConfigurationError(resolve('agentflow.json'), [
    {
      path: [],
      message: 'the file does not exist here, and no other spelling of it does',
      remedy:
        'Go to the folder that has it, name it with --config FILE, or make one: {"agent": "graph/react.ts:app", "auth": "jwt"}',
    },
  ]);
}
