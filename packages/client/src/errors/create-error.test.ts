import { describe, expect, test } from 'vitest';
import { AgentFlowError } from './agentflow-error.js';
import { createError, errorFromChunk } from './create-error.js';
import * as classes from './error-classes.js';
import { readChallenges } from './read-challenges.js';

const ours = (status: number, code: string) => ({
  ...{ type: 'urn:agentflow:error:x', title: 'Title', status, detail: 'Unauthorized', instance: 'urn:uuid:r-1', code },
  message: 'What went wrong.',
  error: { code, message: 'What went wrong.', details: [{ loc: ['body', 0], msg: 'is wrong', type: 't' }] },
  metadata: { request_id: 'r-1', timestamp: '2026-01-01T00:00:00Z', message: 'What went wrong.' },
});

test.each([
  [400, 'BAD_REQUEST', classes.BadRequestError, 'BAD_REQUEST'],
  [401, 'AUTH_REQUIRED', classes.AuthenticationError, 'AUTHENTICATION_FAILED'],
  [401, 'TOKEN_EXPIRED', classes.AuthenticationError, 'AUTHENTICATION_FAILED'],
  [403, 'ACCESS_DENIED', classes.PermissionError, 'PERMISSION_ERROR'],
  [404, 'NOT_FOUND', classes.NotFoundError, 'RESOURCE_NOT_FOUND'],
  [409, 'CONFLICT', classes.ConflictError, 'CONFLICT'],
  [413, 'REQUEST_TOO_LARGE', classes.RequestTooLargeError, 'REQUEST_TOO_LARGE'],
  [415, 'UNSUPPORTED_MEDIA_TYPE', classes.UnsupportedMediaTypeError, 'UNSUPPORTED_MEDIA_TYPE'],
  [422, 'VALIDATION_ERROR', classes.ValidationError, 'VALIDATION_ERROR'],
  [429, 'RATE_LIMIT_EXCEEDED', classes.RateLimitError, 'RATE_LIMIT_EXCEEDED'],
  [431, 'HEADERS_TOO_LARGE', classes.RequestTooLargeError, 'HEADERS_TOO_LARGE'],
  [500, 'INTERNAL', classes.ServerError, 'INTERNAL'],
  [503, 'UNAVAILABLE', classes.ServerError, 'UNAVAILABLE'],
  [500, 'GRAPH_000', classes.GraphError, 'GRAPH_000'],
  [500, 'NODE_000', classes.NodeError, 'NODE_000'],
  [500, 'GRAPH_RECURSION_000', classes.GraphRecursionError, 'GRAPH_RECURSION_000'],
  [500, 'STORAGE_000', classes.StorageError, 'STORAGE_000'],
  [503, 'TRANSIENT_STORAGE_000', classes.TransientStorageError, 'TRANSIENT_STORAGE_000'],
  [500, 'METRICS_1', classes.MetricsError, 'METRICS_1'],
  [422, 'SCHEMA_VERSION_1', classes.SchemaVersionError, 'SCHEMA_VERSION_1'],
  [500, 'SERIALIZATION_1', classes.SerializationError, 'SERIALIZATION_1'],
  [418, 'TEAPOT', AgentFlowError, 'TEAPOT'],
])('%i %s has a class of its own, which tells all that the body does', (status, code, Class, errorCode) => {
  const challenges = readChallenges('Bearer realm="agentflow"');
  const error = createError(status, ours(status, code), { challenges, method: 'GET', endpoint: '/v1/x' });
  expect(error).toBeInstanceOf(Class);
  expect(error.constructor).toBe(Class);
  expect(error.name).toBe(Class.name);
  expect(error).toMatchObject({
    ...{ message: 'What went wrong.', status, statusCode: status, code, errorCode, requestId: 'r-1' },
    ...{ timestamp: '2026-01-01T00:00:00Z', details: [{ loc: ['body', 0], msg: 'is wrong', type: 't' }] },
    ...{ challenges, method: 'GET', endpoint: '/v1/x' },
  });
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({ name: Class.name, statusCode: status, requestId: 'r-1' });
});

