/** The JSON Schema of config files with their part `project`, for editors. */
import { z } from 'zod';
import { configJsonSchema } from '../index.js';
import { isJsonObject, type JsonObject } from '../json.js';
import { projectSchema } from './project-schema.js';

/** The schema of a file: lists, a project, or both. */
export function fileJsonSchema(): JsonObject {
  const { properties, required: _, ...rest } = configJsonSchema();
  // JSON Schema is JSON.
  const { $schema: __, ...project } = z.toJSONSchema(projectSchema, {
    io: 'input',
    reused: 'inline',
  }) as JsonObject;
  const description = 'what a folder loads, and where to';
  return {
    ...rest,
    properties: { ...(isJsonObject(properties) ? properties : {}), project: { description, ...project } },
    anyOf: [{ required: ['resources'] }, { required: ['project'] }],
  };
}
