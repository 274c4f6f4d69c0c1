import { failed } from '../../../base/result.ts';
import type { FeedSection } from './section.ts';

/** When a file of a place that is looked at counts as whole. */
export const wholeRules = ['settled', 'rename', 'marker'] as const;

/** A folder of the gateway's machine or of a mount that files are put into; part of a feed's settings. */
export interface FolderSettings {
  /** Its path below the tenant's folder in one of the folders that the operator has opened (setting DROP_FOLDERS). */
  path: string;
  /** Names of the files, with `*` for any characters and `?` for one. */
  pattern: string;
  /**
   * `settled`: nothing was written to it for `settleSeconds`. `rename`: the sender gives it a name of the pattern when it is
   * whole. `marker`: a second file lies beside it, of the same name with `markerSuffix` behind it.
   */
  whole: (typeof wholeRules)[number];
  settleSeconds: number;
  markerSuffix: string;
  /** What becomes of it: to the folder `done` or `failed` beside it, deleted, or left where it is. */
  after: 'move' | 'delete' | 'keep';
}

/** The rules of the setting `folder`. */
export const folderSection: FeedSection<FolderSettings> = {
  properties: {
    path: { type: 'string', minLength: 1, maxLength: 1024 },
    pattern: { type: 'string', minLength: 1, maxLength: 255 },
    whole: { enum: wholeRules },
    settleSeconds: { type: 'integer', minimum: 1, maximum: 86_400 },
    markerSuffix: { type: 'string', minLength: 1, maxLength: 64 },
    after: { enum: ['move', 'delete', 'keep'] },
  },
  secrets: [],
  required: ['path'],
  defaults: { pattern: '*', whole: 'settled', settleSeconds: 60, markerSuffix: '.done', after: 'move' },
  check({ path, pattern, markerSuffix }) {
    const parts = path.split('/');
    if (parts.some((part) => part === '' || part === '.' || part === '..') || /[\\\0]/.test(path)) {
      const text =
        'The setting folder.path names a folder below the tenant’s own, as nightly or hr/nightly, without . and ..';
      return failed('invalid-request', text, { field: 'path' });
    }
    for (const [field, text] of [
      ['pattern', pattern],
      ['markerSuffix', markerSuffix],
    ] as const) {
      if (/[/\\\0]/.test(text)) {
        return failed('invalid-request', `The setting folder.${field} is for names, without folders.`, { field });
      }
    }
    return undefined;
  },
};
