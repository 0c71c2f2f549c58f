import type { Command } from 'commander';
import { exitCodes, reportError } from '../print-faults.js';

const collect = (value: string, earlier: string[] = []) => [...earlier, value];

/** `agentflow policy …`: what a Casbin policy says, and whether it says what was meant. */
export function addPolicyCommands(program: Command): void {
  const policy = program
    .command('policy')
    .description('ask, test, check and compare the Casbin policy; move it into the database and out of it');
  const command = (name: string, description: string) =>
    policy
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'the configuration (default: agentflow.json here)')
      .option(
        '--policy <file>',
        'which Casbin policy of the configuration, where it has several ("database" for the one there)',
      )
      .option('--json', 'for programs');
  addQuestions(command);
  addChecks(command);
  addTransfers(policy);
}

type NamedCommand = (name: string, description: string) => Command;

function addQuestions(command: NamedCommand): void {
  command('explain', 'say whether somebody may do something, by which rule, and what is missing')
    .argument('<permission>', 'such as graph:invoke')
    .option('-u, --user <id>', 'who asks (default: somebody whom the policy does not name)')
    .option('-r, --role <role>', 'a role that their credential carries; may be given several times', collect)
    .option('-t, --tenant <tenant>', 'their tenant')
    .option('--realm <realm>', 'the issuer that vouches for them, where one does')
    .option('--claim <name=value>', 'what else is vouched for; may be given several times', collect)
    .option('--on <id>', 'which thread, tool or node')
    .addHelpText('after', '\nExit codes: 0 allow, 1 deny, 2 the question or the configuration is faulty.')
    .action((permission: string, options) =>
      answering(async () => {
        const { explain } = await import('./explain.js');
        await explain(permission, options);
      }),
    );
  command('who-can', 'list who may do something, of all whom the policy names')
    .argument('<permission>', 'such as threads:read')
    .option('-t, --tenant <tenant>', 'in which tenant, where the model has them')
    .option('--on <id>', 'which thread, tool or node')
    .action((permission: string, options) =>
      answering(async () => {
        const { listWhoCan } = await import('./who-can.js');
        await listWhoCan(permission, options);
      }),
    );
}

function addChecks(command: NamedCommand): void {
  command('test', 'ask the cases of a file, and say which rules none of them reached')
    .option('--cases <file>', 'the cases (default: policy.cases.json beside the policy, or the configuration)')
    .option('--min-coverage <percent>', 'fail where fewer of the rules are reached')
    .addHelpText('after', '\nExit codes: 0 good, 1 a case fails or too few rules are reached, 2 a file is faulty.')
    .action((options) =>
      answering(async () => {
        const { testPolicy } = await import('./test.js');
        await testPolicy(options);
      }),
    );
  command('lint', 'look for rules that do nothing, roles that nobody has, and what is too open; check the invariants')
    .option(
      '--invariants <file>',
      'what must always hold (default: the configuration\'s "invariants", else policy.invariants.json beside the policy, or the configuration)',
    )
    .option('--strict', 'fail on warnings too')
    .addHelpText(
      'after',
      '\nExit codes: 0 good, 1 an invariant fails (or a warning, with --strict), 2 a file is faulty.',
    )
    .action((options) =>
      answering(async () => {
        const { lint } = await import('./lint.js');
        await lint(options);
      }),
    );
  command('diff', 'say who may do more, and who less, by another policy')
    .argument(
      '[candidate]',
      'the rules to compare with: a CSV file; with --shadowed it may be left out (then: all candidates)',
    )
    .option('--model <file>', 'the model of the candidate (default: that of the configuration)')
    .option(
      '--days <number>',
      'ask both again what was asked in so many last days, by the audit rows of the database (7 with --recorded or --shadowed)',
    )
    .option('--recorded <file>', 'the same by the log of "agentflow api" (JSON lines), not by the database')
    .option('--shadowed', 'instead: sum where a candidate has differed that "agentflow api --shadow" asked')
    .addHelpText(
      'after',
      '\nExit codes: 0 nobody gains or loses, 1 somebody does, 2 a file or the configuration is faulty.',
    )
    .action((candidate: string | undefined, options) =>
      answering(async () => {
        const { diff } = await import('./diff.js');
        await diff(candidate, options);
      }),
    );
}

function addTransfers(policy: Command): void {
  const needed = '\nFor "policy": "database", which is the one that is meant where the configuration has several.';
  const command = (name: string, description: string) =>
    policy
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'the configuration (default: agentflow.json here)');
  command('import', 'make the policy in the database what a file says, in one change')
    .argument('<file>', 'the rules: a CSV file')
    .addHelpText(
      'after',
      `${needed}\nWhat is not in the file is removed, also what others have changed meanwhile; servers that run follow by themselves.\nExit codes: 0 done, 2 the file or the configuration is faulty.`,
    )
    .action((file: string, options) =>
      answering(async () => {
        const { importFile } = await import('./transfer.js');
        await importFile(file, options);
      }),
    );
  command('export', 'write the policy in the database as a CSV file, to standard output')
    .addHelpText('after', `${needed}\nExit codes: 0 done, 2 the configuration is faulty.`)
    .action((options) =>
      answering(async () => {
        const { exportFile } = await import('./transfer.js');
        await exportFile(options);
      }),
    );
}

/** 1 is an answer here; so whatever keeps a command from answering is 2. */
async function answering(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    reportError(error, 'Nothing is answered');
    process.exitCode = exitCodes.configuration;
  }
}
