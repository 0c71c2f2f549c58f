import { relative } from 'node:path';
import { isDefaultName } from '../configuration/load-configuration.js';

/** Where a command that is typed here would not find the configuration by itself. */
export function configOption(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return isDefaultName(fromHere) ? '' : ` --config ${fromHere}`;
}
