import type { StoredRecord } from '../../../model/index.ts';
import { filled } from './base.ts';
import { optionalReferences, type Reference, type Scene, type Wanted } from './scene.ts';

/** Names the resources that a course, class or user lists. */
export function wantResources({ data }: StoredRecord, wanted: Wanted): void {
  for (const guid of (data as { readonly resources?: readonly string[] }).resources ?? []) wanted.resource.add(guid);
}

/** The references to listed resources; undefined where there are none that can be followed. */
export function resourceReferences(scene: Scene, guids: readonly string[] | undefined): Reference[] | undefined {
  return guids === undefined ? undefined : filled(optionalReferences(scene, 'resource', guids));
}
