import type { Context, Roster } from '../roster/index.ts';

/** What an export is asked for. */
export interface ExportRequest {
  /** Only what changed after this time, removals included; undefined: all that is there. */
  readonly since?: Date;
  /** Whether birthdays, sex, race and the like may be in it. */
  readonly demographics: boolean;
  /** Whether passwords may be in it, as their senders gave them. */
  readonly passwords: boolean;
}

/** The reads that exporters need. */
export type ExportReads = Pick<
  Roster,
  'scan' | 'membersOf' | 'waiting' | 'purgedAfter' | 'formerPersons' | 'metadataNames' | 'names' | 'find'
>;

/** Writes the canonical roster as a file of one format. */
export interface Exporter {
  /** `oneroster-csv-1.1`, `oneroster-csv-1.2.1`, `ims-enterprise-xml`. */
  readonly format: string;
  readonly mediaType: string;
  /** `zip`, `xml`. */
  readonly extension: string;
  /** Whether {@link ExportRequest.since} may be asked for. */
  readonly delta: boolean;
  /** The bytes, made as they are taken; memory does not grow with the roster. */
  write(roster: ExportReads, context: Context, request: ExportRequest): AsyncGenerator<Uint8Array>;
}
