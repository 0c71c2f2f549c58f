import { mkdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { InvalidConfigurationError, invalid, readSource } from '../configuration/load-configuration.js';
import { type NextCommands, nextCommands, shellQuoted } from '../init/install-commands.js';
import { takeOverLangGraph } from '../init/langgraph-project.js';
import { newProject, toText } from '../init/new-project.js';
import { schemaReference } from '../init/schema-reference.js';
import { writeNewFiles } from '../init/write-new-files.js';
import { paint } from '../log/style.js';

export interface InitOptions {
  readonly path?: string | undefined;
  readonly from?: string | undefined;
  readonly graph?: string | undefined;
}

/** Writes a project that starts at once, or takes over one of LangGraph. Never overwrites anything. */
export function init(directory: string | undefined, { path, from, graph }: InitOptions): void {
  const named = directory ?? path;
  if (from === undefined) {
    if (graph !== undefined) throw new Error('--graph chooses among the graphs of --from langgraph.json');
    initProject(resolve(named ?? '.'));
    return;
  }
  if (named !== undefined) throw new Error('with --from, agentflow.json is written beside that file: name no folder');
  takeOver(resolve(from), graph);
}

function initProject(directory: string): void {
  const files = newProject(directory);
  mkdirSync(directory, { recursive: true });
  writeNewFiles(directory, files);
  tell(directory, Object.keys(files), [], nextCommands(directory, 'new'));
}

function takeOver(file: string, graph: string | undefined): void {
  const source = readSource(file);
  if (source.syntaxFaults.length > 0) throw new InvalidConfigurationError(file, source.syntaxFaults);
  const directory = dirname(file);
  const taken = takeOverLangGraph(source.value, directory, graph);
  if ('faults' in taken) throw invalid(source, taken.faults);
  const configuration = { $schema: schemaReference(directory), ...taken.configuration };
  writeNewFiles(directory, { 'agentflow.json': toText(configuration) });
  tell(directory, ['agentflow.json'], taken.notices, nextCommands(directory, 'taken-over'));
}

function tell(
  directory: string,
  files: readonly string[],
  notices: readonly string[],
  { commands: [first, ...others], notice }: NextCommands,
): void {
  const enter = directory === process.cwd() ? '' : `cd ${shellQuoted(relative(process.cwd(), directory))} && `;
  const lines = [
    ...files.map((file) => `  ${paint('green', 'wrote')}  ${relative(process.cwd(), join(directory, file))}`),
    ...[...notices, ...(notice === undefined ? [] : [notice])].map((line) => paint('yellow', `  ! ${line}`)),
    '',
    paint('dim', '  Next:'),
    '',
    `${enter}${first}`,
    ...others,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
