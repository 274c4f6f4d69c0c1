import { oneRosterWords, shownStatus, shownTitle, vocabularyWord } from '../../../model/index.ts';
import { filled, metadataOf, modified } from './base.ts';
import { resourceReferences, wantResources } from './resource-references.ts';
import { type Encoder, isOf, optionalReferences, requiredReference } from './scene.ts';

/**
 * The class of a OneRoster answer (OneRoster 1.2, `Class`). Course, school and terms are the derived ones (decisions
 * 1.8); a class without a type is `scheduled`.
 */
export const classEncoder: Encoder = {
  wants: ({ record }, wanted) => {
    const { course, school, terms } = record.derived ?? {};
    if (course !== undefined) wanted.group.add(course);
    if (school !== undefined) wanted.group.add(school);
    for (const term of terms ?? []) wanted.group.add(term);
    wantResources(record, wanted);
  },
  encode: ({ record }, scene) => {
    if (!isOf(record, 'group')) return undefined;
    const { data } = record;
    const { course, school, terms } = record.derived ?? {};
    const firstTerm = terms?.[0];
    if (course === undefined || school === undefined || terms === undefined || firstTerm === undefined) {
      return undefined;
    }
    const withCourse = record.state === 'trashed' && scene.ids.group.get(course)?.state === 'archived';
    const sessions = optionalReferences(scene, 'academicSession', terms);
    return {
      sourcedId: record.sourcedId,
      status: shownStatus(record),
      dateLastModified: modified(record),
      metadata: metadataOf(record, data.extension, withCourse || record.state === 'archived'),
      title: shownTitle(record),
      classCode: filled(data.classCode),
      classType: vocabularyWord(oneRosterWords.classType, data.classType || 'scheduled'),
      location: filled(data.location),
      grades: filled(data.grades),
      subjects: filled(data.subjects),
      course: requiredReference(scene, 'course', course),
      school: requiredReference(scene, 'org', school),
      terms: filled(sessions) ?? [requiredReference(scene, 'academicSession', firstTerm)],
      subjectCodes: filled(data.subjectCodes),
      periods: filled(data.periods),
      resources: resourceReferences(scene, data.resources),
    };
  },
};
