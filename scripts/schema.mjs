import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, setUp } from './set-up.mjs';

/* Writes what is made from the schemas of the configuration: its JSON Schema, and its reference. */

setUp();
const configuration = '../packages/agentflow/dist/configuration';
const { configurationJsonSchema } = await import(`${configuration}/json-schema.js`);
const { configurationReference } = await import(`${configuration}/reference.js`);

function write(file, text) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
  process.stdout.write(`  wrote       ${file}\n`);
}

write('packages/agentflow/schema/agentflow.schema.json', `${JSON.stringify(configurationJsonSchema(), null, 2)}\n`);
write('docs/configuration.md', configurationReference());
