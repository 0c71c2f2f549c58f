/** One row of the closed table of errors. */
export interface ErrorCodeRow {
  /** HTTP status. */
  readonly status: number;
  /** RFC 9457 `title`: the same for every occurrence. */
  readonly title: string;
  /** WebSocket close code where the error ends a socket (RFC 6455 §7.4.1). */
  readonly closeCode: 1008 | 1009 | 1011 | 1013;
  /** What the caller reads when nothing more precise may be said. */
  readonly text: string;
}

/**
 * The only place where an error code exists. No code may begin with a prefix that AgentFlow's client treats
 * specially (GRAPH, NODE, STORAGE, TRANSIENT_STORAGE, METRICS, SCHEMA_VERSION, SERIALIZATION).
 */
export const errorCodes = {
  BAD_REQUEST: { status: 400, title: 'Bad Request', closeCode: 1008, text: 'The request is not well formed.' },
  AUTH_REQUIRED: {
    status: 401,
    title: 'Unauthorized',
    closeCode: 1008,
    text: 'Unauthorized: a valid credential is required.',
  },
  TOKEN_EXPIRED: { status: 401, title: 'Unauthorized', closeCode: 1008, text: 'Unauthorized: the token has expired.' },
  ACCESS_DENIED: {
    status: 403,
    title: 'Forbidden',
    closeCode: 1008,
    text: 'Forbidden: the permission for this is missing.',
  },
  NOT_FOUND: { status: 404, title: 'Not Found', closeCode: 1008, text: 'There is nothing at this address.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method Not Allowed',
    closeCode: 1008,
    text: 'This address does not answer to this method.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'Request Timeout',
    closeCode: 1008,
    text: 'The request did not arrive in time.',
  },
  READER_TOO_SLOW: {
    status: 408,
    title: 'Request Timeout',
    closeCode: 1008,
    text: 'What was sent was not read in time: the stream ends here.',
  },
  CONFLICT: {
    status: 409,
    title: 'Conflict',
    closeCode: 1008,
    text: 'The thread is busy with other runs. Try again shortly.',
  },
  REQUEST_TOO_LARGE: { status: 413, title: 'Content Too Large', closeCode: 1009, text: 'The request is too large.' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'Unsupported Media Type',
    closeCode: 1008,
    text: 'Send the body as application/json in UTF-8, without compression.',
  },
  VALIDATION_ERROR: {
    status: 422,
    title: 'Unprocessable Content',
    closeCode: 1008,
    text: 'The request data is invalid.',
  },
  UPGRADE_REQUIRED: {
    status: 426,
    title: 'Upgrade Required',
    closeCode: 1008,
    text: 'This address speaks WebSocket alone, in version 13.',
  },
  RATE_LIMIT_EXCEEDED: { status: 429, title: 'Too Many Requests', closeCode: 1013, text: 'Too many requests.' },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'Request Header Fields Too Large',
    closeCode: 1009,
    text: 'The header of the request is too large.',
  },
  INTERNAL: {
    status: 500,
    title: 'Internal Server Error',
    closeCode: 1011,
    text: 'Something went wrong on the server. The request id finds it in the log.',
  },
  UNAVAILABLE: {
    status: 503,
    title: 'Service Unavailable',
    closeCode: 1013,
    text: 'The server cannot answer this now. Try again later.',
  },
} as const satisfies Readonly<Record<string, ErrorCodeRow>>;

export type ErrorCode = keyof typeof errorCodes;
