import { failed } from '../../../base/result.ts';
import type { FeedSection } from './section.ts';

/** When a file that is dropped by SFTP counts as whole. */
export const droppedRules = ['closed', 'rename', 'marker'] as const;

/** How files come by the gateway's own SFTP server; part of a feed's settings. */
export interface SftpDropSettings {
  /**
   * `closed`: its sender has closed it, and it has no name of a file that is on its way (`.part`, `.filepart`, `.tmp` …).
   * `rename`: it was given its last name. `marker`: a second file was sent, of the same name with `markerSuffix` behind it.
   */
  whole: (typeof droppedRules)[number];
  markerSuffix: string;
  /** Whether the account sees what was sent, with its state. */
  list: boolean;
}

/** How a feed takes dropped files that has no setting `sftpDrop`. */
export const droppedByDefault: SftpDropSettings = { whole: 'closed', markerSuffix: '.done', list: true };

/** The rules of the setting `sftpDrop`. */
export const sftpDropSection: FeedSection<SftpDropSettings> = {
  properties: {
    whole: { enum: droppedRules },
    markerSuffix: { type: 'string', minLength: 1, maxLength: 64 },
    list: { type: 'boolean' },
  },
  secrets: [],
  required: [],
  defaults: droppedByDefault,
  check({ markerSuffix }) {
    if (!/[/\\\0]/.test(markerSuffix)) return undefined;
    return failed('invalid-request', 'The setting sftpDrop.markerSuffix is for names, without folders.', {
      field: 'markerSuffix',
    });
  },
};
