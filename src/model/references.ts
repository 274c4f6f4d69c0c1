import type { Space } from './key.ts';
import type { CourseworkType, RecordType } from './record.ts';

/** A field of a OneRoster noun that refers to another record. */
export interface ReferenceField {
  readonly field: string;
  readonly type: RecordType;
  /** The OneRoster type that the other record must be of. */
  readonly space: Space;
  readonly required?: true;
}

const student = { field: 'student', type: 'person', space: 'user', required: true } as const;
const aClass = { field: 'class', type: 'group', space: 'class' } as const;
const scoreScale = { field: 'scoreScale', type: 'scoreScale', space: 'scoreScale' } as const;

/** The fields of each OneRoster noun that refer to other records (OneRoster 1.2 gradebook, `…GUIDRef`). */
export const referenceFields: Readonly<Record<CourseworkType, readonly ReferenceField[]>> = {
  lineItem: [
    { ...aClass, required: true },
    { field: 'school', type: 'group', space: 'org' },
    { field: 'category', type: 'category', space: 'category', required: true },
    { field: 'gradingPeriod', type: 'group', space: 'academicSession' },
    { field: 'academicSession', type: 'group', space: 'academicSession' },
    scoreScale,
  ],
  result: [{ field: 'lineItem', type: 'lineItem', space: 'lineItem', required: true }, student, aClass, scoreScale],
  category: [],
  scoreScale: [
    { field: 'course', type: 'group', space: 'course' },
    { ...aClass, required: true },
  ],
  assessmentLineItem: [
    aClass,
    { field: 'parentAssessmentLineItem', type: 'assessmentLineItem', space: 'assessmentLineItem' },
    scoreScale,
  ],
  assessmentResult: [
    { field: 'assessmentLineItem', type: 'assessmentLineItem', space: 'assessmentLineItem', required: true },
    student,
    scoreScale,
  ],
  resource: [],
};
