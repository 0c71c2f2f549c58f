import { type Challenge, type ErrorCode, errorCodes, type JsonObject, type Route } from '@agentflow/protocol';
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from 'zod-openapi';
import type { ConfiguredAuth } from '../base-auth.js';
import { routeInputs } from '../pipeline/handle/handlers.js';
import { jsonObject } from '../pipeline/handle/read-input.js';
import { uncountedRoutes } from '../pipeline/limit/limit-rules.js';
import { envelopeSchema, errorSchema } from './body-schemas.js';

export interface DocumentedInterface {
  /** As they are served. */
  readonly routes: readonly Route[];
  /** Empty where nobody is asked who they are. */
  readonly authentication: readonly ConfiguredAuth[];
  readonly version: string;
}

/** Describes the interface in OpenAPI 3.1, from the rows that are served and the schemas that their handlers read with. */
export function createOpenApiDocument({ routes, authentication, version }: DocumentedInterface): JsonObject {
  const schemes = Object.fromEntries(authentication.flatMap(securitySchemes));
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: toOperation(route) };
  }
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      ...{ title: 'agentflow', version },
      description: 'An agent graph behind authentication and authorization. Times are RFC 3339 in UTC; ids are texts.',
    },
    security: Object.keys(schemes).map((name) => ({ [name]: [] })),
    paths,
    components: { securitySchemes: schemes },
  });
  // It goes out as JSON, and so without the members that are undefined.
  return JSON.parse(JSON.stringify(document)) as JsonObject;
}

type SecurityScheme =
  | { readonly type: 'http'; readonly scheme: string; readonly description: string }
  | { readonly type: 'apiKey'; readonly in: 'header'; readonly name: string; readonly description: string };

/** A scheme for every place in which a backend takes a credential, named after it. */
function securitySchemes({ name, backend }: ConfiguredAuth, index: number): (readonly [string, SecurityScheme])[] {
  const key = `${name.replace(/[^\w.-]+/g, '_')}${index === 0 ? '' : `_${index + 1}`}`;
  const headers = backend.credentialHeaders?.() ?? [];
  const { scheme }: Challenge = backend.challenge();
  if (headers.length === 0) return [[key, { type: 'http', scheme: scheme.toLowerCase(), description: name }]];
  return headers.map((header) => [
    headers.length === 1 ? key : `${key}.${header}`,
    { type: 'apiKey', in: 'header', name: header, description: name },
  ]);
}

function toOperation(route: Route): ZodOpenApiOperationObject {
  const { body, query } = routeInputs[route.name] ?? {};
  const parameters = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  const bodySchema =
    body ?? ('signed' in route ? signedBodySchema : needsThreadInBody(route) ? threadBodySchema : undefined);
  return {
    operationId: route.name,
    summary: route.summary,
    tags: [tagOf(route)],
    ...accessOf(route),
    requestParams: {
      ...(parameters.length > 0 && {
        path: z.object(Object.fromEntries(parameters.map((name) => [name, z.string()]))),
      }),
      ...(query !== undefined && { query }),
    },
    ...(bodySchema !== undefined && {
      requestBody: { required: isNeeded(bodySchema), content: { 'application/json': { schema: bodySchema } } },
    }),
    ...(route.body === 'multipart' && {
      requestBody: { required: true, content: { 'multipart/form-data': { schema: fileFormSchema } } },
    }),
    responses: {
      [statusOf(route)]: success(route),
      ...refusals(route, {
        hasBody: bodySchema !== undefined || route.body !== undefined,
        hasQuery: query !== undefined,
      }),
      default: refusal('Any other end.'),
    },
  };
}

/** No body is read as an empty object. */
function isNeeded(schema: z.ZodType): boolean {
  return schema === signedBodySchema || !schema.safeParse({}).success;
}

function statusOf({ answer }: Route): '101' | '200' | '302' {
  if (answer === 'socket') return '101';
  return answer === 'redirect' ? '302' : '200';
}

const fileFormSchema = z.object({ file: z.string().meta({ format: 'binary' }) });

