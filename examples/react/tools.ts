import { tool } from '@langchain/core/tools';
import { currentUser } from 'agentflow';
import { z } from 'zod';

/** Acts for whoever is asking: the server says who that is, and no request can say otherwise. */
const whoIsAsking = tool(
  (_input, config) => {
    const user = currentUser(config);
    const roles = user.roles.length > 0 ? `, with the roles ${user.roles.join(', ')}` : '';
    return `You are ${user.user_id}${roles}.`;
  },
  { name: 'who_is_asking', description: 'Tells who is asking.', schema: z.object({}) },
);

const calculate = tool(
  ({ left, operator, right }) => {
    const results = { '+': left + right, '-': left - right, '*': left * right, '/': left / right };
    return `${left} ${operator} ${right} = ${results[operator]}.`;
  },
  {
    name: 'calculate',
    description: 'Calculates with two numbers.',
    schema: z.object({ left: z.number(), operator: z.enum(['+', '-', '*', '/']), right: z.number() }),
  },
);

export const tools = [whoIsAsking, calculate];
