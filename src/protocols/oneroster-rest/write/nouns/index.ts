import type { Noun } from '../../operations/index.ts';
import type { PushNoun } from '../../push/nouns/noun.ts';
import { assessmentLineItemWrite } from './assessment-line-item.ts';
import { assessmentResultWrite } from './assessment-result.ts';
import { categoryWrite } from './category.ts';
import { lineItemWrite } from './line-item.ts';
import { resultWrite } from './result.ts';
import { scoreScaleWrite } from './score-scale.ts';

/** The classes of the gradebook, which OneRoster itself lets clients write. */
export const gradebookWrites = {
  category: categoryWrite,
  lineItem: lineItemWrite,
  result: resultWrite,
  scoreScale: scoreScaleWrite,
  assessmentLineItem: assessmentLineItemWrite,
  assessmentResult: assessmentResultWrite,
} as const satisfies Partial<Record<Noun, PushNoun>>;
