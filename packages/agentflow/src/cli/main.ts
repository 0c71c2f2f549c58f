import { Command, CommanderError } from 'commander';
import { addKeyCommands } from './keys/commands.js';
import { addPolicyCommands } from './policy/commands.js';
import { exitCodes, reportError } from './print-faults.js';
import { addSessionCommands } from './sessions/commands.js';
import { addSigningKeyCommands } from './signing-keys/commands.js';
import { addUserCommands } from './users/commands.js';
import { version } from './version.js';

const collect = (value: string, earlier: string[] = []) => [...earlier, value];

/** The command line. Each command is loaded when it is called, so that the small ones stay fast. */
export function createProgram(): Command {
  const program = new Command('agentflow')
    .description(
      'Serves an agent graph with authentication, authorization and private threads, as agentflow.json decides.',
    )
    .exitOverride()
    .showHelpAfterError('Run "agentflow help" for what there is.')
    .version(version, '-V, --version');

  const serving = (command: Command) =>
    command
      .option('-c, --config <file>', 'the configuration (default: agentflow.json here)')
      .option('-H, --host <address>', 'where to listen (default: HOST, else 127.0.0.1)')
      .option('-p, --port <number>', 'where to listen (default: PORT, else 8000)')
      .option(
        '--shadow <file>',
        'ask a candidate policy beside the Casbin policy, and record where they differ; it decides nothing',
      )
      .option('--shadow-model <file>', 'the model of the candidate (default: that of the configuration)')
      .option('--insecure-no-auth', 'without "auth": let everybody in, not only this machine');

  serving(program.command('api').description('serve, under the rules of production'))
    .addHelpText('after', '\nkill -HUP reads the configuration anew: all of it, or nothing.')
    .action(async (options) => {
      const { serve } = await import('./serve.js');
      await serve(options, 'production');
    });

  serving(
    program
      .command('dev')
      .description('serve on a laptop: starts again on every change, makes a secret where none is set'),
  )
    .option('--no-reload', 'do not start again on changes')
    .action(async (options) => {
      const { dev } = await import('./dev.js');
      await dev(options);
    });

  serving(program.command('check').description('validate everything that "api" would, without serving')).action(
    async (options) => {
      const { check } = await import('./check.js');
      await check(options);
      endInSpiteOfOpenHandles();
    },
  );

  addInitCommand(program);
  addTokenCommand(program);
  addSignInCommands(program);
  addPolicyCommands(program);
  addUserCommands(program);
  addSessionCommands(program);
  addKeyCommands(program);
  addSigningKeyCommands(program);

  program
    .command('version')
    .description('print the version')
    .action(() => void process.stdout.write(`agentflow ${version} (Node ${process.version})\n`));
  return program;
}

function addInitCommand(program: Command): void {
  program
    .command('init')
    .description('write a project that starts at once, or take over one of LangGraph; overwrites nothing')
    .argument('[directory]', 'where (default: here)')
    .option('-p, --path <directory>', 'the same')
    .option('--from <langgraph.json>', 'write agentflow.json beside a langgraph.json, with its graph and its env')
    .option('--graph <name>', 'which graph of it, where it has several')
    .action(async (directory: string | undefined, options) => {
      const { init } = await import('./init.js');
      try {
        init(directory, options);
      } catch (error) {
        reportError(error, 'Nothing is written');
      }
    });
}

function addTokenCommand(program: Command): void {
  const token = program.command('token').description('mint a token that this configuration accepts, or look into one');
  token
    .command('mint', { isDefault: true })
    .description('print a token')
    .option('-c, --config <file>', 'the configuration (default: agentflow.json here)')
    .option('-u, --user <id>', 'whom it is for', 'demo')
    .option('-r, --role <role>', 'a role; may be given several times', collect)
    .option('-s, --scope <scope>', 'a scope such as graph:invoke; may be given several times', collect)
    .option('-t, --tenant <tenant>', 'the tenant, where the configuration names a claim for it')
    .option('--actor <id>', 'who acts for that user; given again: who acted before it', collect)
    .option('--actor-role <role>', 'a role of the actor; may be given several times', collect)
    .option('--claim <name=value>', 'a further claim; may be given several times', collect)
    .option('-e, --expires <duration>', 'how long it lives', '1h')
    .action(async (options) => {
      const { mint } = await import('./token.js');
      await mint(options);
    });
  token
    .command('current')
    .description(
      'print the token of whoever has signed in, for curl -H "Authorization: Bearer $(agentflow token current)"',
    )
    .option('-s, --server <url>', 'of which server (default: the only one)')
    .action(async (options) => {
      const { currentToken } = await import('./sign-in/signed-in.js');
      await currentToken(options);
      endInSpiteOfOpenHandles();
    });
  token
    .command('inspect <token>')
    .description('say what is in a token, and why this configuration would refuse it')
    .option('-c, --config <file>', 'the configuration (default: agentflow.json here)')
    .action(async (text: string, options) => {
      const { inspect } = await import('./token.js');
      await inspect(text, options);
    });
}

function addSignInCommands(program: Command): void {
  program
    .command('login')
    .description('sign in to a server, with a provider by a code that is typed in elsewhere, or with a password')
    .argument('[server]', 'where it is (default: http://127.0.0.1:8000)')
    .option('-s, --server <url>', 'the same')
    .option('-p, --provider <name>', 'with which provider, where it has several')
    .option('-u, --username <name>', 'with a password: asked for, or the first line of standard input')
    .action(async (server: string | undefined, options) => {
      const { login } = await import('./sign-in/login.js');
      if (server !== undefined && options.server !== undefined) throw new Error('say once which server');
      await login({ server, ...options });
      endInSpiteOfOpenHandles();
    });
  program
    .command('logout')
    .description('end the session, here and at the server')
    .option('-s, --server <url>', 'of which server (default: the only one)')
    .action(async (options) => {
      const { logout } = await import('./sign-in/signed-in.js');
      await logout(options);
      endInSpiteOfOpenHandles();
    });
  program
    .command('whoami')
    .description('say whom a server takes you for, and what you may do there')
    .option('-s, --server <url>', 'which server (default: the only one)')
    .option('--json', 'all that it says')
    .action(async (options) => {
      const { whoami } = await import('./sign-in/signed-in.js');
      await whoami(options);
      endInSpiteOfOpenHandles();
    });
}

/** They serve nothing. */
const changing: ReadonlySet<string> = new Set(['users', 'sessions', 'keys', 'signing-keys', 'token']);

/** Runs one command; never rejects. Exit codes: 0 good, 1 failure, 2 configuration, 3 validation. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = createProgram();
  let consequence: string | undefined;
  program.hook('preAction', (_program, command) => {
    if ([command, command.parent].some((one) => one !== null && changing.has(one.name())))
      consequence = 'Nothing is changed';
  });
  try {
    await program.parseAsync(argv);
  } catch (error) {
    // Commander has printed what it had to say.
    if (error instanceof CommanderError)
      process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.configuration;
    else reportError(error, consequence);
    endInSpiteOfOpenHandles();
  }
}

/** What the author's code has opened, a timer or a connection, keeps no command alive that has nothing left to do. */
function endInSpiteOfOpenHandles(): void {
  setTimeout(() => process.exit(), 500).unref();
}
