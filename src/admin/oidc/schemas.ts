import { providerSchema } from '../../roster/index.ts';
import type { JsonSchema } from '../schema-parts.ts';

const { clientSecret: _, ...shown } = providerSchema.properties;

/** What the API takes and gives of providers of sign-in. */
export const providerSchemas = {
  ProviderSettings: providerSchema as JsonSchema,
  Provider: { ...providerSchema, properties: shown, required: Object.keys(shown) } as JsonSchema,
} as const;
