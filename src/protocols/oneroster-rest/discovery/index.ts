import { type Service, services } from '../operations/index.ts';
import type { JsonSchema } from '../schemas/field.ts';
import { serviceDocument } from './document.ts';

/** The file names under which a service's document is found: those of the binding and of the certification guide. */
const names: Readonly<Record<string, { readonly title: string; readonly files: readonly string[] }>> = {
  '/ims/oneroster/v1p1': { title: 'OneRoster 1.1', files: ['onerosterv1p1_openapi3_v1p0.json'] },
  '/ims/oneroster/rostering/v1p2': {
    title: 'OneRoster 1.2 Rostering Service',
    files: ['onerosterv1p2rostersservice_openapi3_v1p0.json', 'imsorv1p2_rostering_openapi3_v1p0.json'],
  },
  '/ims/oneroster/gradebook/v1p2': {
    title: 'OneRoster 1.2 Gradebook Service',
    files: ['onerosterv1p2gradebookservice_openapi3_v1p0.json', 'imsorv1p2_gradebook_openapi3_v1p0.json'],
  },
  '/ims/oneroster/resources/v1p2': {
    title: 'OneRoster 1.2 Resources Service',
    files: ['onerosterv1p2resourcesservice_openapi3_v1p0.json', 'imsorv1p2_resources_openapi3_v1p0.json'],
  },
};

/** A service with the documents that it is discovered by. */
export interface Discovered {
  readonly service: Service;
  readonly title: string;
  /** Paths of its document, the standard's first. */
  readonly paths: readonly string[];
}

/** Every service with the paths of its OpenAPI document (OneRoster 1.2 REST binding, section 2.5). */
export const discovered: readonly Discovered[] = services.map((service) => {
  const { title = service.base, files = [] } = names[service.base] ?? {};
  return { service, title, paths: files.map((file) => `${service.base}/discovery/${file}`) };
});

const byPath: ReadonlyMap<string, Discovered> = new Map(
  discovered.flatMap((one) => one.paths.map((path) => [path.toLowerCase(), one])),
);

/** The document at a path below `/ims/oneroster`, without a token; undefined where there is none. */
export function documentAt(segments: readonly string[], origin: string, version: string): JsonSchema | undefined {
  const found = byPath.get(`/${segments.join('/')}`.toLowerCase());
  return found && serviceDocument(found.service, found.title, origin, version);
}
