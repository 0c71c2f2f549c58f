import type { Envelope, ErrorBody, ErrorCode } from '@agentflow/protocol';
import { errorCodes } from '@agentflow/protocol';
import { z } from 'zod';

const metadataSchema = z.object({ request_id: z.string(), timestamp: z.iso.datetime(), message: z.string() });

const codeSchema = z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]);

/** The body of every refusal. */
export const errorSchema: z.ZodType<ErrorBody> = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string(),
    code: codeSchema,
    message: z.string(),
    error: z.object({
      code: codeSchema,
      message: z.string(),
      details: z.array(
        z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string(), type: z.string() }),
      ),
    }),
    metadata: metadataSchema,
  })
  .meta({ id: 'Error' });

/** The body of a success in AgentFlow's form. */
export const envelopeSchema: z.ZodType<Envelope<unknown>> = z
  .object({ data: z.json(), metadata: metadataSchema })
  .meta({ id: 'Envelope' });
