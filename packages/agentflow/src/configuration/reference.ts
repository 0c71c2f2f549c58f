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

One file says what is served and what guards it. It is looked for in the working directory under these names, and the first
that is there is used: \`agentflow.json\`, \`.agentflow.json\`, \`agentflow.config.json\`, \`10xgraph.json\`. The start says which
others were passed over. \`--config FILE\` names any other.

- A key that is not known is refused, with the nearest that is. So is a key that stands twice. Comments are no JSON.
- Paths start at the folder of the file.
- A class, function or graph is named \`file:export\`, \`dotted.path:export\` or \`package:export\`.
- Durations are written \`30s\`, \`15m\`, \`24h\`, \`7d\`; a bare number is seconds.
- Every text may hold \`\${NAME}\` or \`\${NAME:-default}\`. A variable that is not set, and has no default, is a fault.
- \`agentflow check\` finds every fault without serving: exit code 0 is good, 2 a faulty configuration, 1 anything else.
- Editors complete and check the file by its \`$schema\`, with no network: the JSON Schema is part of the package.`;

const agentFlowSpellings = `### Other spellings

\`authorization\` also takes AgentFlow's: \`type\` or \`backend\` for \`method\`; \`"rbac"\` and \`"role_based"\` for \`"roles"\`;
\`role_scopes\` for \`roles\`, and \`default_scopes\`, the permissions of principals without a role; \`"isolation": "owner"\`, which
always holds. Its \`allow_all\`, \`default\` and \`none\` are refused: what they do is called \`insecure-allow-all\` here.`;

const variablesIntroduction =
  'They are read from the environment, and under it from the file that `env` names. Where the table says "or a file", `NAME_FILE` may name a file with the value instead.';

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
  const object = [schema, ...(schema.anyOf ?? [])].find(({ properties }) => properties !== undefined);
  return [
    `### \`${key}\``,
    schema.description ?? '',
    rows.join('\n'),
    ...(object === undefined ? [] : [optionTable(object, [])]),
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
    json({ [key]: examples[name] }),
  ];
}

function optionTable(schema: JsonSchema, without: readonly string[]): string {
  const rows = optionRows(schema, '', without);
  if (rows.length === 0) return 'It has no options.';
  return ['| key | type | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The options of an object, and under each the options of what stands in it. */
function optionRows(schema: JsonSchema, prefix: string, without: readonly string[] = []): readonly string[] {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties)
    .filter(([key]) => !without.includes(key))
    .flatMap(([key, option]) => {
      const preset = required.includes(key) ? 'must be set' : presetOf(option);
      const cells = [`\`${prefix}${key}\``, typeInWords(option), preset, option.description ?? ''];
      return [`| ${cells.map(cell).join(' | ')} |`, ...innerRows(option, `${prefix}${key}`)];
    });
}

function innerRows(option: JsonSchema, prefix: string): readonly string[] {
  const forms = [option, ...(option.anyOf ?? [])];
  const rows = forms.flatMap((form) => [
    ...optionRows(form, `${prefix}.`),
    ...(form.items === undefined ? [] : innerRows(form.items, `${prefix}[]`)),
    ...(form.items === undefined ? [] : optionRows(form.items, `${prefix}[].`)),
  ]);
  return [...new Set(rows)];
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
