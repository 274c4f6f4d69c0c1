import { shownStatus, shownTitle } from '../../../model/index.ts';
import { filled, metadataOf, modified } from './base.ts';
import { resourceReferences, wantResources } from './resource-references.ts';
import { type Encoder, isOf, optionalReference } from './scene.ts';

/** The course of a OneRoster answer (OneRoster 1.2, `Course`): `courseCode` is the `sourcedId` where the sender gave none. */
export const courseEncoder: Encoder = {
  wants: ({ record }, wanted) => {
    const { school, terms } = record.derived ?? {};
    if (school !== undefined) wanted.group.add(school);
    for (const term of terms ?? []) wanted.group.add(term);
    wantResources(record, wanted);
  },
  encode: ({ record }, scene) => {
    if (!isOf(record, 'group')) return undefined;
    const { data, derived } = record;
    return {
      sourcedId: record.sourcedId,
      status: shownStatus(record),
      dateLastModified: modified(record),
      metadata: metadataOf(record, data.extension),
      title: shownTitle(record),
      schoolYear: optionalReference(scene, 'academicSession', derived?.terms?.[0]),
      courseCode: data.courseCode || record.sourcedId,
      grades: filled(data.grades),
      subjects: filled(data.subjects),
      org: optionalReference(scene, 'org', derived?.school),
      subjectCodes: filled(data.subjectCodes),
      resources: resourceReferences(scene, data.resources),
    };
  },
};
