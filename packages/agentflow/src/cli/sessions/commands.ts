import type { Command } from 'commander';

/** `agentflow sessions …`: for who has the server at hand. */
export function addSessionCommands(program: Command): void {
  const sessions = program
    .command('sessions')
    .description('who is signed in with "auth": "login", also with a provider');
  sessions
    .command('list', { isDefault: true })
    .description('print the sessions of everybody')
    .option('-c, --config <file>', 'the configuration (default: agentflow.json here)')
    .option('--json', 'as JSON')
    .action(async (options) => {
      const { listSessions } = await import('./sessions.js');
      await listSessions(options);
    });
  sessions
    .command('end <ids...>')
    .description('sign out, at once, on every server')
    .option('-c, --config <file>', 'the configuration (default: agentflow.json here)')
    .action(async (ids: readonly string[], options) => {
      const { endSessions } = await import('./sessions.js');
      await endSessions(ids, options);
    });
}
