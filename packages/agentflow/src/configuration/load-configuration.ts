import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { cosmiconfig } from 'cosmiconfig';
import { type Environment, expandVariables, readEnvironment } from './environment.js';
import type { Configuration } from './schema.js';
import { ConfigurationSource, type LocatedFault } from './source.js';
import { validate } from './validate.js';

/** AgentFlow's spellings of the name, the last of them a later one; the first that is there is read. */
const fileNames = ['agentflow.json', '.agentflow.json', 'agentflow.config.json', '10xgraph.json'] as const;

/** Whether a file is looked for where no other is named. */
export function isDefaultName(name: string): boolean {
  return fileNames.some((one) => one === name);
}

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
  /** What the file is to its reader. */
  readonly what: string;
  constructor(file: string, faults: readonly LocatedFault[], what = 'the configuration') {
    super(`${file} has ${faults.length} fault${faults.length === 1 ? '' : 's'}`);
    this.file = file;
    this.faults = faults;
    this.what = what;
  }
}

/**
 * Finds, reads and validates the configuration.
 * @throws {InvalidConfigurationError}
 */
export async function loadConfiguration(named: string | undefined, process: Environment): Promise<LoadedConfiguration> {
  const found = named === undefined ? await search() : { file: resolve(named), passedOver: [] };
  const source = readSource(found.file);
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
    notices: [
      ...found.passedOver.map((name) => `${name} is ignored: ${basename(source.file)} beside it is used`),
      ...ignored.map((key) => `"${key}" is ignored: agentflow has no use for it`),
    ],
  };
}

/** Adds the places in the file, and sorts by them. */
export function invalid(source: ConfigurationSource, faults: readonly LocatedFault[]): InvalidConfigurationError {
  const located = faults.map((fault) => {
    return { ...fault, place: fault.place ?? (fault.path.length > 0 ? source.locate(fault.path) : undefined) };
  });
  // Two entries that need one and the same thing find the same fault in it.
  const different = new Map(located.map((fault) => [JSON.stringify([fault.place, fault.message]), fault]));
  const order = ({ place }: LocatedFault) => (place === undefined ? 0 : place.line * 1e6 + place.column);
  return new InvalidConfigurationError(
    source.file,
    [...different.values()].toSorted((one, other) => order(one) - order(other)),
  );
}

/** @throws {InvalidConfigurationError} if the file cannot be read */
export function readSource(file: string): ConfigurationSource {
  try {
    return new ConfigurationSource(file, readFileSync(file, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const isAbsent = code === 'ENOENT';
    const message = isAbsent ? 'the file does not exist' : `the file cannot be read (${code})`;
    const remedy = `${isAbsent ? 'Name' : 'Let this user read it, or name'} another with --config FILE.`;
    throw new InvalidConfigurationError(file, [{ path: [], message, remedy }]);
  }
}

const explorer = cosmiconfig('agentflow', {
  searchPlaces: [...fileNames],
  searchStrategy: 'none',
  // An empty file is a faulty one, not one that is absent.
  ignoreEmptySearchPlaces: false,
  // Reading, with line and column for every fault, is ours.
  loaders: { '.json': (_file, text) => text },
});

/** The first of the names that is here, and the others that are here too. */
async function search(): Promise<{ readonly file: string; readonly passedOver: readonly string[] }> {
  explorer.clearCaches();
  const found = await explorer.search();
  const [here, ...others] = fileNames.filter((name) => existsSync(name));
  // One that cannot be read is nothing to the search. It is not passed over: its reader says why.
  if (here !== undefined) {
    const isFound = found !== null && basename(found.filepath) === here;
    return { file: isFound ? found.filepath : resolve(here), passedOver: others };
  }
  const remedy = existsSync('langgraph.json')
    ? 'Here is a langgraph.json: take it over with: agentflow init --from langgraph.json'
    : 'Go to the folder that has it, name it with --config FILE, or make a project: agentflow init my-agent';
  const [first, ...further] = fileNames;
  const message = `the file does not exist here, nor ${further.join(' or ')}`;
  throw new InvalidConfigurationError(resolve(first), [{ path: [], message, remedy }]);
}
