import type { FeedSection } from './section.ts';

/** What a student record system's snapshots (`POST /v1/sync`) mean; part of a feed's settings. */
export interface SnapshotSettings {
  /** Whether snapshots are applied, refused, or only reported. */
  sync: 'enabled' | 'disabled' | 'dry-run';
}

/** The rules of the setting `snapshot`. */
export const snapshotSection: FeedSection<SnapshotSettings> = {
  properties: {
    sync: { enum: ['enabled', 'disabled', 'dry-run'] },
  },
  secrets: [],
  required: [],
  defaults: { sync: 'enabled' },
};
