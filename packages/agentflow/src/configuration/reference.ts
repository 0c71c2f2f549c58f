import { environmentVariables } from './environment-variables.js';
import { authExamples, authorizationExamples, fileExamples } from './examples.js';
import { ignoredKeys, unsupportedKeys } from './foreign-keys.js';
import { backendJsonSchemas, configurationJsonSchema, type JsonSchema } from './json-schema.js';
import { typeInWords } from './type-in-words.js';
import { methods } from './unknown-method.js';

/** The reference of the file, in Markdown: made from the schemas, so that it says what the program does. */
export function configurationReference(): string {
  const backends = (key: 'auth' | 'authorization', examples: Readonly<Record<string, object>>) => [
    methods[key].remedy,
    ...backendJsonSchemas(key).flatMap((schema) => backendSection(key, schema, examples)),
  ];
  const blocks = [
    introduction,
    '## The keys of the file',
    ...Object.entries(ownKeys()).flatMap(([key, schema]) => keySection(key, schema)),
    '## Backends of `auth`',
    ...backends('auth', authExamples),
    '## Backends of `authorization`',
    ...backends('authorization', authorizationExamples),
    agentFlowSpellings,
    '## Environment variables',
    variablesIntroduction,
    variableTable(),
    '## Keys of AgentFlow that do nothing here',
    ['| key | what happens |', '| --- | --- |', ...foreignRows()].join('\n'),
  ];
  return `${blocks.join('\n\n')}\n`;
}

const introduction = `# The configuration file

<!-- Made by "npm run schema" from the schemas in the sources. -->

One file says which graph is served and how it is protected. agentflow looks for these names in the working directory, and uses the first
that exists: \`agentflow.json\`, \`.agentflow.json\`, \`agentflow.config.json\`, \`10xgraph.json\`. The start names the others
that it ignored. \`--config FILE\` names any other file.

- An unknown key is refused, and the nearest known key is suggested. A key that stands twice is refused. JSON has no comments.
- Paths are relative to the folder of the file.
- A class, function or graph is named \`file:export\`, \`dotted.path:export\` or \`package:export\`.
- Durations are written \`30s\`, \`15m\`, \`24h\`, \`7d\`; a bare number is seconds, and only it may have a fraction: \`0.03\` is 30 milliseconds.
- Every text may hold \`\${NAME}\` or \`\${NAME:-default}\`. A variable that is neither set nor has a default is a fault.
- \`agentflow check\` finds every fault without serving. Exit codes: 0 good, 2 a faulty configuration, 1 any other error.
- Editors complete and check the file by its \`$schema\` without a network: the JSON Schema is part of the package.`;

const agentFlowSpellings = `### Other spellings

\`authorization\` also takes AgentFlow's: \`type\` or \`backend\` for \`method\`; \`"rbac"\` and \`"role_based"\` for \`"roles"\`;
\`role_scopes\` for \`roles\`; \`default_scopes\`, the permissions of principals without a role; \`"isolation": "owner"\`, which
is the default here. Its \`allow_all\`, \`default\` and \`none\` are refused: use \`insecure-allow-all\` to allow everything.`;

const variablesIntroduction =
  'Variables are read from the environment, which wins, and from the file that `env` names. Where the table says "or a file", `NAME_FILE` may name a file with the value instead.';

function ownKeys(): Readonly<Record<string, JsonSchema>> {
  const all = Object.entries(configurationJsonSchema().properties ?? {});
  return Object.fromEntries(all.filter(([key]) => !ignoredKeys.has(key) && !unsupportedKeys.has(key)));
}

function keySection(key: string, schema: JsonSchema): readonly string[] {
  const isRequired = configurationJsonSchema().required?.includes(key) === true;
  const rows = [
    ['type', typeInWords(schema)],
    ['default', isRequired ? 'none: it must be set' : presetOf(schema)],
  ].flatMap(([name, value]) => (value === '' ? [] : [`- ${name}: ${value}`]));
  const object = formsOf(schema).find(({ properties }) => properties !== undefined);
  return [
    `### \`${key}\``,
    schema.description ?? '',
    rows.join('\n'),
    ...(object === undefined ? [] : [optionTable(object, [])]),
    ...formsOf(schema).flatMap(({ items }) => (items === undefined ? [] : memberSection(items, key))),
    ...mapSections(schema, key),
    json(fileExamples[key] ?? {}),
  ];
}

