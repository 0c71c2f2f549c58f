import type { Command } from 'commander';

/** `agentflow signing-keys …`: for who has the server at hand. */
export function addSigningKeyCommands(program: Command): void {
  const keys = program.command('signing-keys').description('the keys that sign the access tokens of "auth": "login"');
  keys
    .command('list', { isDefault: true })
    .description('print which there are; the keys themselves are read with the pepper alone')
    .option('-c, --config <file>', 'the configuration (default: agentflow.json here)')
    .option('--json', 'as JSON')
    .action(async (options) => {
      const { listSigningKeys } = await import('./signing-keys.js');
      await listSigningKeys(options);
    });
  keys
    .command('retire <ids...>')
    .description('have every server refuse what they have signed, at once: for a key that somebody else may have')
    .option('-c, --config <file>', 'the configuration (default: agentflow.json here)')
    .action(async (ids: readonly string[], options) => {
      const { retireSigningKeys } = await import('./signing-keys.js');
      await retireSigningKeys(ids, options);
    });
}
