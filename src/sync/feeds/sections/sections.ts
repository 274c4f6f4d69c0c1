import { type FolderSettings, folderSection } from './folder.ts';
import { type HttpsPullSettings, httpsPullSection } from './https-pull.ts';
import { type ListSettings, listSection } from './list.ts';
import { type NoticeSettings, noticesSection } from './notices.ts';
import { type PgpSettings, pgpSection } from './pgp.ts';
import { type RestPullSettings, restPullSection } from './rest-pull.ts';
import { type S3Settings, s3Section } from './s3.ts';
import { completeSection, type FeedSection, sectionSchema, shownSectionSchema } from './section.ts';
import { type SftpDropSettings, sftpDropSection } from './sftp-drop.ts';
import { type SftpPullSettings, sftpPullSection } from './sftp-pull.ts';
import { type SnapshotSettings, snapshotSection } from './snapshot.ts';

/** The sections of a feed's settings; null: not set. */
export interface FeedSections {
  folder: FolderSettings | null;
  sftpDrop: SftpDropSettings | null;
  sftpPull: SftpPullSettings | null;
  s3: S3Settings | null;
  httpsPull: HttpsPullSettings | null;
  restPull: RestPullSettings | null;
  pgp: PgpSettings | null;
  notices: NoticeSettings | null;
  snapshot: SnapshotSettings | null;
  list: ListSettings | null;
}

/** Name of a section. */
export type SectionName = keyof FeedSections;

/** The rules of every section. */
export const sections: { readonly [N in SectionName]: FeedSection<NonNullable<FeedSections[N]>> } = {
  folder: folderSection,
  sftpDrop: sftpDropSection,
  sftpPull: sftpPullSection,
  s3: s3Section,
  httpsPull: httpsPullSection,
  restPull: restPullSection,
  pgp: pgpSection,
  notices: noticesSection,
  snapshot: snapshotSection,
  list: listSection,
};

/** Names of all sections. */
export const sectionNames = Object.keys(sections) as readonly SectionName[];

/** What a section's secret is sealed for. */
export const sectionPurpose = (tenant: string, feed: string, section: SectionName, field: string) =>
  `feed:${tenant}/${feed}/${section}.${field}`;

/** Every secret of every section. */
export const sectionSecrets = sectionNames.flatMap((section) =>
  sections[section].secrets.map((field) => ({ section, field })),
);

/** The sections of a feed that has none. */
export const noSections = Object.fromEntries(sectionNames.map((name) => [name, null])) as unknown as FeedSections;

/** Stored sections with defaults for what was not a setting yet when they were. */
export function completeSections(stored: Partial<FeedSections>): FeedSections {
  const complete = (name: SectionName) => completeSection(sections[name] as FeedSection<object>, stored[name]);
  return Object.fromEntries(sectionNames.map((name) => [name, complete(name)])) as unknown as FeedSections;
}

const schemasBy = (make: (section: FeedSection<never>) => object) =>
  Object.fromEntries(sectionNames.map((name) => [name, make(sections[name] as unknown as FeedSection<never>)]));

/** JSON Schemas of the sections as they are taken. */
export const sectionSchemas = schemasBy(sectionSchema);
/** JSON Schemas of the sections as they are shown. */
export const shownSectionSchemas = schemasBy(shownSectionSchema);