describe('an odd body', () => {
  const bodies: readonly unknown[] = [
    ...[undefined, null, 0, 1, '', 'text', true, [], [1, null], {}],
    ...[
      { error: null },
      { error: 'state_conflict', detail: 'busy' },
      { error: [] },
      { error: { code: 5, message: {} } },
    ],
    ...[
      { detail: 'Unauthorized' },
      { detail: [{ loc: ['body'], msg: 'is missing', type: 'missing' }] },
      { metadata: 1 },
    ],
    ...[{ error: { details: [null, 1, { loc: 'x' }, { loc: [null, 'a', 1] }] } }, { metadata: { request_id: {} } }],
    ...[{ code: '' }, { instance: 7 }, { error: { code: '__proto__' } }, { error: { details: {} } }],
  ];

  test.each(bodies.map((body) => [JSON.stringify(body), body]))('%s makes an error of its status', (_text, body) => {
    for (const status of [400, 401, 403, 404, 409, 418, 422, 500]) {
      const error = createError(status, body, { requestId: 'from-header' });
      expect(error).toBeInstanceOf(AgentFlowError);
      expect(error.status).toBe(status);
      expect(error.requestId).toBe('from-header');
      expect(error.message).not.toBe('');
    }
  });

  test('tells what it does tell', () => {
    expect(createError(409, { error: 'state_conflict', detail: 'busy' }, {})).toMatchObject({
      ...{ name: 'ConflictError', code: 'state_conflict', message: 'busy' },
    });
    const details = [{ loc: ['body'], msg: 'is missing', type: 'missing' }];
    expect(createError(422, { detail: details }, {})).toMatchObject({ name: 'ValidationError', details });
    const limited = { error: { code: 'RATE_LIMIT_EXCEEDED', message: 'Slow down', retry_after_seconds: 7 } };
    expect(createError(429, limited, {})).toMatchObject({ name: 'RateLimitError', retryAfterSeconds: 7 });
  });
});

describe('an error chunk', () => {
  test('becomes the error that the same refusal is as an answer', () => {
    const problem = ours(401, 'TOKEN_EXPIRED');
    const data = { reason: 'Unauthorized', code: 'TOKEN_EXPIRED', status: 401, request_id: 'r-1', problem };
    expect(errorFromChunk({ event: 'error', data })).toMatchObject({
      ...{ name: 'AuthenticationError', code: 'TOKEN_EXPIRED', status: 401, requestId: 'r-1' },
      message: 'What went wrong.',
    });
  });

  test.each([
    [{ reason: 'no', code: 'ACCESS_DENIED', request_id: 'r' }, 'PermissionError', 403],
    [{ reason: 'no', code: 'READER_TOO_SLOW', request_id: 'r' }, 'TimeoutError', 408],
    [{ reason: 'no' }, 'ServerError', 500],
    [{}, 'ServerError', 500],
  ])('that tells less becomes what it can: %j', (data, name, status) => {
    expect(errorFromChunk({ event: 'error', data })).toMatchObject({ name, status });
  });

  test('only, and no other chunk', () => {
    expect(errorFromChunk({ event: 'updates', data: { code: 'ACCESS_DENIED' } })).toBeUndefined();
  });
});

test.each([
  ['Bearer', [{ scheme: 'Bearer', parameters: {} }]],
  ['Bearer realm="a b"', [{ scheme: 'Bearer', parameters: { realm: 'a b' } }]],
  [
    'Bearer realm="x", error="invalid_token", error_description="a \\"b\\", c=d", Basic realm="y", charset="UTF-8"',
    [
      { scheme: 'Bearer', parameters: { realm: 'x', error: 'invalid_token', error_description: 'a "b", c=d' } },
      { scheme: 'Basic', parameters: { realm: 'y', charset: 'UTF-8' } },
    ],
  ],
  [
    'Negotiate, ApiKey header=X-API-Key',
    [
      { scheme: 'Negotiate', parameters: {} },
      { scheme: 'ApiKey', parameters: { header: 'X-API-Key' } },
    ],
  ],
  ['Bearer REALM = tok', [{ scheme: 'Bearer', parameters: { realm: 'tok' } }]],
  ['realm="nobody"', []],
  ['Bearer realm="open', [{ scheme: 'Bearer', parameters: {} }]],
  ['', []],
  [null, []],
])('challenges of %j', (header, challenges) => {
  const read = readChallenges(header);
  expect(read.slice(0, challenges.length)).toEqual(challenges);
});

test('a header of one long word after the other is read once', () => {
  expect(readChallenges(`Bearer ${'a="'.repeat(20_000)}`).length).toBeLessThan(3);
  expect(readChallenges('a '.repeat(20_000)).length).toBe(20_000);
});
