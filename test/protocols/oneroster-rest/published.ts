import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

interface OpenApi {
  readonly servers?: readonly {
    readonly variables?: Readonly<Record<string, { readonly default: string }>>;
  }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, PublishedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** An operation as the published document has it. */
export interface PublishedOperation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly security?: readonly { readonly OAuth2CC?: readonly string[] }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: { readonly $ref: string } }>>;
}

const folder = fileURLToPath(new URL('../../../../shared/openapi/', import.meta.url));

/** A published OpenAPI document, or undefined, with the reason printed, where this checkout has none beside it. */
export function publishedDocument(name: string): OpenApi | undefined {
  const path = `${folder}${name}`;
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as OpenApi;
  console.warn(`skipped: the published document ${name} is not in ../shared/openapi`);
  return undefined;
}

/** The official document of the 1.2 rostering service. */
export const rostering1p2 = 'onerosterv1p2rostersservice_openapi3_v1p0.json';
/** The official documents of 1.2 by the part of OneRoster that they describe. */
export const services1p2 = {
  rostering: rostering1p2,
  gradebook: 'onerosterv1p2gradebookservice_openapi3_v1p0.json',
  resources: 'onerosterv1p2resourcesservice_openapi3_v1p0.json',
} as const;
/** The 1.1 document, edited by a vendor. */
export const rostering1p1 = 'oneroster-1.1-vendor-edited.json';

/** Makes validators for the published schemas of answers. */
export function makeValidators(document: OpenApi) {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'published', components: document.components });
  const validators = new Map<string, ValidateFunction>();
  return (reference: string): ValidateFunction => {
    const known = validators.get(reference) ?? ajv.compile({ $ref: `published${reference}` });
    validators.set(reference, known);
    return known;
  };
}
