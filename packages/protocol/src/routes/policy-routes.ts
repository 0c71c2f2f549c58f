import { defineRoutes } from '../route-definition.js';

/** Who may do what, where that can be asked and changed. */
export const policyRoutes = defineRoutes({
  listPolicyLines: {
    method: 'GET',
    path: '/v1/policies',
    requires: { resource: 'policy', action: 'read' },
    answer: 'plain',
    summary: 'The lines of the policy in the database, and its revision.',
  },
  changePolicy: {
    method: 'POST',
    path: '/v1/policies',
    requires: { resource: 'policy', action: 'write' },
    answer: 'plain',
    summary: 'Adds lines to the policy and removes others, all at once or not at all.',
  },
  deletePolicyLine: {
    method: 'DELETE',
    path: '/v1/policies/{line_id}',
    requires: { resource: 'policy', action: 'delete', id: 'path:line_id' },
    answer: 'plain',
    summary: 'Removes one line of the policy.',
  },
  explainPolicy: {
    method: 'POST',
    path: '/v1/policies/explain',
    requires: { resource: 'policy', action: 'read' },
    answer: 'plain',
    summary: 'Why somebody may do something by the policy, or may not: for operators.',
  },
});