/** Whatever the service sends. */
const signedBodySchema = z.json();

const threadBodySchema = z.object({ thread_id: z.string().min(1) });

function needsThreadInBody(route: Route): boolean {
  return 'requires' in route && route.requires.id === 'body:thread_id';
}

function tagOf(route: Route): string {
  return 'public' in route ? 'public' : route.requires.resource;
}

/** What a caller needs, in words that programs can read too. */
function accessOf(route: Route) {
  if ('public' in route) return { security: [], description: route.public, 'x-agentflow-access': 'public' };
  const permission = { 'x-agentflow-permission': `${route.requires.resource}:${route.requires.action}` };
  if ('self' in route) return { ...permission, description: route.self, 'x-agentflow-access': 'self' };
  // What is signed has no place among the security schemes: neither the header fields nor the bytes that they are over are described there.
  if ('signed' in route)
    return { ...permission, security: [], description: route.signed, 'x-agentflow-access': 'signed' };
  return { ...permission, 'x-agentflow-access': 'authorized' };
}

function success({ answer }: Route): ZodOpenApiResponseObject {
  switch (answer) {
    case 'envelope':
      return { description: 'Done.', content: { 'application/json': { schema: envelopeSchema } } };
    case 'plain':
      return { description: 'Done.', content: { 'application/json': { schema: jsonObject } } };
    case 'stream':
      return {
        description:
          'Chunks, each one line of JSON: server-sent events where `Accept` asks for text/event-stream, lines of JSON otherwise (as application/x-ndjson where `Accept` asks for that, else under text/event-stream).',
        content: { 'text/event-stream': { schema: z.string() }, 'application/x-ndjson': { schema: z.string() } },
      };
    case 'file':
      return {
        description: 'The bytes, under the type of the file.',
        content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
      };
    case 'page':
      return { description: 'A page.', content: { 'text/html': { schema: z.string() } } };
    case 'redirect':
      return { description: 'Sends a browser on.', headers: { Location: { schema: { type: 'string' } } } };
    case 'socket':
      return { description: 'A WebSocket (RFC 6455), version 13. Texts are JSON.' };
  }
}

/** Those that a route has by its kind; `default` stands for the rest. */
function refusals(
  route: Route,
  { hasBody, hasQuery }: { readonly hasBody: boolean; readonly hasQuery: boolean },
): Record<string, ZodOpenApiResponseObject> {
  const codes = [
    'BAD_REQUEST' as const,
    ...('public' in route && route.proof !== true ? [] : (['AUTH_REQUIRED'] as const)),
    ...('public' in route ? [] : (['ACCESS_DENIED'] as const)),
    ...(route.path.includes('{') ? (['NOT_FOUND'] as const) : []),
    ...(hasBody ? (['REQUEST_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const) : []),
    ...(hasBody || hasQuery ? (['VALIDATION_ERROR'] as const) : []),
    ...(uncountedRoutes.has(route.name) ? [] : (['RATE_LIMIT_EXCEEDED'] as const)),
    ...(route.answer === 'socket' ? (['UPGRADE_REQUIRED'] as const) : []),
    ...(['INTERNAL', 'UNAVAILABLE'] as const),
  ];
  return Object.fromEntries(
    codes.map((code) => [String(errorCodes[code].status), refusal(errorCodes[code].text, headersOf(code))]),
  );
}

type ResponseHeaders = NonNullable<ZodOpenApiResponseObject['headers']>;

function headersOf(code: ErrorCode): ResponseHeaders | undefined {
  if (code === 'AUTH_REQUIRED') {
    return { 'WWW-Authenticate': { description: 'How to authenticate.', schema: { type: 'string' } } };
  }
  if (code !== 'RATE_LIMIT_EXCEEDED') return undefined;
  return {
    'Retry-After': { description: 'Seconds. Absent where waiting changes nothing.', schema: { type: 'integer' } },
  };
}

function refusal(description: string, headers?: ResponseHeaders): ZodOpenApiResponseObject {
  return {
    description,
    ...(headers && { headers }),
    content: { 'application/json': { schema: errorSchema } },
  };
}
