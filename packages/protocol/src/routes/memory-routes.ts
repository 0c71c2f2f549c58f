import { defineRoutes } from '../route-definition.js';

/** What principals have had remembered. */
export const memoryRoutes = defineRoutes({
  storeMemory: {
    method: 'POST',
    path: '/v1/store/memories',
    requires: { resource: 'store', action: 'write' },
    answer: 'envelope',
    summary: 'Remembers something.',
  },
  searchMemories: {
    method: 'POST',
    path: '/v1/store/search',
    requires: { resource: 'store', action: 'read', many: true },
    answer: 'envelope',
    summary: "The caller's memories that answer a query, the best first.",
  },
  listMemories: {
    method: 'POST',
    path: '/v1/store/memories/list',
    requires: { resource: 'store', action: 'read', many: true },
    answer: 'envelope',
    summary: "The caller's memories, the latest first.",
  },
  forgetMemories: {
    method: 'POST',
    path: '/v1/store/memories/forget',
    requires: { resource: 'store', action: 'delete', many: true },
    answer: 'envelope',
    summary: "Deletes the caller's memories that match; all of them, where nothing is said.",
  },
  readMemory: {
    method: 'POST',
    path: '/v1/store/memories/{memory_id}',
    requires: { resource: 'store', action: 'read', id: 'path:memory_id' },
    answer: 'envelope',
    summary: 'One memory.',
  },
  updateMemory: {
    method: 'PUT',
    path: '/v1/store/memories/{memory_id}',
    requires: { resource: 'store', action: 'write', id: 'path:memory_id' },
    answer: 'envelope',
    summary: 'Changes what is remembered.',
  },
  deleteMemory: {
    method: 'DELETE',
    path: '/v1/store/memories/{memory_id}',
    requires: { resource: 'store', action: 'delete', id: 'path:memory_id' },
    answer: 'envelope',
    summary: 'Forgets one memory.',
  },
});