function backendSection(
  key: 'auth' | 'authorization',
  schema: JsonSchema,
  examples: Readonly<Record<string, object>>,
): readonly string[] {
  const { method } = schema.properties ?? {};
  const name = String(method?.const);
  return [
    `### \`${key}\`: \`${name}\``,
    ...(method?.description === undefined ? [] : [method.description]),
    optionTable(schema, ['method']),
    ...mapSections(schema, ''),
    json({ [key]: examples[name] }),
  ];
}

/** What each member of a map or a list may have, where they are objects, under a heading of its own. */
function memberSection(member: JsonSchema, path: string): readonly string[] {
  const object = formsOf(member).find(({ properties }) => properties !== undefined);
  return object === undefined ? [] : [`#### \`${path}\`, each`, optionTable(object, [])];
}

/** The same for every map in a schema: its keys are names that the file gives, so that none could stand in a table. */
function mapSections(schema: JsonSchema, path: string): readonly string[] {
  return formsOf(schema).flatMap(({ additionalProperties: member, properties = {}, items }) => [
    ...(typeof member === 'object' ? [...memberSection(member, path), ...mapSections(member, `${path}.NAME`)] : []),
    ...Object.entries(properties).flatMap(([key, option]) => mapSections(option, path === '' ? key : `${path}.${key}`)),
    ...(items === undefined ? [] : mapSections(items, `${path}[]`)),
  ]);
}

function optionTable(schema: JsonSchema, without: readonly string[]): string {
  const rows = optionRows(schema, { prefix: '', without });
  if (rows.length === 0) return 'It has no options.';
  return ['| key | type | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

interface RowOptions {
  readonly prefix: string;
  readonly without?: readonly string[];
  /** Then nothing must be set: another form may be chosen. */
  readonly isOneOfSeveral?: boolean;
}

/** The options of an object, and under each the options of what stands in it. */
function optionRows(schema: JsonSchema, { prefix, without = [], isOneOfSeveral }: RowOptions): readonly string[] {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties)
    .filter(([key]) => !without.includes(key))
    .flatMap(([key, option]) => {
      const preset = required.includes(key) && isOneOfSeveral !== true ? 'must be set' : presetOf(option);
      const cells = [`\`${prefix}${key}\``, typeInWords(option), preset, option.description ?? ''];
      return [`| ${cells.map(cell).join(' | ')} |`, ...innerRows(option, `${prefix}${key}`)];
    });
}

function innerRows(option: JsonSchema, prefix: string): readonly string[] {
  const forms = formsOf(option);
  const isOneOfSeveral = forms.filter(({ properties }) => properties !== undefined).length > 1;
  const rows = forms.flatMap((form) => [
    ...optionRows(form, { prefix: `${prefix}.`, isOneOfSeveral }),
    ...(form.items === undefined ? [] : innerRows(form.items, `${prefix}[]`)),
  ]);
  return [...new Set(rows)];
}

/** All forms that a value may have: one form may be several again. */
function formsOf(schema: JsonSchema): readonly JsonSchema[] {
  return [schema, ...(schema.anyOf ?? []).flatMap(formsOf)];
}

function presetOf({ default: preset }: JsonSchema): string {
  const isNothing = preset === undefined || JSON.stringify(preset) === '{}';
  return isNothing ? '' : `\`${JSON.stringify(preset)}\``;
}

function variableTable(): string {
  const rows = environmentVariables.map(({ name, mayBeFile, preset, meaning }) =>
    [`\`${name}\`${mayBeFile ? ', or a file' : ''}`, preset ?? '', meaning].map(cell).join(' | '),
  );
  return ['| variable | default | meaning |', '| --- | --- | --- |', ...rows.map((row) => `| ${row} |`)].join('\n');
}

function foreignRows(): readonly string[] {
  return [
    ...[...ignoredKeys].map((key) => `| \`${key}\` | ignored; the start says so |`),
    ...[...unsupportedKeys].map(([key, remedy]) => `| \`${key}\` | refused. ${cell(remedy)} |`),
  ];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function json(value: object): string {
  return `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
}
