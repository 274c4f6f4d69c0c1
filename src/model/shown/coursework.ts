import { momentOf, scoreDay } from '../gradebook/moments.ts';
import { finite, score1p1, scoreStatusOf } from '../gradebook/scores.ts';
import { oneRosterWords, vocabularyWord } from '../oneroster.ts';
import type { RecordType, StoredRecord } from '../record.ts';

type Fields = { readonly [T in RecordType]?: (record: StoredRecord<T>) => object };

const fields: Fields = {
  category: ({ data, sourcedId }) => ({ title: data.title || sourcedId, weight: finite(data.weight) }),
  lineItem: ({ data, sourcedId, createdAt }) => {
    const assignDate = momentOf(data.assignDate) ?? createdAt.toISOString();
    return {
      title: data.title || sourcedId,
      description: data.description,
      assignDate,
      dueDate: momentOf(data.dueDate) ?? assignDate,
      resultValueMin: finite(data.resultValueMin),
      resultValueMax: finite(data.resultValueMax),
    };
  },
  result: (record) => {
    const { score, textScore, comment, inProgress, incomplete, late, missing } = record.data;
    return {
      scoreDate: scoreDay(record.data.scoreDate, record),
      scoreStatus: scoreStatusOf(record.data),
      score: finite(score),
      score1p1: finite(score) === undefined ? score1p1(record.data) : undefined,
      textScore,
      comment,
      inProgress,
      incomplete,
      late,
      missing,
    };
  },
  scoreScale: ({ data, sourcedId }) => ({
    title: data.title || sourcedId,
    type: data.type || 'unknown',
    scoreScaleValue: {
      itemValueLHS: data.scoreScaleValue?.map(({ itemValueLHS }) => itemValueLHS),
      itemValueRHS: data.scoreScaleValue?.map(({ itemValueRHS }) => itemValueRHS),
    },
  }),
  assessmentLineItem: ({ data, sourcedId }) => ({
    title: data.title || sourcedId,
    description: data.description,
    resultValueMin: finite(data.resultValueMin),
    resultValueMax: finite(data.resultValueMax),
  }),
  assessmentResult: (record) => {
    const { score, textScore, comment, inProgress, incomplete, late, missing } = record.data;
    return {
      scoreDate: scoreDay(record.data.scoreDate, record),
      scoreStatus: scoreStatusOf(record.data),
      score: finite(score),
      scorePercentile: finite(record.data.scorePercentile),
      textScore,
      comment,
      inProgress,
      incomplete,
      late,
      missing,
    };
  },
  resource: ({ data, sourcedId }) => ({
    title: data.title,
    roles: data.roles?.map((role) => vocabularyWord(oneRosterWords.resourceRole, role)),
    importance: data.importance === 'primary' || data.importance === 'secondary' ? data.importance : undefined,
    vendorResourceId: data.vendorResourceId || sourcedId,
    vendorId: data.vendorId,
    applicationId: data.applicationId,
  }),
};

/** What the gradebook and resources show of a record. */
export function shownCoursework(record: StoredRecord): object {
  const of = fields[record.type] as ((record: StoredRecord) => object) | undefined;
  return of?.(record) ?? {};
}
