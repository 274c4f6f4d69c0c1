import { finite, type LearningObjectiveScoreSet, type LearningObjectiveSet } from '../../../../model/index.ts';
import { filled } from '../base.ts';

/**
 * The source of learning objectives: `case` and `unknown` are the standard's words; those of others begin with a slash
 * and have lower-case letters and digits, as the published schema has them.
 */
function sourceOf(source: string): string {
  const word = source.toLowerCase();
  if (word === 'case' || word === 'unknown') return word;
  const own = word.replace(/[^a-z0-9]/g, '');
  return own === '' || own === 'case' || own === 'unknown' ? 'unknown' : `/${own}`;
}

/** The learning objectives of a line item (OneRoster 1.2, `LearningObjectiveSet`); sets without any are left out. */
export function objectiveSets(sets: readonly LearningObjectiveSet[] | undefined): object[] | undefined {
  return filled(
    sets
      ?.filter(({ learningObjectiveIds }) => learningObjectiveIds.length > 0)
      .map(({ source, learningObjectiveIds }) => ({ source: sourceOf(source), learningObjectiveIds })),
  );
}

/** The results for learning objectives (OneRoster 1.2, `LearningObjectiveScoreSet`); sets without any are left out. */
export function objectiveScoreSets(sets: readonly LearningObjectiveScoreSet[] | undefined): object[] | undefined {
  return filled(
    sets
      ?.filter(({ learningObjectiveResults }) => learningObjectiveResults.length > 0)
      .map(({ source, learningObjectiveResults }) => ({
        source: sourceOf(source),
        learningObjectiveResults: learningObjectiveResults.map(({ learningObjectiveId, score, textScore }) => ({
          learningObjectiveId,
          score: finite(score),
          textScore: filled(textScore),
        })),
      })),
  );
}
