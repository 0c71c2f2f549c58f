import { setUp } from './set-up.mjs';

setUp();
const { main } = await import('../packages/agentflow/dist/cli/main.js');
await main([process.argv[0], process.argv[1], 'dev', ...process.argv.slice(2)]);
