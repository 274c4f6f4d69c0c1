import { gradebook1p1, gradebook1p2 } from './gradebook.ts';
import type { Noun } from './nouns.ts';
import type { Part, Service, Version } from './operation.ts';
import { push1p1, pushResources1p2, pushRostering1p2 } from './push.ts';
import { resources1p1, resources1p2 } from './resources.ts';
import { rostering } from './rostering.ts';

/** Every served service with its operation table; routing, scopes and documents are driven by it. */
export const services: readonly Service[] = [
  {
    version: '1.1',
    parts: ['rostering', 'gradebook', 'resources'],
    base: '/ims/oneroster/v1p1',
    operations: [...rostering, ...resources1p1, ...gradebook1p1, ...push1p1],
  },
  {
    version: '1.2',
    parts: ['rostering'],
    base: '/ims/oneroster/rostering/v1p2',
    operations: [...rostering, ...pushRostering1p2],
  },
  { version: '1.2', parts: ['gradebook'], base: '/ims/oneroster/gradebook/v1p2', operations: gradebook1p2 },
  {
    version: '1.2',
    parts: ['resources'],
    base: '/ims/oneroster/resources/v1p2',
    operations: [...resources1p2, ...pushResources1p2],
  },
];

const rosteringNouns: ReadonlySet<Noun> = new Set([
  'user',
  'org',
  'course',
  'class',
  'academicSession',
  'enrollment',
  'demographics',
]);

/** The part of OneRoster in which objects of a class are served. */
export function partOf(noun: Noun): Part {
  if (rosteringNouns.has(noun)) return 'rostering';
  return noun === 'resource' ? 'resources' : 'gradebook';
}

/** The base path below which a version serves a part. */
export function basePath(version: Version, part: Part): string {
  const service = services.find((one) => one.version === version && one.parts.includes(part));
  if (service === undefined) throw new Error(`no service for ${part} of ${version}`);
  return service.base;
}
