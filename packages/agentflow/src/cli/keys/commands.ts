import type { Command } from 'commander';

/** `agentflow keys …`: for who has the server at hand. */
export function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('the keys that callers have made, of everybody');
  keys
    .command('list', { isDefault: true })
    .description('print what is known of them; the keys themselves nobody knows')
    .option('-c, --config <file>', 'the configuration (default: agentflow.json here)')
    .option('--json', 'as JSON')
    .action(async (options) => {
      const { listKeys } = await import('./keys.js');
      await listKeys(options);
    });
  keys
    .command('revoke <ids...>')
    .description('take keys back, at once, on every server')
    .option('-c, --config <file>', 'the configuration (default: agentflow.json here)')
    .action(async (ids: readonly string[], options) => {
      const { revokeKeys } = await import('./keys.js');
      await revokeKeys(ids, options);
    });
}
