/** Parses outside data into valid endpoint configs. */
import { z } from 'zod';
import { XanoError } from '../../errors.js';
import { crossFieldMistakes } from './cross-field-rules.js';
import { type EndpointConfig, endpointConfigShape } from './endpoint-config.js';
import { fieldPath } from './validation-messages.js';

/** One endpoint config whose fields agree with each other. */
export const endpointConfigSchema = endpointConfigShape.superRefine((config, context) => {
  for (const { path, message } of crossFieldMistakes(config))
    context.addIssue({ code: 'custom', path: [...path], message });
});

/** A generated file of endpoint configs. */
const endpointsFileSchema = z.strictObject({
  version: z.literal(1),
  endpoints: z.array(endpointConfigSchema),
});

/** Reads the content of an endpoints file. Throws CONFIG_INVALID naming the path of each wrong field. */
export function parseEndpoints(content: unknown): EndpointConfig[] {
  const result = endpointsFileSchema.safeParse(content);
  if (result.success) return result.data.endpoints;
  const wrong = result.error.issues.map((issue) => `${fieldPath(issue.path)}: ${issue.message}`);
  throw new XanoError('CONFIG_INVALID', `The endpoint config is not valid: ${wrong.join('; ')}.`);
}
