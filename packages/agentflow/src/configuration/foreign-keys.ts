/*
 * Keys of AgentFlow, of its later generations and of LangGraph, which do not exist here. Whoever writes one has a file that
 * worked somewhere: they are told what takes its place.
 */

/** Keys that AgentFlow has and that change nothing here: one line says so. */
export const ignoredKeys: ReadonlySet<string> = new Set(['injectq', 'evaluation', 'test', 'observability']);

const nothingInstead = 'Remove it: serving without it might be less than you asked for.';
const kept =
  'are kept in the database: the embedded one, or PostgreSQL by "database". What the graph itself was compiled with is not used.';

/**
 * Keys that AgentFlow has and this version does not, with the remedy: leaving them out silently would serve something less
 * protected, or other, than what was asked for.
 */
export const unsupportedKeys: ReadonlyMap<string, string> = new Map([
  ['ag_ui', nothingInstead],
  ['checkpointer', `Remove it: threads and their checkpoints ${kept}`],
  ['store', `Remove it: memories ${kept}`],
  ['thread_name_generator', nothingInstead],
]);

const takeOver = 'To take a LangGraph project over: agentflow init --from langgraph.json';

/** What other files call what is called otherwise here, or what has no place in this one. */
export const foreignKeys: ReadonlyMap<string, string> = new Map([
  ['graphs', `That is LangGraph's key; one graph is served here: "agent": "graph/react.ts:app". ${takeOver}`],
  ['graph', 'The graph is "agent": "graph/react.ts:app".'],
  ['agents', 'One graph is served here: "agent": "graph/react.ts:app".'],
  ['authentication', 'Who is asking is decided by "auth".'],
  ['authorisation', 'Did you mean "authorization"?'],
  ['dependencies', `Remove it: package.json says what is installed. ${takeOver}`],
  ['node_version', `Remove it: package.json says it, under "engines". ${takeOver}`],
  ['python_version', 'Remove it: graphs in TypeScript and JavaScript are served here, not those in Python.'],
  ['pip_config_file', 'Remove it: graphs in TypeScript and JavaScript are served here, not those in Python.'],
  ['dockerfile_lines', `Remove it: images are built outside of this file. ${takeOver}`],
  ['http', `Remove it: the routes are fixed, and no app of yours is mounted beside them. ${takeOver}`],
  ['ui', 'Remove it: no user interface is served here.'],
  ['host', 'Say it at the start: --host, or HOST in the environment.'],
  ['port', 'Say it at the start: --port, or PORT in the environment.'],
  ['mode', 'Say it in the environment: MODE=production.'],
  ['jwt', 'Write "auth": "jwt", or {"method": "jwt", …}.'],
  ['database_url', 'Write "database", or set DATABASE_URL.'],
]);
