import { AgentFlowError } from './agentflow-error.js';

/* One class for each cause. Those of the first part are answers of the server. */

/** 400: the request could not be read, or in two ways. */
export class BadRequestError extends AgentFlowError {
  override readonly name = 'BadRequestError';
  override get errorCode(): string {
    return 'BAD_REQUEST';
  }
}

/** 401: no credential, one that is no good, or (`code` is `TOKEN_EXPIRED`) one whose time is over. `challenges` says what is wanted. */
export class AuthenticationError extends AgentFlowError {
  override readonly name = 'AuthenticationError';
  override get errorCode(): string {
    return 'AUTHENTICATION_FAILED';
  }
}

/** 403: the server knows who asks, and the answer is no. */
export class PermissionError extends AgentFlowError {
  override readonly name = 'PermissionError';
  override get errorCode(): string {
    return 'PERMISSION_ERROR';
  }
}

/** 404: there is none, or it is another's. */
export class NotFoundError extends AgentFlowError {
  override readonly name = 'NotFoundError';
  override get errorCode(): string {
    return 'RESOURCE_NOT_FOUND';
  }
}

/** 409: the thread is busy, or waits for no answer, or the policy has changed meanwhile. */
export class ConflictError extends AgentFlowError {
  override readonly name = 'ConflictError';
}

/** 413 and 431: more than the server takes. */
export class RequestTooLargeError extends AgentFlowError {
  override readonly name = 'RequestTooLargeError';
}

/** 415: a file or a body of a kind that the server does not take. */
export class UnsupportedMediaTypeError extends AgentFlowError {
  override readonly name = 'UnsupportedMediaTypeError';
}

/** 422: `details` names each fault with its place. Also thrown before anything is sent, where an id cannot stand in a path. */
export class ValidationError extends AgentFlowError {
  override readonly name = 'ValidationError';
  override get errorCode(): string {
    return 'VALIDATION_ERROR';
  }
}

/** 429: too many requests; `retryAfterSeconds` says when to come again. */
export class RateLimitError extends AgentFlowError {
  override readonly name = 'RateLimitError';
}

/** 500 and above: it is the server's fault, or of what stands before it. */
export class ServerError extends AgentFlowError {
  override readonly name = 'ServerError';
}

/** AgentFlow's servers name these causes by the beginning of their codes; ours never does. */
export class GraphError extends AgentFlowError {
  override readonly name = 'GraphError';
}
export class NodeError extends AgentFlowError {
  override readonly name = 'NodeError';
}
export class GraphRecursionError extends AgentFlowError {
  override readonly name = 'GraphRecursionError';
}
export class StorageError extends AgentFlowError {
  override readonly name = 'StorageError';
}
export class TransientStorageError extends AgentFlowError {
  override readonly name = 'TransientStorageError';
}
export class MetricsError extends AgentFlowError {
  override readonly name = 'MetricsError';
}
export class SchemaVersionError extends AgentFlowError {
  override readonly name = 'SchemaVersionError';
}
export class SerializationError extends AgentFlowError {
  override readonly name = 'SerializationError';
}

/* What no server said. */

/**
 * The time that the call was given is over, or a stream has been silent for too long. From the server, 408: the request did not arrive in
 * time, or (`READER_TOO_SLOW`) a stream was not read in time.
 */
export class TimeoutError extends AgentFlowError {
  override readonly name = 'TimeoutError';
}

/** No answer arrived, or not the whole of it. */
export class NetworkError extends AgentFlowError {
  override readonly name = 'NetworkError';
}

/** The caller ended it: its signal, whose reason is the `cause`, or the stream's `abort`. */
export class AbortedError extends AgentFlowError {
  override readonly name = 'AbortedError';
}

/** What arrived is not what the protocol says: a proxy's page in the place of JSON, most often. */
export class ProtocolError extends AgentFlowError {
  override readonly name = 'ProtocolError';
}

/** The credential could not be had (the function that gives it has thrown: `cause`), or cannot be sent as it is. */
export class CredentialError extends AgentFlowError {
  override readonly name = 'CredentialError';
}

/** It does not exist here, and never will by trying again. */
export class NotSupportedError extends AgentFlowError {
  override readonly name = 'NotSupportedError';
}
