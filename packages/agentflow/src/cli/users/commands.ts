import type { Command } from 'commander';

const collect = (value: string, earlier: string[] = []) => [...earlier, value];

/** `agentflow users …`: who can sign in. Servers that run on the same database follow at once. */
export function addUserCommands(program: Command): void {
  const users = program
    .command('users')
    .description('make, list and change the users who sign in with "auth": "login"');
  const command = (name: string, description: string) =>
    users
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'the configuration (default: agentflow.json here)');
  const named = (name: string, description: string) => command(name, description).argument('<username>', 'who');
  named('add', 'make a user; the password is asked for')
    .option('-r, --role <role>', 'a role; may be given several times', collect)
    .option('-t, --tenant <tenant>', 'the tenant (default: the one that there is without any)')
    .option('--password-stdin', 'read the password from standard input')
    .option('--no-password', 'make one who does not sign in with a password')
    .action(async (username: string, options) => (await import('./user-commands.js')).add(username, options));
  named('passwd', 'give a user another password, and end their sessions')
    .option('--password-stdin', 'read the password from standard input')
    .action(async (username: string, options) => (await import('./user-commands.js')).passwd(username, options));
  named('roles', 'give a user other roles; their sessions go on with these')
    .option('-r, --role <role>', 'a role; may be given several times', collect)
    .option('--none', 'no role at all')
    .action(async (username: string, options) => (await import('./user-commands.js')).setRoles(username, options));
  named('disable', 'let a user in no more, and end their sessions').action(async (username: string, options) =>
    (await import('./user-commands.js')).setDisabled(username, options, true),
  );
  named('enable', 'let a user in again').action(async (username: string, options) =>
    (await import('./user-commands.js')).setDisabled(username, options, false),
  );
  named('remove', 'delete a user with all threads, memories and files that are theirs')
    .option('--yes', 'really delete all that')
    .action(async (username: string, options) => (await import('./user-commands.js')).remove(username, options));
  command('list', 'list the users')
    .option('--json', 'for programs')
    .action(async (options) => (await import('./user-commands.js')).list(options));
}
