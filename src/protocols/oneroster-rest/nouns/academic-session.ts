import {
  oneRosterWords,
  schoolYearOf,
  sessionDays,
  sessionTypeOf,
  shownStatus,
  shownTitle,
  vocabularyWord,
} from '../../../model/index.ts';
import { metadataOf, modified } from './base.ts';
import { childReferences, type Encoder, isOf, optionalReference } from './scene.ts';

/** The academicSession of a OneRoster answer (OneRoster 1.2, `AcademicSession`). */
export const academicSessionEncoder: Encoder = {
  hasChildren: true,
  wants: ({ record }, wanted) => {
    const parent = record.derived?.parent;
    if (parent !== undefined) wanted.group.add(parent);
  },
  encode: ({ record }, scene) => {
    if (!isOf(record, 'group')) return undefined;
    const { data, derived } = record;
    const { startDate, endDate } = sessionDays(data, record.updatedAt);
    return {
      sourcedId: record.sourcedId,
      status: shownStatus(record),
      dateLastModified: modified(record),
      metadata: metadataOf(record, data.extension),
      title: shownTitle(record),
      startDate,
      endDate,
      type: vocabularyWord(oneRosterWords.sessionType, sessionTypeOf(data)),
      parent: optionalReference(scene, 'academicSession', derived?.parent),
      children: childReferences(scene, 'academicSession', record.guid),
      schoolYear: schoolYearOf(data, endDate),
    };
  },
};
